"""Keeps the reading of history within the platform's limits: so many calls a minute, and none before it allows the next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from bot.models import VigilError
from bot.platforms.base import SendLater

T = TypeVar("T")
PER_MINUTE = 40
"""Calls a minute where the platform says nothing else."""
PAGE = 200
TRIES = 4
LONGEST = 300.0
"""Seconds for which a walk waits in place; asked to wait longer, it ends and is taken up by the next."""


class Ended(VigilError):
    """The walk was told to end; the next one takes it up."""


class Pace:
    """Makes calls wait their turn. `clock` gives seconds that never jump; `pause(seconds)` is true when all is to end."""

    def __init__(
        self, clock: Callable[[], float], pause: Callable[[float], object], per_minute: int = PER_MINUTE
    ) -> None:
        self._clock, self._pause, self._per_minute = clock, pause, per_minute
        self._made: deque[float] = deque()
        self._not_before = -math.inf
        self.calls = 0

    def ask(self, read: Callable[[], Iterable[T]]) -> list[T]:
        """What `read` gives, once it may be asked; raises VigilError when it cannot be had within some minutes."""
        for attempt in range(TRIES):
            self._wait()
            self.calls += 1
            self._made.append(self._clock())
            try:
                found = list(read())
            except SendLater as wait:
                self._not_before = self._clock() + wait.retry_after
                if attempt == TRIES - 1:
                    raise
                continue
            more = max(0, len(found) - 1) // PAGE
            self.calls += more
            self._made.extend([self._clock()] * more)
            return found
        raise AssertionError("unreachable: the loop returns or raises")

    def _wait(self) -> None:
        """Wait until the platform allows a call and the minute has room for it."""
        now = self._clock()
        while self._made and self._made[0] <= now - 60:
            self._made.popleft()
        room = self._made[-self._per_minute] + 60 if len(self._made) >= self._per_minute else now
        left = max(room, self._not_before) - now
        if left > LONGEST:
            raise SendLater(f"the platform asks to wait {left:.0f} s", left)
        if left > 0 and self._pause(left):
            raise Ended("catch-up was told to end; the next one goes on")
