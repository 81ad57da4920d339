"""The responder takes one turn from end to end: thread, score, timing, knowledge, suggestion, decision, outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from bot.config import Rules
from bot.dialogue import delivery, lifecycle, policy, suggest, timing
from bot.dialogue.faculties import Faculties
from bot.dialogue.question import Asked, asked
from bot.dialogue.tongue import rules_of, spoken
from bot.dialogue.voicing import Heard
from bot.dialogue.weighing import together, without_twins
from bot.dialogue.wording import say
from bot.events import Turn, channel_of
from bot.models import ID, Action, Decision, Mode, Score, Suggestion, Thread, Timing
from bot.outcomes import Outcome, Spoken, WakeUp
from bot.stages import Stages
from knowledge.models import Audience, Hit


class Responder:
    """Thinks about turns; everything it wants done is in the Outcome it returns."""

    def __init__(self, faculties: Faculties) -> None:
        self._f = faculties

    def turn(self, turn: Turn, now: float) -> Outcome:
        """A turn was heard: record it, and decide whether to speak, hold or stay silent."""
        with self._f.stages("load"):
            thread, outcome = self.heard(turn, now)
            rules = rules_of(self._f.directory, thread)
        return self.consider(thread, turn, rules, now) if outcome.turns else outcome

    def heard(self, turn: Turn, now: float) -> tuple[Thread, Outcome]:
        """The thread with this turn, and the outcome that only records it (an empty one when it is known already)."""
        thread = self._f.threads.load(turn.thread_id, turn.channel_id, turn.sent_at)
        if turn.id in map(ID, thread.turns):
            return thread, Outcome()
        return thread.with_turn(turn), Outcome(thread.id, thread.channel_id, thread.version, turns=(turn,))

    def consider(self, thread: Thread, turn: Turn, rules: Rules, now: float) -> Outcome:
        """Decide about `turn`, which stands in `thread` (as stored at its version, plus this turn)."""
        heard = Outcome(thread.id, thread.channel_id, thread.version, turns=(turn,))
        if turn.own or turn.system or turn.deleted or (turn.is_bot and turn.author not in rules.alert_bots):
            posts = (delivery.taken_back(turn),) if turn.own and thread.withdrawn else ()
            return replace(heard, state=lifecycle.state(thread, now, rules), posts=posts)
        with self._f.stages("triage"):
            score = self._f.triage.score(thread, now, turn)
        rules = self._f.opinions.tuned(rules, thread.channel_id, now)
        if self._f.late(turn.sent_at, now):
            late = self.note(thread, score, rules, now, "late", say(rules.language, "reason_too_old"))
            return replace(heard, state=lifecycle.state(thread, now, rules), need=score.need, decisions=(late,))
        attempt = f"edit {turn.edited_at}" if turn.edited_at else "first"
        outcome, decision = self.decide(thread, score, rules, now, attempt=attempt)
        outcome = replace(outcome, turns=(turn,))
        if decision.action is Action.HOLD:
            return outcome
        return self._release(thread, score, rules, now, outcome)

    def quoting(self) -> Responder:
        """The same, without a language model's words."""
        return Responder(replace(self._f, voicing=self._f.voicing.silent()))

    def late(self, turn: Turn, now: float) -> bool:
        """Whether the turn is heard too late to be answered."""
        return self._f.late(turn.sent_at, now)

    def woken(self, thread_id: str, turn_id: str, now: float) -> Outcome:
        """A hold fell due: look at the thread as it now stands and decide for good."""
        channel_id = channel_of(thread_id)
        thread = self._f.threads.load(thread_id, channel_id, now)
        turn = next((t for t in thread.turns if t.id == turn_id and not t.deleted), None)
        if turn is None:
            return Outcome(thread_id, channel_id, cancel=True)
        before = self._f.threads.load(thread_id, channel_id, turn.sent_at)  # scored among what was said around it then
        score, rules = self._f.triage.score(before, now, turn), self._rules(thread, now)
        held = self._f.threads.held(thread_id)
        when = timing.decide(thread, score, self._f.voicing.admitting(score, rules), now, woken=True)
        fell_due = held.due if held is not None else turn.sent_at + rules.hold_minutes * 60
        if self._f.late(fell_due, now):  # nobody was there when it did
            when = Timing(False, None, say(rules.language, "reason_too_old"))
        if not when.speaks:
            ended = self.note(thread, score, rules, now, "hold", when.reason)
            state = lifecycle.state(thread, now, rules)
            return Outcome(thread_id, channel_id, thread.version, decisions=(ended,), state=state, cancel=True)
        outcome, _ = self.decide(thread, score, rules, now, attempt="woken")
        return replace(outcome, cancel=True)

    def ask(self, thread: Thread, turn: Turn, question: str, now: float, at: float, person: str = "") -> Outcome:
        """Somebody asked Vigil itself: answer at once, if only with what was looked at (to `person` alone if given).

        `at` tells one asking from another about the same turn.
        """
        rules = self._rules(thread, now)
        score = replace(self._f.triage.score(thread, now, turn), addressed=True)
        score = replace(score, query=question or score.query)
        outcome, _ = self.decide(thread, score, rules, now, attempt=f"ask {at}", person=person)
        return replace(outcome, cancel=True)

    def answer(self, thread: Thread, question: str, rules: Rules, now: float) -> Decision:
        """An answer to a question that stands in no stored thread; nothing is recorded."""
        rules = self._f.opinions.tuned(rules, thread.channel_id, now)
        score = Score(1.0, (), question, thread.root.id, addressed=True)
        return self.decide(thread, score, rules, now, attempt="free")[1]

    def decide(
        self, thread: Thread, score: Score, rules: Rules, now: float, *, attempt: str, person: str = ""
    ) -> tuple[Outcome, Decision]:
        """Timing, search, draft and policy for one scored turn; the outcome carries no turn yet."""
        admitted = self._f.voicing.admitting(score, rules)
        when = timing.decide(thread, score, admitted, now, attempt == "woken")
        spoken: Sequence[Spoken] = ()
        question = suggestion = None
        hits: Sequence[Hit] = ()
        heard, watch = Heard(), Stages()
        said: Callable[[], Sequence[Spoken]] = list
        if when.speaks:
            said = partial(self._f.decisions.spoken, thread.channel_id, thread.id, policy.person_of(thread, score),
                           *policy.looks_back(rules, now))  # fmt: skip
            spoken = said()
            with watch("answer"):
                free = partial(policy.free, thread, score, spoken, rules, now)
                question, heard = self._question(thread, score, rules, free)
                score = replace(score, query=score.query or question.gist)
                suggestion, hits = self._suggestion(thread, score, question, spoken, rules, now)
            spoken = said() if suggestion else spoken  # drafting may have taken long: others spoke meanwhile
        decide = partial(policy.decide, thread, score, when, rules=admitted, now=now, versions=self._f.versions,
                         attempt=attempt)  # fmt: skip
        with watch("answer") if suggestion else nullcontext():
            decision = self._f.voicing.final(
                decide(suggestion, spoken=spoken),
                thread,
                score,
                hits,
                rules,
                lambda words: decide(words, spoken=said()),
            )
        with self._f.stages("policy"):
            decision = heard.told(self._f.opinions.explained(decision, rules, now))
            decision = replace(decision, took=watch.seconds.get("answer"))
            posts, marks = delivery.of(decision, thread, score, rules, self._f.directory, person)
        wake_up = WakeUp(score.turn_id, decision.due) if decision.action is Action.HOLD and decision.due else None
        shown = self._f.opinions.shown(decision, question.gist) if question else ()
        return (
            Outcome(thread.id, thread.channel_id, thread.version, decisions=(decision,), posts=posts, marks=marks,
                    wake_up=wake_up, state=lifecycle.state(thread, now, rules), need=score.need, shown=shown),
            decision,
        )  # fmt: skip

    def search(
        self, question: Asked, channel_id: str, thread_id: str, now: float, readers: Audience | None = None,
        limit: int = 8,
    ) -> tuple[list[Hit], list[Hit]]:  # fmt: skip
        """(hits that all `readers`, by default the channel's, may see; what ratings hold back): a thread never cites itself."""
        with self._f.stages("shelve"):
            self._f.shelve()
        with self._f.stages("search"):
            own = frozenset({f"precedent:{thread_id}", f"thread:{thread_id}"})
            audience = readers or self._f.directory.readers(channel_id)
            found, shows = self._f.knowledge.search(question.query(audience, limit, now, own)), self._f.directory.shows
            hits = without_twins([hit for hit in found if shows(hit.entry.case, audience)])  # as places are now
            language = spoken(self._f.directory.rules(channel_id), question.text).language
            fair, held = self._f.opinions.weigh(hits, question.gist, channel_id, language, now)
            return self._f.cautions.told(fair, audience, language), self._f.cautions.told(held, audience, language)

    def _rules(self, thread: Thread, now: float) -> Rules:
        return self._f.opinions.tuned(rules_of(self._f.directory, thread), thread.channel_id, now)

    def _question(
        self, thread: Thread, score: Score, rules: Rules, free: Callable[[], bool]
    ) -> tuple[Asked, Heard]:  # fmt: skip
        if score.query:
            return asked(score.query), Heard()
        cheap = self._f.triage.question(thread, next((t for t in thread.turns if t.id == score.turn_id), None))
        return self._f.voicing.question(thread, score, cheap, rules, free)

    def _suggestion(
        self, thread: Thread, score: Score, question: Asked, spoken: Sequence[Spoken], rules: Rules, now: float
    ) -> tuple[Suggestion | None, Sequence[Hit]]:
        """What can be quoted, and the hits among which it was found."""
        readers = self._f.directory.readers(thread.channel_id)
        if rules.mode == Mode.PRIVATE and not score.addressed:
            desk = delivery.helpers_channel(rules, self._f.directory, thread.channel_id)
            readers = Audience(readers.scopes & self._f.directory.readers(desk).scopes) if desk else readers
        hits, held = self.search(question, thread.channel_id, thread.id, now, readers)
        if not score.addressed:
            seen = policy.shown(spoken, thread, policy.person_of(thread, score), rules, now)
            hits, held = ([hit for hit in found if hit.entry.id not in seen] for found in (hits, held))
        with self._f.stages("suggest"):
            for found in filter(None, (hits, held)):
                if drafted := self._f.draft(thread, score, found, rules, now):
                    return drafted, found
            if score.addressed:
                return suggest.looked_at(thread, score, together(hits, held), rules, now), ()
            return None, ()

    def _release(self, thread: Thread, score: Score, rules: Rules, now: float, outcome: Outcome) -> Outcome:
        """Take back a hold that the new turn made needless, and say so."""
        held = self._f.threads.held(thread.id)
        if held is None:
            return outcome
        if held.turn_id == score.turn_id:  # an edit: what the hold waited for was judged anew just now
            return replace(outcome, cancel=True)
        waiting = replace(score, need=1.0, turn_id=held.turn_id, addressed=False)
        when = timing.decide(thread, waiting, rules, now, woken=True)
        if when.speaks:
            return outcome
        ended = self.note(thread, waiting, rules, now, "hold", when.reason)
        return replace(outcome, cancel=True, decisions=(*outcome.decisions, ended))

    def note(self, thread: Thread, score: Score, rules: Rules, now: float, kind: str, reason: str) -> Decision:
        """A silence to be recorded with its one reason; `kind` "hold" is a hold that people made needless."""
        return Decision(
            policy.identity(score.turn_id, kind, kind), score.turn_id, thread.id, thread.channel_id, Action.SILENT,
            score.need, rules.speaks_at, (reason,), now, kind, versions=self._f.versions, person=thread.asker,
        )  # fmt: skip
