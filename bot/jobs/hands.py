"""Hands work on many lanes: one thought after another, and where one lingers, the next begins beside it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from bot.jobs.signs import Signs
from bot.jobs.worker import BATCH, BEHIND, Worker
from bot.storage.base import Leased
from bot.store import StoreError

LINGERS = 0.05
"""Seconds after which a thought counts as slow: nobody waits for it any longer but its own lane.

Quick thoughts go one by one, in the order in which they were heard, so that each knows what was said just before; side by
side they would get no faster. A slow one waits for somebody else (a model, the platform).
"""
AHEAD = 16
"""Events that may wait for a hand before more are taken from the inbox."""
RENEW = 20.0
"""Seconds between two renewals of leases."""

log = structlog.get_logger("hands")


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to think about; `leased` is None for a hold. `do` says whether its lane may go on."""

    lane: str
    do: Callable[[], bool]
    leased: Leased | None = None


class Hands:
    """At most `count` thoughts of one worker at a time, one a lane; threads are started when they are first needed."""

    def __init__(self, worker: Worker, count: int, signs: Signs, quick: bool = False) -> None:
        self._worker, self._count, self._signs, self._quick = worker, count, signs, quick
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._busy: dict[str, tuple[float, Job]] = {}
        self._unwanted: list[Leased] = []
        self._started = self._idle = 0
        self._ended = False
        self._renewed = time.monotonic()

    def step(self) -> bool:
        """Take from the inbox, and of the holds, what there is room for; True when there was anything."""
        self._renew()
        while self._unwanted:  # while the store is down this fails, and nothing new is taken
            self._worker.put_off(self._unwanted[0], BEHIND)
            self._unwanted.pop(0)
        with self._changed:
            lanes = {*self._busy, *(job.lane for job in self._waiting)}
            if self._ended or sum(job.lane not in self._busy for job in self._waiting) >= AHEAD:
                return False
        taken = self._worker.take(self._quick)
        held = {leased.lease.row for leased in self._held()}  # a clock that jumped makes their leases look over
        taken = [leased for leased in taken if leased.lease.row not in held]
        self._give([Job(leased.lane, partial(self._worker.work_off, leased), leased) for leased in taken])
        holds = [] if self._quick else self._holds(lanes | {leased.lane for leased in taken})
        self._give(holds)
        return bool(taken or holds)

    def _holds(self, lanes: set[str]) -> list[Job]:
        """Holds to think about again; what is said in their thread goes first, and if later, beside them."""
        due = {f"hold of {thread}": (thread, turn) for thread, turn in self._worker.due()}
        free = [name for name, (thread, _) in due.items() if not lanes & {thread, name}]
        return [Job(name, partial(self._worker.wake, *due[name])) for name in free[:BATCH]]

    def end(self, patience: float) -> None:
        """Finish what is quick, and hand back what is not done within `patience` seconds: its outcome will not count."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._busy, patience)
        self._hand_back()

    def _hand_back(self) -> None:
        for leased in self._held():
            try:
                self._worker.put_off(leased, "Vigil was stopped")
            except StoreError as trouble:
                log.warning("not handed back", action="when its lease ends", lane=leased.lane, error=str(trouble))

    def _give(self, jobs: list[Job]) -> None:
        with self._changed:
            self._waiting += jobs
            self._changed.notify(len(jobs))
            self._staff()
            late = self._ended
        if late:
            self._hand_back()

    def _staff(self) -> None:
        """Start another hand when there is work and every other is at work."""
        if self._waiting and not self._idle and self._started < self._count and not self._ended:
            self._started, self._idle = self._started + 1, self._idle + 1
            threading.Thread(target=self._hand, name=f"hand {self._started}", daemon=True).start()

    def _hand(self) -> None:
        while (job := self._next()) is not None:
            well, failed = False, False
            try:
                with self._signs.step("clicks" if self._quick else "turns"):
                    well = job.do()
            except Exception:
                log.exception("thought failed", action="give back", lane=job.lane)
                failed = True
            self._done(job, well, failed)

    def _next(self) -> Job | None:
        """Wait for a job whose lane is free and for which no quick thought need be waited for; None at the end."""
        with self._changed:
            while not self._ended:
                job = next((job for job in self._waiting if job.lane not in self._busy), None)
                begun = max((since for since, _ in self._busy.values()), default=-math.inf)
                wait = begun + LINGERS - time.monotonic()
                if job is not None and wait <= 0:
                    self._waiting.remove(job)
                    self._busy[job.lane] = (time.monotonic(), job)
                    self._idle -= 1
                    self._changed.notify()
                    self._staff()
                    return job
                self._changed.wait(None if job is None else wait)
        return None

    def _done(self, job: Job, well: bool, failed: bool) -> None:
        with self._changed:
            del self._busy[job.lane]
            self._idle += 1
            behind = [] if well else [other for other in self._waiting if other.lane == job.lane]
            self._waiting = [other for other in self._waiting if other not in behind]
            given_back = [job, *behind] if failed else behind
            self._unwanted += [other.leased for other in given_back if other.leased is not None]
            if self._ended:
                self._changed.notify_all()

    def _held(self) -> list[Leased]:
        """The events that wait here, are thought about, or are to be given back."""
        with self._changed:
            jobs = [*self._waiting, *(job for _, job in self._busy.values())]
            return [*self._unwanted, *(job.leased for job in jobs if job.leased is not None)]

    def _renew(self) -> None:
        """Renew the leases of all that is held: while its thread shows life, a thought may take its time."""
        now = time.monotonic()
        if now - self._renewed < RENEW:
            return
        self._renewed = now
        self._worker.keep([leased.lease for leased in self._held()])
