"""What people say of Vigil's work, by reaction or button alike: helpful, not helpful, solved, not a request, remove."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.config import Rules
from bot.dialogue import delivery, feedback
from bot.dialogue.authority import Actor, authorize
from bot.dialogue.base import Directory
from bot.dialogue.changes import removal
from bot.dialogue.feedback import Meaning
from bot.dialogue.governance import curators
from bot.dialogue.wording import say
from bot.events import Reaction
from bot.models import Feedback, Mark, State, Thread
from bot.outcomes import Act, NotYet, Outcome
from bot.storage.base import Decisions, Outbox, Threads

SOON = 60.0
"""Seconds for which a reaction waits for the message it was put on."""

SOLVED = "solved"
MARKS = {Meaning.RESOLVED: "resolved", Meaning.NOT_REQUEST: "not-a-request"}


class Verdicts:
    """Turns reactions and verdict buttons into outcomes."""

    def __init__(self, threads: Threads, decisions: Decisions, outbox: Outbox, directory: Directory) -> None:
        self._threads, self._decisions, self._outbox, self._directory = threads, decisions, outbox, directory

    def reaction(self, reaction: Reaction, now: float) -> Outcome:
        """A reaction on any turn; raises NotYet for a moment while its turn is unknown."""
        thread_id = self._threads.thread_of(reaction.turn_id)
        if thread_id is None:
            if now - reaction.at < SOON:
                raise NotYet(f"the message that {reaction.name} was put on is not known yet")
            return Outcome()
        thread = self._threads.load(thread_id, thread_id.rsplit(":", 1)[0], now)
        rules = self._directory.rules(thread.channel_id)
        outcome = Outcome(thread.id, thread.channel_id, thread.version, reactions=(reaction,))
        meaning = feedback.meaning(reaction.name, rules)
        if meaning is None:
            return outcome
        origin = self._outbox.decision_of(reaction.turn_id)
        if meaning is Meaning.REMOVE:
            return self._remove(outcome, thread, reaction, origin, now)
        decision = self._decisions.get(origin) if origin else None
        outcome = self.verdict(outcome, thread, meaning, reaction.actor, decision, now, taken_back=not reaction.added)
        return outcome if reaction.added else _restored(outcome, thread, reaction, rules)

    def _remove(
        self, outcome: Outcome, thread: Thread, reaction: Reaction, origin: str | None, now: float
    ) -> Outcome:  # fmt: skip
        """Whatever Vigil itself said goes: a suggestion, a summary, a follow-up; other people's words stay.

        Who had published a draft takes that back with it.
        """
        if origin is None or not reaction.added:
            return outcome
        allowed = authorize(self.actor(thread, reaction.actor), "remove")
        outcome = replace(outcome, acts=(Act(reaction.actor, "remove", thread.id, allowed),))
        if not allowed:
            return outcome
        unpublished = Feedback(origin, reaction.actor, True, "published", now, removed=True, said=False)
        posts = removal(self._outbox, origin, thread.channel_id)
        return replace(outcome, posts=tuple(posts), feedback=(unpublished,))

    def verdict(
        self,
        outcome: Outcome,
        thread: Thread,
        meaning: Meaning,
        actor: str,
        decision: dict[str, Any] | None,
        now: float,
        reason: str = "",
        taken_back: bool = False,
    ) -> Outcome:
        """`outcome` with what the verdict adds; refused verdicts only leave a line in the audit log."""
        allowed = authorize(self.actor(thread, actor), _action(meaning))
        outcome = replace(outcome, acts=(*outcome.acts, Act(actor, _action(meaning), thread.id, allowed)))
        if not allowed:
            return outcome
        if meaning in (Meaning.HELPFUL, Meaning.UNHELPFUL):
            return self._feedback(outcome, decision, meaning is Meaning.HELPFUL, actor, reason, now, taken_back)
        if meaning is Meaning.RESOLVED:  # on a suggestion it says that this is what helped
            outcome = self._feedback(outcome, decision, True, actor, SOLVED, now, taken_back)
        return self._mark(outcome, thread, MARKS[meaning], actor, now, taken_back)

    def _mark(self, outcome: Outcome, thread: Thread, name: str, actor: str, now: float, taken_back: bool) -> Outcome:
        if taken_back:
            standing = thread.marked(name)
            if standing is None or standing.actor != actor:
                return outcome
            return replace(outcome, unmark=(name,), state=State.REOPENED if name == "resolved" else None)
        state = State.RESOLVED if name == "resolved" else None
        return replace(outcome, marks=(*outcome.marks, Mark(name, actor, now)), cancel=True, state=state)

    def _feedback(
        self,
        outcome: Outcome,
        decision: dict[str, Any] | None,
        helpful: bool,
        actor: str,
        reason: str,
        now: float,
        taken_back: bool,
    ) -> Outcome:
        if decision is None:
            return outcome
        given = Feedback(decision["id"], actor, helpful, reason, now, taken_back)
        before = self._decisions.feedback_of(decision["id"], actor)
        after = None if taken_back else helpful
        # What was not said cannot be taken back, and the same again without a reason adds nothing.
        if (taken_back and before is not helpful) or (before is after and not reason):
            return outcome
        up, down = int(after is True) - int(before is True), int(after is False) - int(before is False)
        counts = tuple((entry_id, up, down) for entry_id in decision["entry_ids"] if up or down)
        return replace(outcome, feedback=(*outcome.feedback, given), counts=counts)

    def actor(self, thread: Thread, person: str) -> Actor:
        """The person as `authorize` sees them before this thread."""
        directory = self._directory
        return Actor(
            person,
            directory.open_to(thread.channel_id, person),
            asks=bool(thread.turns) and person == thread.asker,
            helps=person in thread.helpers,
            administers=person in directory.administrators(),
            curates=person in curators(thread.channel_id, thread.helpers, directory),
        )

    def oncall(self, thread: Thread) -> str:
        """The id of the group on call for this thread's channel, "" when there is none."""
        named = self._directory.rules(thread.channel_id).oncall
        return (self._directory.group(named, thread.channel_id) or "") if named else ""

    def call_human(self, outcome: Outcome, thread: Thread, actor: str, now: float) -> Outcome:
        """Need a human: the on-call group is mentioned once, and Vigil speaks unasked no more."""
        marks = [Mark("human-needed", actor, now)]
        posts = []
        rules = self._directory.rules(thread.channel_id)
        if self.oncall(thread) and not thread.marked(delivery.CALLED):
            posts.append(
                delivery.call(
                    thread, rules, self._directory, f"human-{thread.id}", now, say(rules.language, "reason_asked_human")
                )
            )
            marks.append(Mark(delivery.CALLED, actor, now))
        return replace(outcome, marks=(*outcome.marks, *marks), posts=(*outcome.posts, *posts), cancel=True)


def _restored(outcome: Outcome, thread: Thread, gone: Reaction, rules: Rules) -> Outcome:
    """A reaction that is taken back leaves in force what the person's other reactions to that message still say."""
    said = {Meaning.HELPFUL: True, Meaning.RESOLVED: True, Meaning.UNHELPFUL: False}
    others = [r for r in thread.reactions if (r.turn_id, r.actor) == (gone.turn_id, gone.actor) and r.name != gone.name]
    left = [said[meant] for r in others if (meant := feedback.meaning(r.name, rules)) in said]
    if not left or not outcome.feedback:
        return outcome
    given, helpful = outcome.feedback[-1], left[-1]
    if given.helpful is helpful:
        return replace(outcome, feedback=(), counts=())
    counts = tuple((entry, up + helpful, down + (not helpful)) for entry, up, down in outcome.counts)
    return replace(outcome, feedback=(replace(given, helpful=helpful, reason="", removed=False),), counts=counts)


def _action(meaning: Meaning) -> str:
    return {
        Meaning.RESOLVED: "resolve",
        Meaning.NOT_REQUEST: "not_request",
    }.get(meaning, "feedback")
