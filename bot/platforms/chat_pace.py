"""Keeps a platform's pace: how long a call must wait for what its limits allow, and for as long as it was asked to wait."""

from __future__ import annotations

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from bot.platforms.base import Facts, SendLater

MOMENT, LONGEST = 0.001, 3600.0
MANY = 2000
Key = tuple[str, str]
Allowance = tuple[float, float]
"""(seconds that one call uses up, seconds that may be used up at once)."""


class TooFast(SendLater):
    """A platform asks to slow down: with this call everywhere, or if not `everywhere` perhaps only in this spot."""

    def __init__(self, message: str, retry_after: float, everywhere: bool) -> None:
        super().__init__(message, retry_after)
        self.everywhere = everywhere


class Pace(ABC):
    """Tells how long a call must wait. Safe to use from several threads; what was asked for is kept over a restart.

    `spot` is what is limited by itself: the channel that is written to, or a message that is changed.
    """

    kept_as: str
    """The name of the fact that keeps what was asked for."""

    def __init__(
        self,
        facts: Facts | None = None,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`share` of the limits is used; `clock` never goes back; by `wall`, in epoch seconds, `facts` keep pauses."""
        self._facts, self._share, self._clock, self._wall = facts, share, clock, wall
        self._lock = threading.Lock()
        self._full: dict[Key, float] = {}  # by when the allowance will be whole again
        self._paused = _standing(facts.fact(self.kept_as) if facts is not None else "", wall(), clock())

    @abstractmethod
    def _limits(self, call: str, spot: str) -> dict[Key, Allowance]:
        """The allowances that a call draws on."""

    @abstractmethod
    def _holders(self, call: str, spot: str) -> tuple[Key, ...]:
        """Whose pauses hold up a call."""

    @abstractmethod
    def _held_up(self, call: str, spot: str, everywhere: bool) -> Key:
        """What a refusal of the call holds up; to be asked with the lock held."""

    def wait(self, call: str, spot: str = "", patience: float = 0.0) -> float:
        """Seconds until the call may be made, in the order of asking; if `patience` suffices, it counts as made."""
        with self._lock:
            now = self._clock()
            start = earliest = max(now, self._until(call, spot))
            full: dict[Key, float] = {}
            for key, allowance in self._limits(call, spot).items():
                each, most = (seconds / self._share for seconds in allowance)
                full[key] = max(self._full.get(key, earliest), earliest) + each
                start = max(start, full[key] - most)
            wait = start - now if start - now > MOMENT else 0.0
            if wait <= patience:
                self._full.update(full)
                self._tidy(now)
            return wait

    def paused(self, call: str, spot: str = "") -> float:
        """Seconds for which the platform still asks to wait."""
        with self._lock:
            return max(0.0, self._until(call, spot) - self._clock())

    def refused(self, call: str, spot: str, seconds: float, everywhere: bool) -> None:
        """The platform asked to wait; `everywhere` when it said so of the call as such."""
        with self._lock:
            now = self._clock()
            self._paused = {key: until for key, until in self._paused.items() if until > now}
            key = self._held_up(call, spot, everywhere)
            self._paused[key] = max(self._paused.get(key, 0.0), now + min(seconds, LONGEST))
            kept = json.dumps([[*key, self._wall() + until - now] for key, until in self._paused.items()])
        if self._facts is not None:
            self._facts.remember(self.kept_as, kept)

    def _until(self, call: str, spot: str) -> float:
        return max(self._paused.get(key, 0.0) for key in self._holders(call, spot))

    def _tidy(self, now: float) -> None:
        if len(self._full) > MANY:
            self._full = {key: full for key, full in self._full.items() if full > now}


def _standing(kept: str, wall: float, now: float) -> dict[Key, float]:
    """Pauses as remembered, by a clock that shows `now`."""
    try:
        rows: list[Any] = json.loads(kept) if kept else []
        return {(call, spot): now + min(until - wall, LONGEST) for call, spot, until in rows if until > wall}
    except (ValueError, TypeError):  # a fact that another version wrote: the platform will say it again
        return {}
