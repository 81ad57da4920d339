"""Follow-ups: threads that went stale are nudged once a state, in business hours, and then the on-call is called once."""

from __future__ import annotations

import math
from collections.abc import Callable

import structlog

from bot.config import Rules
from bot.dialogue import calendar, compose, delivery, lifecycle, nudging, policy
from bot.dialogue.base import Directory
from bot.dialogue.follow_wording import FollowWording, Named
from bot.dialogue.nudging import FollowUp
from bot.dialogue.tongue import in_thread
from bot.messages import Post, Target
from bot.models import Action, Decision, Mark, Mode, State, Thread
from bot.outcomes import Nudge, Outcome, ThreadRow
from bot.storage.base import Ledger, StaleThread, Threads

WAITING = ("open", "waiting on asker", "waiting on helper", "reopened", "stale")
ACTIONS = {Mode.SHADOW: Action.DRAFT, Mode.PRIVATE: Action.PRIVATE, Mode.PUBLIC: Action.PUBLIC}
SOON = 1800.0
"""Seconds after a thread's last word in which what is said at the channel's root may answer it."""
OLD = 4 * 86_400.0
"""Seconds after which a thread is left alone: over a long weekend, but no digging in the past after an outage."""

log = structlog.get_logger("followup")


class FollowUps:
    """Scans waiting threads. `clock` gives epoch seconds; `current` tells whether a channel is heard to the end;
    `wording` names what is awaited, None leaves it to the usual sentences.

    `nothing_before` is, after a scan, when one of the threads it met may next need something, changes aside.
    """

    def __init__(
        self,
        threads: Threads,
        ledger: Ledger,
        directory: Directory,
        clock: Callable[[], float],
        current: Callable[[str], bool] = lambda _: True,
        wording: FollowWording | None = None,
    ) -> None:
        self._threads, self._ledger, self._directory, self._clock = threads, ledger, directory, clock
        self._current, self._wording = current, wording
        self._quiet: dict[str, tuple[int, Rules, float, float]] = {}
        self.nothing_before = math.inf

    def run(self) -> int:
        """Look at every waiting thread once; returns how many follow-ups were decided upon."""
        now = self._clock()
        sent, nothing_before = 0, math.inf
        if self._wording is not None:
            self._wording.begin()
        rows = self._threads.listed(WAITING, active_since=now - OLD)
        known, self._quiet = self._quiet, {}
        for row in rows:
            if not self._current(row.channel_id):
                nothing_before = now
                continue
            rules = self._directory.rules(row.channel_id)
            until, nudged = self._row(row, rules, now, known.get(row.id))
            self._quiet[row.id] = (row.version, rules, until, now)
            nothing_before = min(nothing_before, until)
            sent += nudged
        self.nothing_before = nothing_before
        return sent

    def _row(
        self, row: ThreadRow, rules: Rules, now: float, known: tuple[int, Rules, float, float] | None
    ) -> tuple[float, bool]:
        """When the thread may next need a look, unless it changes, and whether it was followed up."""
        # What was found by a clock that has been set back since does not count.
        if known is not None and known[:2] == (row.version, rules) and known[3] <= now < known[2]:
            return known[2], False
        if now - row.last_at < rules.follow_up_hours * 3600:
            return row.last_at + rules.follow_up_hours * 3600, False
        needed = row.need >= rules.speaks_at
        until, outcome = self._look(row, rules, now) if needed else _chatter(row, rules, now)
        if outcome is None:
            return until, False
        if self._threads.pending(row.id, now):  # what was just heard there may make it needless
            return now, False
        try:
            self._ledger.commit(outcome, now)
        except StaleThread as stale:
            log.info("thread moved on", action="look again later", error=str(stale))
            return now, False
        return now, outcome.nudge is not None

    def _look(self, row: ThreadRow, rules: Rules, now: float) -> tuple[float, Outcome | None]:
        thread = self._threads.load(row.id, row.channel_id, row.last_at + SOON)
        if not thread.turns:
            return math.inf, None
        rules = in_thread(rules, thread)
        state = lifecycle.state(thread, now, rules)
        due = nudging.follow_up(thread, now, rules, self._threads.nudges(row.id))
        if due is not None:
            return now, self._outcome(thread, due, rules, now, self._named(thread, due, rules, now))
        outcome = None if state == row.state else Outcome(row.id, row.channel_id, row.version, state=state)
        return _quiet_until(thread, state, rules, now), outcome

    def _named(self, thread: Thread, due: FollowUp, rules: Rules, now: float) -> Named:
        """What a model says is awaited, where the follow-up will be read by somebody and nothing unheard may cancel it."""
        if self._wording is None or due.escalates or not self._reader(thread, due, rules):
            return Named()
        return Named() if self._threads.pending(thread.id, now) else self._wording.named(thread, due, rules)

    def _outcome(self, thread: Thread, due: FollowUp, rules: Rules, now: float, named: Named) -> Outcome:
        action = ACTIONS[Mode(rules.mode)]
        last = thread.human_turns()[-1] if thread.human_turns() else thread.last
        decision = Decision(
            policy.identity(last.id, due.state, "follow_up"), last.id, thread.id, thread.channel_id, action, 1.0,
            rules.speaks_at, tuple(filter(None, (due.reason, named.note))), now, "follow_up", person=due.person,
            versions=tuple((str(call.task), call.prompt) for call in named.calls if named.what), calls=named.calls,
        )  # fmt: skip
        posts = self._posts(thread, due, decision, rules, now, named.what)
        marks = (Mark(delivery.CALLED, "vigil", now),) if due.escalates else ()
        return Outcome(
            thread.id, thread.channel_id, thread.version, decisions=(decision,), posts=posts, marks=marks,
            nudge=Nudge(due.state, now, last.id), state=lifecycle.state(thread, now, rules),
        )  # fmt: skip

    def _posts(
        self, thread: Thread, due: FollowUp, decision: Decision, rules: Rules, now: float, what: str
    ) -> tuple[Post, ...]:
        if rules.mode != Mode.SHADOW and due.escalates:
            return (delivery.call(thread, rules, self._directory, decision.id, now, due.reason),)
        reader = self._reader(thread, due, rules)
        if not reader:
            return ()
        target, thread_id, person = (
            (Target.THREAD, thread.id, "") if rules.mode == Mode.PUBLIC else (Target.DIRECT, None, reader)
        )
        return (
            Post(
                f"{decision.id}/follow_up",
                target,
                thread.channel_id,
                compose.follow_up(thread, due, rules, now, what),
                thread_id,
                person,
                event_type="vigil_follow_up",
                decision_id=decision.id,
            ),
        )

    def _reader(self, thread: Thread, due: FollowUp, rules: Rules) -> str:
        """Who will read the follow-up: the thread (its id), one person, or nobody ("")."""
        if rules.mode == Mode.SHADOW:
            return ""
        return thread.id if rules.mode == Mode.PUBLIC else due.person or delivery.helper_of(thread, self._directory)


