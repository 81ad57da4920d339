"""What people say of Vigil's work, by reaction or button alike: helpful, not helpful, solved, not a request, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue import delivery, feedback, lifecycle
from bot.dialogue.authority import Actor, authorize, ruled
from bot.dialogue.base import Directory
from bot.dialogue.changes import removal
from bot.dialogue.feedback import Meaning
from bot.dialogue.reactions import overruled, resolving, restored, same
from bot.dialogue.roles import Roles, thread_object
from bot.dialogue.strays import wait_for_record
from bot.dialogue.tongue import rules_of
from bot.dialogue.wording import say
from bot.events import Reaction, Turn, channel_of
from bot.models import Feedback, Mark, Thread
from bot.outcomes import NotYet, Outcome
from bot.storage.base import Decisions, Outbox, Threads

SOLVED = "solved"
MARKS = {Meaning.RESOLVED: "resolved", Meaning.NOT_REQUEST: "not-a-request"}


class Verdicts:
    """Turns reactions and verdict buttons into outcomes."""

    def __init__(self, threads: Threads, decisions: Decisions, outbox: Outbox, directory: Directory) -> None:
        self._threads, self._decisions, self._outbox, self._directory = threads, decisions, outbox, directory
        self.roles = Roles(threads, directory)

    def reaction(self, reaction: Reaction, now: float) -> Outcome:
        """A reaction on any turn, whenever it comes; raises NotYet while its turn is unknown."""
        if self._threads.outdated(reaction):  # the later one decides, in whatever order they come
            return Outcome()
        thread_id = self._threads.thread_of(reaction.turn_id)
        if thread_id is None:
            raise NotYet(f"the message that {reaction.name} was put on is not known yet")
        thread = self._threads.load(thread_id, channel_of(thread_id), now)
        rules = rules_of(self._directory, thread)
        if any(turn.deleted for turn in thread.turns if turn.id == reaction.turn_id):
            return Outcome()  # with a message its reactions go
        outcome = Outcome(thread.id, thread.channel_id, thread.version, reactions=(reaction,))
        meaning = feedback.meaning(reaction.name, rules)
        if meaning is None:
            return outcome
        origin = self._outbox.decision_of(reaction.turn_id)
        wait_for_record(origin, thread, reaction, now)
        if meaning is Meaning.REMOVE:
            return self._remove(outcome, thread, reaction, origin, now)
        decision = self._decisions.get(origin) if origin and not overruled(thread, reaction, rules) else None
        outcome = self.verdict(
            outcome, thread, meaning, reaction.actor, decision, now, taken_back=not reaction.added, at=reaction.at
        )
        return outcome if reaction.added else restored(outcome, thread, reaction, rules)

    def _remove(
        self, outcome: Outcome, thread: Thread, reaction: Reaction, origin: str | None, now: float
    ) -> Outcome:  # fmt: skip
        """Whatever Vigil itself said goes, and a draft that somebody published; other people's words stay."""
        if origin is None or not reaction.added:
            return outcome
        act = ruled(self.actor(thread, reaction.actor), "remove", thread_object(thread))
        outcome = replace(outcome, acts=(act,))
        if not act.allowed:
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
        at: float | None = None,
    ) -> Outcome:
        """`outcome` with what the verdict, given `at` (default: now), adds; one that is refused leaves a line in the audit log."""
        act = ruled(self.actor(thread, actor), _action(meaning), thread_object(thread))
        outcome = replace(outcome, acts=(*outcome.acts, act))
        if not act.allowed:
            return outcome
        if meaning in (Meaning.HELPFUL, Meaning.UNHELPFUL):
            return self._feedback(outcome, decision, meaning is Meaning.HELPFUL, actor, reason, now, taken_back)
        if meaning is Meaning.RESOLVED:  # on a suggestion it says that this is what helped
            outcome = self._feedback(outcome, decision, True, actor, SOLVED, now, taken_back)
        mark = Mark(MARKS[meaning], actor, now if at is None else at)
        standing = thread.marked(mark.name)
        if taken_back:
            gone = outcome.reactions[:1]
            others = [r for r in thread.reactions if not any(same(r, taken) for taken in gone)]
            mine = standing is not None and standing.actor == actor
            return self._left(outcome, thread, meaning, others, now) if mine else outcome
        if (standing is not None and standing.at > mark.at) or mark.at < _reopened(thread, mark.name):
            return outcome
        return self._marked(outcome, thread, mark.name, (mark,), now, cancel=True)

    def bereft(self, outcome: Outcome, turn_id: str, now: float) -> Outcome:
        """`outcome` of a turn's deletion: the marks that reactions to it had set go with them."""
        if outcome.version is None:
            return outcome
        thread = self._threads.load(outcome.thread_id, outcome.channel_id, now, nearby=False)
        gone = {(r.actor, r.at) for r in thread.reactions if r.turn_id == turn_id}
        others = [r for r in thread.reactions if r.turn_id != turn_id]
        for meaning, name in MARKS.items():
            mark = thread.marked(name)
            if mark is not None and (mark.actor, mark.at) in gone:
                outcome = self._left(outcome, thread, meaning, others, now)
        return outcome

    def rooted(self, turn: Turn, outcome: Outcome, now: float) -> Outcome:
        """`outcome` of a root that is heard after its replies: who asked is known only now, and so whose reactions count."""
        if not turn.is_root or not outcome.version or turn not in outcome.turns:
            return outcome
        thread = self._threads.load(turn.thread_id, turn.channel_id, now, nearby=False).with_turn(turn)
        said = {*((r.actor, r.at) for r in thread.reactions), *resolving(thread)}
        for meaning, name in MARKS.items():
            mark = thread.marked(name)
            if mark is None or (mark.actor, mark.at) in said:
                outcome = self._left(outcome, thread, meaning, thread.reactions, now)
        return outcome

    def _left(
        self, outcome: Outcome, thread: Thread, meaning: Meaning, others: Sequence[Reaction], now: float
    ) -> Outcome:
        """The mark goes, unless another's reaction, or a command in words, says the same."""
        rules, since = rules_of(self._directory, thread), _reopened(thread, MARKS[meaning])
        said = [(r.actor, r.at) for r in others if feedback.meaning(r.name, rules) is meaning]
        said += resolving(thread) if meaning is Meaning.RESOLVED else []
        action, thing = _action(meaning), thread_object(thread)
        able = [(at, actor) for actor, at in said if at >= since]
        right = [(at, actor) for at, actor in able if authorize(self.actor(thread, actor), action, thing)]
        keep = tuple(Mark(MARKS[meaning], actor, at) for at, actor in sorted(right)[-1:])
        return self._marked(outcome, thread, MARKS[meaning], keep, now)

    def _marked(
        self, outcome: Outcome, thread: Thread, name: str, marks: tuple[Mark, ...], now: float, cancel: bool = False
    ) -> Outcome:
        """The thread's marks of that name become `marks` (one or none)."""
        new = (*outcome.marks, *marks)
        gone = {name, *outcome.unmark, *(m.name for m in new)}
        after = replace(thread, marks=(*(m for m in thread.marks if m.name not in gone), *new))
        state = lifecycle.state(after, now, rules_of(self._directory, thread))
        return replace(outcome, marks=new, unmark=outcome.unmark if marks else (*outcome.unmark, name),
                       cancel=outcome.cancel or cancel, state=state)  # fmt: skip

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
        return self.roles.before(thread, person)

    def oncall(self, thread: Thread) -> str:
        """The id of the group on call for this thread's channel, "" when there is none."""
        named = self._directory.rules(thread.channel_id).oncall
        return (self._directory.group(named, thread.channel_id) or "") if named else ""

    def call_human(self, outcome: Outcome, thread: Thread, actor: str, now: float) -> Outcome:
        """Need a human: the on-call group is mentioned once, and Vigil speaks unasked no more."""
        marks = [Mark("human-needed", actor, now)]
        posts = []
        rules = rules_of(self._directory, thread)
        if self.oncall(thread) and not thread.marked(delivery.CALLED):
            posts.append(
                delivery.call(
                    thread, rules, self._directory, f"human-{thread.id}", now, say(rules.language, "reason_asked_human")
                )
            )
            marks.append(Mark(delivery.CALLED, actor, now))
        return replace(outcome, marks=(*outcome.marks, *marks), posts=(*outcome.posts, *posts), cancel=True)


def _reopened(thread: Thread, name: str) -> float:
    """Up to when a mark of that name has been lifted by hand, epoch seconds."""
    reopened = thread.marked("reopened") if name == "resolved" else None
    return reopened.at if reopened else 0.0


def _action(meaning: Meaning) -> str:
    return {
        Meaning.RESOLVED: "resolve",
        Meaning.NOT_REQUEST: "not_request",
    }.get(meaning, "feedback")
