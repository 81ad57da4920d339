"""Follow-ups: threads that went stale are nudged once a state, in business hours, and then the on-call is called once."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.config import Rules
from bot.dialogue import compose, delivery, lifecycle, policy
from bot.dialogue.base import Directory
from bot.dialogue.lifecycle import FollowUp
from bot.messages import Post, Target
from bot.models import Action, Decision, Mark, Mode, Thread
from bot.outcomes import Nudge, Outcome, ThreadRow
from bot.storage.base import Ledger, StaleThread, Threads

WAITING = ("open", "waiting on asker", "waiting on helper", "reopened", "stale")
ACTIONS = {Mode.SHADOW: Action.DRAFT, Mode.PRIVATE: Action.PRIVATE, Mode.PUBLIC: Action.PUBLIC}
OLD = 14 * 86_400.0

log = structlog.get_logger("followup")


class FollowUps:
    """Scans waiting threads. `clock` gives epoch seconds."""

    def __init__(self, threads: Threads, ledger: Ledger, directory: Directory, clock: Callable[[], float]) -> None:
        self._threads, self._ledger, self._directory, self._clock = threads, ledger, directory, clock

    def run(self) -> int:
        """Look at every waiting thread once; returns how many follow-ups were decided upon."""
        now = self._clock()
        sent = 0
        for row in self._threads.listed(WAITING):
            rules = self._directory.rules(row.channel_id)
            if now - row.last_at < rules.follow_up_hours * 3600 or now - row.last_at > OLD:
                continue
            outcome = self._look(row, rules, now)
            if outcome is None:
                continue
            try:
                self._ledger.commit(outcome, now)
                sent += outcome.nudge is not None
            except StaleThread as stale:
                log.info("thread moved on", action="look again later", error=str(stale))
        return sent

    def _look(self, row: ThreadRow, rules: Rules, now: float) -> Outcome | None:
        thread = self._threads.load(row.id, row.channel_id, now)
        if not thread.turns:
            return None
        state = lifecycle.state(thread, now, rules)
        due = lifecycle.follow_up(thread, now, rules, self._threads.nudges(row.id), needed=row.need >= rules.threshold)
        if due is None:
            return None if state == row.state else Outcome(row.id, row.channel_id, row.version, state=state)
        return self._outcome(thread, due, rules, now)

    def _outcome(self, thread: Thread, due: FollowUp, rules: Rules, now: float) -> Outcome:
        action = ACTIONS[Mode(rules.mode)]
        last = thread.human_turns()[-1] if thread.human_turns() else thread.last
        decision = Decision(
            policy.identity(last.id, due.state, "follow_up"), last.id, thread.id, thread.channel_id, action, 1.0,
            rules.threshold, (due.reason,), now, "follow_up", person=due.person,
        )  # fmt: skip
        posts = self._posts(thread, due, decision, rules, now)
        marks = (Mark(delivery.CALLED, "vigil", now),) if due.escalates else ()
        return Outcome(
            thread.id, thread.channel_id, thread.version, decisions=(decision,), posts=posts, marks=marks,
            nudge=Nudge(due.state, now, last.id), state=lifecycle.state(thread, now, rules),
        )  # fmt: skip

    def _posts(self, thread: Thread, due: FollowUp, decision: Decision, rules: Rules, now: float) -> tuple[Post, ...]:
        if rules.mode == Mode.SHADOW:
            return ()
        if due.escalates:
            return (delivery.call(thread, rules, self._directory, decision.id, now, due.reason),)
        message = compose.follow_up(thread, due, rules, now)
        key = f"{decision.id}/follow_up"
        if rules.mode == Mode.PUBLIC:
            return (
                Post(
                    key,
                    Target.THREAD,
                    thread.channel_id,
                    message,
                    thread.id,
                    event_type="vigil_follow_up",
                    decision_id=decision.id,
                ),
            )
        someone = due.person or delivery.helper_of(thread, self._directory)
        if not someone:
            return ()
        return (
            Post(
                key,
                Target.DIRECT,
                thread.channel_id,
                message,
                person=someone,
                event_type="vigil_follow_up",
                decision_id=decision.id,
            ),
        )
