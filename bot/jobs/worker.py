"""The worker takes events from the inbox in order, lets the responder think, and commits what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from bot.events import Event, Probe, Turn, channel_of
from bot.outcomes import NotYet, Outcome, WakeUp
from bot.storage.base import Inbox, Lease, Leased, LeaseLost, Ledger, StaleThread, Threads
from bot.store import StoreDown

BATCH = 32
DUE = 1000  # more than can fall due together: those that wait for their channel must not hide the others
ATTEMPTS = 6
THINK_AGAIN = 5
BEHIND = "waits for an older event"
PATIENCE = (1.0, 2.0, 5.0, *(10.0,) * 33)
"""Seconds for which an event waits for what it rests on each time: a platform delivers one again up to five minutes later."""

log = structlog.get_logger("worker")


class Mind(Protocol):
    """What the worker needs of the thinking: an event, or a hold that fell due, becomes an Outcome."""

    def respond(self, event: Event, now: float) -> Outcome:
        """What this event leads to."""

    def woken(self, thread_id: str, turn_id: str, now: float) -> Outcome:
        """What a hold that fell due leads to."""

    def warm(self, texts: list[str]) -> None:
        """These texts are about to be thought about: prepare them together."""


class Worker:
    """One pair of hands on the inbox. `clock` gives epoch seconds; `committed` is told of every thread that changed.

    `alive` is called before each thinking, so that a long batch does not look like one that hangs. `current` tells of a
    channel whether all that was said there has been heard: only then is a hold decided.
    """

    def __init__(
        self,
        inbox: Inbox,
        threads: Threads,
        ledger: Ledger,
        mind: Mind,
        owner: str,
        clock: Callable[[], float],
        committed: Callable[[Outcome], None],
        alive: Callable[[], None] = lambda: None,
        current: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._inbox, self._threads, self._ledger, self._mind = inbox, threads, ledger, mind
        self._owner, self._clock, self._committed, self._alive = owner, clock, committed, alive
        self._current = current

    def step(self, quick: bool = False) -> int:
        """Work off one batch of events, one after another; returns how many were taken."""
        taken = self.take(quick)
        stuck: set[str] = set()
        for leased in taken:
            if leased.lane in stuck:
                self.put_off(leased, BEHIND)
            elif not self.work_off(leased):
                stuck.add(leased.lane)
        return len(taken)

    def wake_due(self) -> int:
        """Think again about every hold that has fallen due; returns how many there were."""
        due = self.due()
        for thread_id, turn_id in due:
            self.wake(thread_id, turn_id)
        return len(due)

    def take(self, quick: bool = False) -> list[Leased]:
        """Lease one batch of events and prepare them together; each must be worked off or put off."""
        taken = self._inbox.claim(self._owner, self._clock(), quick, BATCH)
        if len(taken) > 1:
            self._mind.warm([leased.event.text for leased in taken if isinstance(leased.event, Turn)])
        return taken

    def keep(self, leases: Sequence[Lease]) -> None:
        """Hold on to what is still being thought about."""
        self._inbox.renew(leases, self._clock())

    def put_off(self, leased: Leased, why: str) -> None:
        """Give an event back; what is still thought about it will not count."""
        self._give_back(leased, why, 0.1, tried=False)

    def due(self) -> list[tuple[str, str]]:
        """(thread id, turn id) of the holds that have fallen due and whose threads are heard to the end, oldest first."""
        now = self._clock()
        return [
            (thread_id, turn_id) for thread_id, turn_id, _ in self._threads.due(now, DUE)
            if self._current(channel_of(thread_id)) and not self._threads.pending(thread_id, now)
        ]  # fmt: skip

    def wake(self, thread_id: str, turn_id: str) -> bool:
        """Think again about a hold that has fallen due."""
        try:
            self._commit(lambda: self._mind.woken(thread_id, turn_id, self._clock()), None)
        except Exception:
            log.exception("hold failed", action="try again in a minute", thread=thread_id)
            later = WakeUp(turn_id, self._clock() + 60)
            self._ledger.commit(Outcome(thread_id, wake_up=later), self._clock())
        return True

    def work_off(self, leased: Leased) -> bool:
        """Think about an event and commit what comes of it; False when it was given back, and its lane must wait."""
        try:
            if isinstance(leased.event, Probe):
                self._inbox.probed(leased, self._clock())
            else:
                self._commit(lambda: self._mind.respond(leased.event, self._clock()), leased.lease)
            return True
        except LeaseLost as lost:
            log.warning("lease lost", action="turn", error=str(lost))
            return False
        except NotYet as early:
            return self._wait(leased, str(early))
        except StoreDown:  # no fault of the event's: it is never given up for that
            raise
        except Exception as trouble:  # noqa: BLE001 - the edge: logged, tried again, given up visibly
            self._put_back(leased, trouble)
            return False

    def _wait(self, leased: Leased, reason: str) -> bool:
        """Let an event wait for the one it rests on, and others pass it meanwhile; True unless the lease was lost."""
        now = self._clock()
        try:
            if leased.waited < len(PATIENCE):
                self._inbox.set_aside(leased.lease, reason, now + PATIENCE[leased.waited])
            else:
                log.info("event rests on what was never heard", action="leave", error=reason)
                self._ledger.commit(Outcome(), now, leased.lease)
        except LeaseLost as lost:
            log.warning("lease lost", action="wait", error=str(lost))
            return False
        return True

    def _commit(self, think: Callable[[], Outcome], lease: Lease | None) -> None:
        for attempt in range(THINK_AGAIN):
            self._alive()
            outcome = think()
            try:
                self._ledger.commit(outcome, self._clock(), lease)
            except StaleThread:
                if attempt == THINK_AGAIN - 1:
                    raise
                continue
            self._committed(outcome)
            return

    def _put_back(self, leased: Leased, trouble: Exception) -> None:
        give_up = leased.lease.attempts >= ATTEMPTS
        wait = min(60.0, 0.2 * 4 ** (leased.lease.attempts - 1))
        log.exception("event failed", action="give up" if give_up else "try again", kind=type(leased.event).__name__)
        self._give_back(leased, f"{type(trouble).__name__}: {trouble}", wait, give_up)

    def _give_back(
        self, leased: Leased, error: str, wait: float, give_up: bool = False, tried: bool = True
    ) -> None:  # fmt: skip
        try:
            self._inbox.retry(leased.lease, error, self._clock() + wait, give_up, tried)
        except LeaseLost as lost:
            log.warning("lease lost", action="retry", error=str(lost))
