"""The ledger of a fault trial: what was acknowledged, decided and promised, against what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from faults_play import Play
from faults_stage import Posted, Stage
from faults_state import State, differences, intended, states

from bot.memory import Memory
from bot.storage.erasing import disguised

MINUTE = 60.0
EXCUSES = ("cannot be looked for", "used up", "erased", "thread_not_found", "the message was recalled")
"""Why a post may rightly never go out: an answer for one person's eyes cannot be looked for and is not sent again when it may
have gone out; an answer to a question that was deleted meanwhile is not given."""
GONE = "SELECT 1 FROM erasures WHERE kind='turn' AND object=? AND why!='edited' LIMIT 1"


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that was broken: which one, in which story (None: none in particular), and how."""

    kind: str
    story: int | None
    words: str


@dataclass(slots=True)
class Ledger:
    """What a trial came to."""

    findings: list[Finding] = field(default_factory=list)
    acknowledged: int = 0
    posts: int = 0
    stragglers: int = 0
    slowest_straggler: float = 0.0

    def add(self, kind: str, story: int | None, words: str) -> None:
        """Write down a broken promise."""
        self.findings.append(Finding(kind, story, words))

    def count(self, kind: str) -> int:
        """How often a promise was broken."""
        return sum(finding.kind == kind for finding in self.findings)


def ledger_of(plays: Sequence[Play], stage: Stage, memory: Memory, calm: dict[int, State] | None) -> Ledger:
    """Hold a trial that is at rest to its promises; `calm` are the final states of the undisturbed run."""
    found = Ledger()
    _boxes(found, stage, memory)
    _envelopes(found, stage, memory)
    now = states(plays, stage, memory)
    for play in plays:
        _words(found, play, now[play.story.number])
        if calm is not None and not play.gave_up:
            for line in differences(calm[play.story.number], now[play.story.number]):
                found.add("different", play.story.number, line)
        if play.waited_in_vain:
            found.add("unanswered", play.story.number, "people waited in vain for a word of the bot's")
    _decisions(found, stage, memory)
    once_each(found, stage)
    _follow_ups(found, plays, stage)
    return found


def _boxes(found: Ledger, stage: Stage, memory: Memory) -> None:
    for box, done in (("inbox", "done"), ("outbox", "sent")):
        for row in memory.database.read(f"SELECT id, state, error FROM {box} WHERE state!=?", (done,)):
            if box == "outbox" and any(excuse in row[2] for excuse in EXCUSES):
                continue
            found.add("unfinished", None, f"{box} row {row[0]} is {row[1]}: {row[2]}")


def _envelopes(found: Ledger, stage: Stage, memory: Memory) -> None:
    """Whatever was acknowledged must stand in the inbox under one of its names, unless its message was deleted before."""
    for told in stage.records.told:
        if not told.envelope.acked:
            if told.envelope.kind == "events_api":
                found.add("unheard", told.story, "an event was never acknowledged")
            continue
        found.acknowledged += 1
        said = stage.understood(told.envelope)
        if said is None:
            continue
        marks = [name for one in (said.raw_id, *said.aliases) for name in (one, disguised(one))]
        places = ",".join("?" * len(marks))
        known = memory.database.value(f"SELECT 1 FROM inbox_alias WHERE alias IN ({places}) LIMIT 1", marks)
        about = getattr(said.event, "turn_id", None) or getattr(said.event, "id", "")
        if not known and not memory.database.value(GONE, (about,)):
            found.add("lost", told.story, f"{type(said.event).__name__} {said.raw_id} was acknowledged and is nowhere")


def _words(found: Ledger, play: Play, state: State) -> None:
    """What people wrote, changed, took back and reacted with stands as they left it."""
    turns, reactions = intended(play.story)
    if play.waited_in_vain:  # not all acts were done
        return
    for name, text in turns.items():
        kept = state["turns"].get(name, "gone")
        if kept != text:
            found.add("lost", play.story.number, f"{name} is {kept!r} and should be {text!r}")
    here = {tuple(row) for row in state["reactions"] if row[0] != "a"}
    for row in here ^ reactions if turns["q"] != "gone" else ():
        found.add("lost", play.story.number, f"the reaction {row} {'stands' if row in here else 'is missing'}")


