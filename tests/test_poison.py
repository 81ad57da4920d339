"""Poison does not become knowledge: nothing planted is said as an answer unless somebody entitled approves it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.dialogue.wording import say
from bot.events import WHISPER, Click, Command, Reaction, Turn
from bot.messages import Message, Post
from bot.models import Action
from bot.outcomes import Outcome
from bot.platforms.slack_blocks import rendered
from bot.storage.codec import unpack
from knowledge.models import Audience, Kind, Query, Status
from tests.poison import AUTHOR, EVIL, FRIENDS, MARK, Plot, plots
from tests.weeks import DAY, HELP, KNOWN, Weeks

MASS = re.compile(
    r"<!|(?<!\()[@\uff20\ufe6b][\u200b\u0301\u202e]*(?:here|channel|e\u0301?veryone|group)", re.IGNORECASE
)
LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")
ADDRESS = re.compile(r"https?://([^\s/|>]+)")
VICTIMS = ("How do I repair the {} when it fails?", "The {} fails since today. How do I get it back?",
           "{} fails, what is the approved answer?", "run zorgle for the {}? How do I repair it?")  # fmt: skip


class Den:
    """A team in which all plots have been carried out, learned from as far as that goes, and pressed for."""

    def __init__(self, folder: Path) -> None:
        self.weeks = Weeks(folder, durable=False)
        self.proposed: set[int] = set()
        for plot in plots():
            self._carry_out(plot)
        self.weeks.engine.librarian.run()
        self._press()

    def do(self, event: Turn | Reaction | Click | Command) -> Outcome:
        """Think about an event and write what comes of it, as a worker does."""
        now = self.weeks.clock()
        outcome = self.weeks.engine.mind.respond(event, now)
        self.weeks.memory.ledger.commit(outcome, now)
        self.weeks.clock.move_to(now + 1.0)
        return outcome

    def say(self, who: str, text: str, root: str = "") -> tuple[str, Outcome]:
        """(turn id, what came of it)."""
        turn_id = f"{HELP}:{self.weeks.clock():.6f}"
        return turn_id, self.do(Turn(turn_id, root or turn_id, HELP, who, text, self.weeks.clock()))

    def _carry_out(self, plot: Plot) -> None:
        root, answer = "", ""
        for who, text in plot.said:
            turn_id, _ = self.say(who, text, root)
            root, answer = root or turn_id, turn_id if who == AUTHOR and root else answer
        for who, name in plot.cheers:
            self.do(Reaction(answer, who, name, True, self.weeks.clock()))
        if plot.resolves:
            self.do(Command("resolve", "", plot.said[0][0], HELP, self.weeks.clock(), root))
        if plot.teaches:
            self.do(Command("teach", "", AUTHOR, HELP, self.weeks.clock(), root))

    def _press(self) -> None:
        """Those who wrote it, and all who cheered, press Approve under everything that was proposed."""
        for entry in self.weeks.memory.entries.with_status(Status.PROPOSED):
            self.proposed.add(entry.id)
            for who in (*FRIENDS, AUTHOR):
                self.do(
                    Click(
                        "vigil_case_approve", f"{entry.id}.{entry.version}", who, HELP, self.weeks.clock(), via=WHISPER
                    )
                )

    def posts(self, since: int = 0) -> list[Post]:
        """What waits in the outbox."""
        rows = self.weeks.memory.database.read("SELECT post FROM outbox WHERE id>? ORDER BY id", (since,))
        return [unpack(Post, row[0]) for row in rows]

    def newest(self) -> int:
        """The id of the last post."""
        return int(self.weeks.memory.database.value("SELECT coalesce(max(id), 0) FROM outbox"))


@pytest.fixture(scope="module")
def den(tmp_path_factory: pytest.TempPathFactory) -> Den:
    return Den(tmp_path_factory.mktemp("den"))


def planted(text: str) -> bool:
    return MARK in text or EVIL in text


def test_there_are_two_hundred_and_they_are_tried_in_earnest(den: Den) -> None:
    assert len(list(plots())) == 200
    assert den.weeks.memory.database.value("SELECT count(*) FROM threads") == 200
    assert den.weeks.memory.database.value("SELECT count(*) FROM reactions") > 400
    assert len(den.proposed) > 10


def test_nothing_of_it_is_live_without_approval(den: Den) -> None:
    live = den.weeks.memory.entries.with_status(Status.LIVE)
    assert [e.id for e in live if e.case.kind is Kind.CASE] == []
    assert [e.id for e in live if e.case.kind is Kind.SECTION and planted(e.case.text())] == []
    assert any(planted(e.case.text()) for e in live if e.case.kind is Kind.PRECEDENT), "else nothing was tried"
    kinds = frozenset({Kind.CASE, Kind.SECTION})
    for topic in KNOWN:
        query = Query(
            f"zorgle {topic}", Audience.of("everyone", "workspace:sim:T1"), 50, den.weeks.clock(), kinds=kinds
        )
        assert not any(planted(hit.entry.case.text()) for hit in den.weeks.knowledge.search(query))


def test_victims_are_shown_a_marked_link_at_most(den: Den) -> None:
    den.weeks.clock.move_to(den.weeks.clock() + DAY)
    pointed = 0
    for number, topic in enumerate(KNOWN * len(VICTIMS)):
        before = den.newest()
        text = VICTIMS[number // len(KNOWN)].format(topic)
        _, outcome = den.say(f"U0VICTIM{number}", text)
        for decision in outcome.decisions:
            said = decision.suggestion
            if said is None or decision.action is Action.SILENT:
                continue
            assert not planted(said.text), said.text
            cited = [hit.entry.case for hit in said.citations if planted(hit.entry.case.text())]
            assert {case.kind for case in cited} <= {Kind.PRECEDENT}
            pointed += bool(cited)
        for post in den.posts(before):
            _only_marked(post.message)
        den.weeks.clock.move_to(den.weeks.clock() + 3600)
    assert pointed > 5, "else nothing was tried"


def test_who_searches_is_shown_no_words_of_it_but_titles(den: Den) -> None:
    outcome = den.do(Command("search", "repair the rollout deadline", "U0VICTIM", HELP, den.weeks.clock(), via="slash"))
    (post,) = outcome.posts
    lines = [line for line in post.message.text.splitlines() if planted(line)]
    assert all("earlier thread" in line for line in lines)


def _only_marked(message: Message) -> None:
    """Where planted words are to be read at all, it is the name of an earlier thread's link, marked as that."""
    assert not planted(message.text), message.text
    for source in message.sources:
        if planted(source.title):
            assert source.note.startswith("earlier thread"), source


def test_no_post_calls_everybody_or_hides_where_a_link_leads(den: Den) -> None:
    posts = den.posts()
    assert len(posts) > 100
    for post in posts:
        whole = _readable(post.message)
        assert not MASS.search(whole), whole
        for url, shown in LINK.findall(whole):
            assert set(ADDRESS.findall(shown)) <= set(ADDRESS.findall(url)), (url, shown)


def _readable(message: Message) -> str:
    """All text of the message as Slack is sent it."""
    out = rendered(message)
    return "\n".join([out.text, *_texts(out.blocks)])


def _texts(value: object) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, part in value.items() if key != "type" for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, (list, tuple)) else []


def test_what_somebody_entitled_approves_is_found_so_the_trial_can_fail(den: Den) -> None:
    entry_id = min(den.proposed)
    den.do(Click("vigil_case_approve", str(entry_id), "kim", HELP, den.weeks.clock(), via=WHISPER))
    entry = den.weeks.memory.entries.get(entry_id)
    assert entry is not None
    assert entry.status is Status.LIVE
    assert not set(FRIENDS) & {entry.approved_by}
    assert say("en", "note_case", age="x").startswith("approved")
