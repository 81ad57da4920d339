"""What a language model adds to a decision, if there is one: the question of a long thread, a word in doubt, the answer's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.config import Rules
from bot.dialogue import composing, judging, rewriting
from bot.dialogue.judging import Doubt, Opinion
from bot.dialogue.question import Asked, asked
from bot.dialogue.support import Support
from bot.dialogue.wording import say, speechless
from bot.llm.base import Call, Task, Voice
from bot.models import Action, Decision, Score, Suggestion, Thread
from bot.stages import Stages
from knowledge.models import Hit

SPEAKS = (Action.PUBLIC, Action.PRIVATE, Action.DRAFT)
COMPOSED = str(Task.COMPOSE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model was asked on the way to a decision: the calls, marks for Why?, and the prompts whose words count."""

    calls: tuple[Call, ...] = ()
    marks: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: Heard) -> Heard:
        return Heard(self.calls + other.calls, self.marks + other.marks, self.versions + other.versions)

    def told(self, decision: Decision) -> Decision:
        """The decision with all of it written down."""
        return replace(
            decision,
            reasons=(*decision.reasons, *self.marks),
            calls=(*decision.calls, *self.calls),
            versions=(*decision.versions, *self.versions),
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What is left to be said: a suggestion, or None with the reason (`against`), and what was asked on the way."""

    suggestion: Suggestion | None
    heard: Heard
    against: str = ""


class Voicing:
    """Asks the model where it is worth a call; without one (`voice` None) everything stays as it came."""

    def __init__(self, voice: Voice | None, support: Support, doubt: Doubt, stages: Stages) -> None:
        self._voice, self._support, self._doubt, self._stages = voice, support, doubt, stages

    def silent(self) -> Voicing:
        """The same, with nobody to ask."""
        return Voicing(None, self._support, self._doubt, self._stages)

    def admitting(self, score: Score, rules: Rules) -> Rules:
        """The rules by which a turn goes on to be held and searched for: laxer for one in doubt, if somebody can be asked."""
        return rules if self._voice is None else self._doubt.admitting(score, rules)

    def question(
        self, thread: Thread, score: Score, cheap: Asked, rules: Rules, free: Callable[[], bool]
    ) -> tuple[Asked, Heard]:
        """What to search with: the cheap question, or a better one where that says too little of a long thread.

        `free` tells whether anything could be said now; where it could not, no call is worth it.
        """
        turn = next((turn for turn in thread.turns if turn.id == score.turn_id), None)
        if self._voice is None or score.query or turn is None or not rewriting.poor(thread, turn, cheap):
            return cheap, Heard()
        if not free():
            return cheap, Heard()
        with self._stages("rewrite"):
            found = rewriting.rewrite(thread, turn, self._voice)
        calls = _calls(found.call)
        if not found.question:
            return cheap, Heard(calls, _failed(found.failure, rules))
        return asked(found.question), Heard(calls, (say(rules.language, "voice_rewritten"),), _versions(calls))

    def final(
        self, decision: Decision, thread: Thread, score: Score, hits: Sequence[Hit], rules: Rules,
        again: Callable[[Suggestion], Decision],
    ) -> Decision:  # fmt: skip
        """The decision, once a model was asked about it; `again` decides about other words, or later than this one.

        Silence is never asked about: only what would be said, drafted or recorded as a draft, and carries an answer.
        """
        decision = replace(decision, threshold=rules.speaks_at)
        if self._voice is None:
            return decision
        if decision.action is Action.HOLD and decision.score < rules.speaks_at:
            return Heard(marks=(say(rules.language, "voice_doubt"),)).told(decision)
        quoted = decision.suggestion
        if decision.action not in SPEAKS or quoted is None or not quoted.enough:
            return decision
        said = self._words(self._voice, thread, score, quoted, hits, rules)
        if said.against:
            return said.heard.told(_silenced(decision, said.against))
        if said.suggestion is None or said.heard == Heard():
            return decision
        return said.heard.told(replace(again(said.suggestion), threshold=rules.speaks_at))

    def _words(
        self, voice: Voice, thread: Thread, score: Score, quoted: Suggestion, hits: Sequence[Hit], rules: Rules
    ) -> Said:
        """Nothing where the model, asked in doubt, sees no need; else the answer composed from the `hits`; else `quoted`."""
        heard, against = Heard(), ""
        if not score.addressed and self._doubt.over(score.need, rules):
            with self._stages("judge"):
                opinion = judging.judge(thread, score, quoted, voice)
            heard, against = _judged(opinion, score, rules)
        if against:
            return Said(None, heard, against)
        with self._stages("compose"):
            written = composing.compose(thread, score, quoted, hits, rules, voice, self._support)
        if written is None:
            return Said(quoted, heard)
        calls = _calls(written.call)
        if written.suggestion is not None:
            marks = (say(rules.language, "voice_composed"),)
            return Said(written.suggestion, heard + Heard(calls, marks, _versions(calls)))
        if written.why_not == "voice_not_enough" and not score.addressed:
            return Said(None, heard + Heard(calls), say(rules.language, "voice_no_answer"))
        why = _failed(written.failure, rules) or (say(rules.language, written.why_not),)
        return Said(quoted, heard + Heard(calls, why))


def composed(decision: Decision) -> bool:
    """Whether the decision's words are a model's, and not a quotation."""
    return decision.suggestion is not None and any(name == COMPOSED for name, _ in decision.versions)


def _silenced(decision: Decision, against: str) -> Decision:
    """The decision turned to silence for that reason."""
    return replace(decision, action=Action.SILENT, reasons=(against, *decision.reasons[1:]), due=None)


def _judged(opinion: Opinion, score: Score, rules: Rules) -> tuple[Heard, str]:
    """What was heard, and why to say nothing ("" to go on); without a word from the model the plain threshold holds."""
    calls = _calls(opinion.call)
    if opinion.speaks is None:
        below = say(rules.language, "reason_below_threshold") if score.need < rules.speaks_at else ""
        return Heard(calls, _failed(opinion.failure, rules)), below
    why = say(rules.language, f"judged_{opinion.why}")
    if opinion.speaks:
        return Heard(calls, (say(rules.language, "voice_judged", why=why),), _versions(calls)), ""
    return Heard(calls, (), _versions(calls)), say(rules.language, "voice_judged_no", why=why)


def _calls(call: Call | None) -> tuple[Call, ...]:
    return (call,) if call is not None else ()


def _versions(calls: Sequence[Call]) -> tuple[tuple[str, str], ...]:
    return tuple((str(call.task), call.prompt) for call in calls)


def _failed(failure: str, rules: Rules) -> tuple[str, ...]:
    return (say(rules.language, "voice_speechless", why=speechless(rules.language, failure)),) if failure else ()