def _decisions(found: Ledger, stage: Stage, memory: Memory) -> None:
    """Every decision to speak has its post, which is out, and stands unless somebody took it away."""
    live = {key: [post for post in posts if post.died is None] for key, posts in stage.by_key().items()}
    taken = {row[0] for row in memory.database.read("SELECT key FROM outbox WHERE key LIKE 'remove-%'")}
    spoke = "SELECT id, thread_id FROM decisions WHERE action='public' AND suggestion!='' AND kind='suggestion'"
    for decision, thread in memory.database.read(spoke):
        key, story = f"{decision}/suggestion", stage.records.threads.get(thread.rsplit(":", 1)[1])
        row = memory.database.read("SELECT state, turn_id, error FROM outbox WHERE key=?", (key,))
        if not row:
            found.add("lost", story, f"the decision {decision} to speak has no post")
        elif row[0][0] == "sent" and not live.get(key) and f"remove-{row[0][1]}/delete" not in taken:
            found.add("lost", story, f"the post {key} was recorded as sent and is not there")
        elif row[0][0] == "sent":
            found.posts += 1
    outbox = {row[0] for row in memory.database.read("SELECT key FROM outbox")}
    for key in sorted(set(live) - outbox):
        found.add("unaccounted", None, f"a message with the key {key!r} was posted that nobody decided on")


def once_each(found: Ledger, stage: Stage) -> None:
    """One live message a key; what came out twice is a straggler when it was gone within a minute, else doubled."""
    for key, posts in stage.by_key().items():
        if len(posts) > 1:
            _twice(found, stage, key, posts)
    for words in stage.answered_twice():
        found.add("doubled", None, words)


def _twice(found: Ledger, stage: Stage, key: str, posts: list[Posted]) -> None:
    story = stage.records.threads.get(posts[0].thread)
    begins = sorted(post.born for post in posts)[1]
    ends = sorted(post.died if post.died is not None else float("inf") for post in posts)[-2]
    if ends - begins > MINUTE:
        found.add("doubled", story, f"{len(posts)} messages with the key {key} were live together")
    elif ends > begins:
        found.stragglers += 1
        found.slowest_straggler = max(found.slowest_straggler, ends - begins)


def _follow_ups(found: Ledger, plays: Sequence[Play], stage: Stage) -> None:
    """Each stale thread was followed up once, and then the on-call group was called once."""
    for play in plays:
        if play.story.kind != "stale":
            continue
        kinds = Counter(post.kind for post in stage.records.by_thread[play.names["q"]] if post.died is None)
        for kind in ("vigil_follow_up", "vigil_escalation"):
            if kinds[kind] != 1:
                what = "follow_up_missed" if not kinds[kind] else "follow_up_doubled"
                found.add(what, play.story.number, f"{kinds[kind]} messages {kind}")


def at_rest(stage: Stage, memory: Memory, plays: Sequence[Play]) -> str:
    """What is still under way, "" when nothing is."""
    value = memory.database.value
    waits = {
        "acknowledgements": len(stage.unacked()),
        "inbox": memory.inbox.backlog()[0],
        "outbox": memory.outbox.backlog()[0],
        "holds": value("SELECT count(*) FROM wake_ups"),
        "erasures": value("SELECT count(*) FROM erasures WHERE done_at IS NULL"),
        "learning": value("SELECT count(*) FROM threads WHERE state='resolved' AND learned_version=0"),
        "shelving": value("SELECT count(*) FROM threads WHERE shelved<version"),
        "follow-ups": _unfollowed(stage, plays),
        "doubles": _doubles(stage),
    }
    return ", ".join(f"{count} {name}" for name, count in waits.items() if count)


def _unfollowed(stage: Stage, plays: Sequence[Play]) -> int:
    stale = [play for play in plays if play.story.kind == "stale"]
    return sum(len(stage.answers(play.names["q"], "vigil_escalation")) < 1 for play in stale)


def _doubles(stage: Stage) -> int:
    """Keys that more than one live message carries just now."""
    return sum(sum(post.died is None for post in posts) > 1 for posts in stage.by_key().values())


def remains(memory: Memory, marks: Sequence[str]) -> list[str]:
    """Which of these words can still be read in the files beside the store."""
    folder = memory.database.path.parent
    files = {path.name: path.read_bytes() for path in folder.glob("vigil.*") if path.is_file()}
    return [f"{mark} in {name}" for mark in marks for name, data in files.items() if mark.encode() in data]


def deleted_words(plays: Sequence[Play]) -> list[str]:
    """Words that stood only in messages that were deleted."""
    return [f"gone-{n}-gone" for play in plays if not play.waited_in_vain and any(act.kind == "delete" for act in play.story.acts)
            for n in [play.story.number]]  # fmt: skip


def broken(ledger: Ledger) -> Iterator[str]:
    """The kinds of promises that were broken, with how often."""
    yield from (f"{kind}: {count}" for kind, count in Counter(f.kind for f in ledger.findings).most_common())
