"""Signs of life by loop: where each loop of the worker process stands, and which of them hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.supervisor_signs import STARTING

LONG = 3600.0
"""Seconds that an errand, or a step of a loop that may have much to do at once, may take without a sign."""
TICK = 2.0
"""Seconds between two ticks by which the scheduler shows that it still runs anything."""


@dataclass(slots=True)
class _Step:
    name: str
    since: float
    limit: float


class Signs:
    """Kept by the loops, read by whoever tells the supervisor; safe from any thread.

    `limit` is how long one step may show no sign, in seconds. It must exceed the longest that a step waits for one
    answer, a language model's at 60 s: whoever waits for several in a row calls `alive` between them. Monotonic time, so
    that a clock that is set makes nobody look stuck. `note` is what is said while nothing hangs: at first that the process
    is starting.
    """

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._lock = threading.Lock()
        self._steps: dict[int, _Step] = {}
        self._last: dict[str, float] = {}
        self.note = STARTING

    @contextmanager
    def step(self, name: str, patient: bool = False) -> Iterator[None]:
        """A thread is at one step of what is called `name`; a `patient` one may take LONG. Steps do not nest."""
        thread = threading.get_ident()
        with self._lock:
            self._steps[thread] = _Step(name, self._clock(), LONG if patient else self._limit)
        try:
            yield
        finally:
            with self._lock:
                self._steps.pop(thread, None)

    def mark(self, name: str) -> None:
        """The loop called `name` came round; from now on it is expected to."""
        with self._lock:
            self._last[name] = self._clock()

    def alive(self) -> None:
        """The calling thread goes on with its step."""
        with self._lock:
            step = self._steps.get(threading.get_ident())
            if step is not None:
                step.since = self._clock()

    def ages(self) -> dict[str, float]:
        """Seconds since each loop, and each errand that runs now, last gave a sign."""
        now = self._clock()
        with self._lock:
            ages = {name: now - since for name, since in self._last.items()}
            for step in self._steps.values():
                ages[step.name] = now - step.since
        return {name: round(age, 1) for name, age in ages.items()}

    def stuck(self) -> str:
        """What hangs, in words; "" when nothing does."""
        now = self._clock()
        with self._lock:
            busy = {step.name for step in self._steps.values()}
            found = [
                (s.name, "has been at one step", now - s.since) for s in self._steps.values() if now - s.since > s.limit
            ]
            found += [
                (name, "has not come round", now - since)
                for name, since in self._last.items()
                if name not in busy and now - since > self._limit
            ]
        return "; ".join(f"{name} {what} for {age:.0f} s" for name, what, age in found)
