"""Tells how threads stand: status, summary and hand-over, in a language model's checked words or quoted without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.config import Rules
from bot.dialogue import answers, briefs, lifecycle, policy
from bot.dialogue.base import Directory
from bot.dialogue.briefs import Written
from bot.dialogue.recall import decision_of
from bot.dialogue.summarising import Digest, Summariser, thin
from bot.dialogue.wording import age, say, speechless, state_name
from bot.llm.base import Call, Speechless
from bot.messages import Message
from bot.models import Action, Decision, Thread
from bot.storage.base import Decisions
from knowledge.base import EntryStore

KINDS = frozenset({"status", "summary", "handover"})
"""Kinds of decisions that record what was told when asked, with its calls; they explain no suggestion."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and the record of the calls it cost (none without a model)."""

    message: Message
    decisions: tuple[Decision, ...] = ()


class Telling:
    """Answers `status` and `summary` about a thread; `summariser` None leaves it to what can be quoted."""

    def __init__(
        self, decisions: Decisions, entries: EntryStore, directory: Directory, summariser: Summariser | None
    ) -> None:
        self._decisions, self._entries, self._directory = decisions, entries, directory
        self._summariser = summariser

    def status(self, thread: Thread, rules: Rules, now: float, at: float) -> Told:
        """Where the thread stands and whose move it is, and Vigil's latest decisions."""
        made = [decision_of(r, self._entries) for r in self._decisions.listed(thread.id, limit=20)]
        state, move = lifecycle.state(thread, now, rules), lifecycle.whose_move(thread, now, rules)
        last, names = lifecycle.last_sign_of_life(thread), names_of(thread, self._directory)
        shown = [decision for decision in made if decision.kind not in KINDS][: answers.DECISIONS]
        facts = answers.status(thread, state, move, shown, rules, now, last, names)
        if self._summariser is None or thin(thread):
            return Told(facts)
        step, alive = answers.next_step(state, move or "", thread, rules, {}), age(rules.language, now - last)
        known = say(rules.language, "status_line", state=state_name(rules.language, state), next=step, age=alive)
        try:
            reply = self._summariser.standing(thread, known)
        except Speechless as silence:
            return self._without(facts, thread, "status", rules, now, at, silence)
        lines = self._summariser.sentences(reply.value, thread) if reply.value else ()
        if lines:
            written = self.written(thread, rules)
            said = " ".join(map(written.line, lines))
            facts = replace(facts, text=f"{said}\n\n{facts.text}", quiet=say(rules.language, "quiet_summed"))
        return Told(facts, (record(thread, "status", rules, now, at, (reply.call,)),))

    def summary(self, thread: Thread, rules: Rules, now: float, at: float) -> Told:
        """The thread in short."""
        quoted = answers.thread_summary(
            thread, rules, now, self._directory.permalink(thread.id), names_of(thread, self._directory)
        )  # fmt: skip
        if self._summariser is None or thin(thread):
            return Told(quoted)
        try:
            reply = self._summariser.brief(thread)
        except Speechless as silence:
            return self._without(quoted, thread, "summary", rules, now, at, silence)
        digest = self._summariser.digest(reply.value, thread) if reply.value else Digest(None, (), ())
        message = briefs.summed(self.written(thread, rules), digest, now) if digest else _marked(quoted, rules)
        return Told(message, (record(thread, "summary", rules, now, at, (reply.call,)),))

    def _without(
        self, quoted: Message, thread: Thread, kind: str, rules: Rules, now: float, at: float, silence: Speechless
    ) -> Told:
        calls = (silence.call,) if silence.call else ()
        return Told(_marked(quoted, rules), (record(thread, kind, rules, now, at, calls, silence.why),))

    def written(self, thread: Thread, rules: Rules) -> Written:
        """How people and links of the thread are written."""
        return Written(thread, rules, names_of(thread, self._directory), self._directory.permalink)


def names_of(thread: Thread, directory: Directory) -> dict[str, str]:
    """Names of the thread's people by id."""
    people = {turn.author for turn in thread.human_turns()}
    return {person: directory.name(person, thread.channel_id) for person in people}


def record(
    thread: Thread, kind: str, rules: Rules, now: float, at: float, calls: Sequence[Call], why: str = ""
) -> Decision:
    """What was told about a thread, asked for at `at`, as a decision; `why` is why the model's words are not in it."""
    told = voiceless(why, rules) if why else say(rules.language, "reason_told")
    return Decision(
        policy.identity(thread.last.id, f"{kind} {at}", kind), thread.last.id, thread.id, thread.channel_id,
        Action.SILENT, 0.0, rules.speaks_at, (told,), now, kind, person=thread.asker, calls=tuple(calls),
    )  # fmt: skip


def voiceless(why: str, rules: Rules) -> str:
    """Why what was found is quoted; `why` as `speechless` takes it."""
    return say(rules.language, "reason_voiceless", why=speechless(rules.language, why))


def _marked(quoted: Message, rules: Rules) -> Message:
    """The same with the quiet line that says why it is quoted."""
    return replace(quoted, quiet=say(rules.language, "quiet_quoted"))
