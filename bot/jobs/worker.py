"""The worker takes events from the inbox in order, lets the responder think, and commits what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from bot.events import Event, Turn
from bot.outcomes import NotYet, Outcome, WakeUp
from bot.storage.base import Inbox, Lease, Leased, LeaseLost, Ledger, StaleThread, Threads

BATCH = 32
ATTEMPTS = 6
THINK_AGAIN = 5

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
    """One pair of hands on the inbox. `clock` gives epoch seconds; `committed` is told of every thread that changed."""

    def __init__(
        self,
        inbox: Inbox,
        threads: Threads,
        ledger: Ledger,
        mind: Mind,
        owner: str,
        clock: Callable[[], float],
        committed: Callable[[Outcome], None],
    ) -> None:
        self._inbox, self._threads, self._ledger, self._mind = inbox, threads, ledger, mind
        self._owner, self._clock, self._committed = owner, clock, committed

    def step(self, quick: bool = False) -> int:
        """Work off one batch of events; returns how many were taken."""
        taken = self._inbox.claim(self._owner, self._clock(), quick, BATCH)
        if len(taken) > 1:
            self._mind.warm([leased.event.text for leased in taken if isinstance(leased.event, Turn)])
        stuck: set[str] = set()
        for leased in taken:
            lane = getattr(leased.event, "thread_id", None) or ""
            if lane and lane in stuck:
                self._give_back(leased, "waits for an older event", 0.1)
            elif not self._one(leased):
                stuck.add(lane)
        return len(taken)

    def wake_due(self) -> int:
        """Think again about every hold that has fallen due; returns how many there were."""
        due = self._threads.due(self._clock())
        for thread_id, turn_id, _ in due:
            self._wake(thread_id, turn_id)
        return len(due)

    def _wake(self, thread_id: str, turn_id: str) -> None:
        try:
            self._commit(lambda: self._mind.woken(thread_id, turn_id, self._clock()), None)
        except Exception:
            log.exception("hold failed", action="try again in a minute", thread=thread_id)
            later = WakeUp(turn_id, self._clock() + 60)
            self._ledger.commit(Outcome(thread_id, wake_up=later), self._clock())

    def _one(self, leased: Leased) -> bool:
        try:
            self._commit(lambda: self._mind.respond(leased.event, self._clock()), leased.lease)
            return True
        except LeaseLost as lost:
            log.warning("lease lost", action="turn", error=str(lost))
            return False
        except NotYet as early:
            self._give_back(leased, str(early), 1.0)
            return False
        except Exception as trouble:  # noqa: BLE001 - the edge: logged, tried again, given up visibly
            self._put_back(leased, trouble)
            return False

    def _commit(self, think: Callable[[], Outcome], lease: Lease | None) -> None:
        for attempt in range(THINK_AGAIN):
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

    def _give_back(self, leased: Leased, error: str, wait: float, give_up: bool = False) -> None:
        try:
            self._inbox.retry(leased.lease, error, self._clock() + wait, give_up)
        except LeaseLost as lost:
            log.warning("lease lost", action="retry", error=str(lost))