def _chatter(row: ThreadRow, rules: Rules, now: float) -> tuple[float, Outcome | None]:
    """A thread in which nobody ever needed help only grows stale: for that it need not be read."""
    if row.state == State.STALE:
        return math.inf, None
    left = _waits_until(row.last_at, rules, now)
    return left, None if left > now else Outcome(row.id, row.channel_id, row.version, state=State.STALE)


def _waits_until(since: float, rules: Rules, now: float) -> float:
    """When a thread silent `since` then will have waited long enough, at the earliest; `now` when it has."""
    waited = calendar.business_hours(since, now, rules, rules.follow_up_hours)
    if waited >= rules.follow_up_hours:
        return now
    open_from = calendar.next_business(now, rules)
    return math.inf if open_from is None else open_from + (rules.follow_up_hours - waited) * 3600


def _quiet_until(thread: Thread, state: State, rules: Rules, now: float) -> float:
    """The earliest time at which a thread that needs nothing at `now` may need something, as long as it stays as it is."""
    if state is not State.STALE:
        return _waits_until(lifecycle.last_sign_of_life(thread), rules, now)
    open_from = calendar.next_business(now, rules)
    if open_from is None or open_from > now:
        return math.inf if open_from is None else open_from
    snooze = thread.marked("snoozed")
    if snooze is not None and snooze.until is not None:
        return max(now, snooze.until)
    return now if rules.oncall else math.inf
