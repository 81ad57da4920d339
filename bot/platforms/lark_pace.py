"""Keeps Lark's pace: how fast a call may be made, how fast a chat may be written to, and how long Lark asked to wait."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from bot.platforms.base import Facts

Allowance = tuple[float, float]
"""(seconds that one call uses up, seconds that may be used up at once)."""
# Lark grants each call 50 times a second and 1,000 times a minute: thirty at once, then fifteen a second.
CALLS: Allowance = (1 / 15, 2.0)
# To a chat, and in a message that is changed, five a second; a little less, since calls do not arrive as evenly as they leave.
SPOT: Allowance = (1 / 4, 1 / 4)
MOMENT, LONGEST = 0.001, 3600.0
MANY = 2000
PAUSES = "lark pauses"
Key = tuple[str, str]


class Pace:
    """Tells how long a call must wait. Safe to use from several threads; what Lark asked for is kept over a restart.

    `spot` is the chat that is written to, or the message that is changed, "" for all other calls. Lark's codes tell
    whether a refusal is about the call everywhere or about the spot.
    """

    def __init__(
        self,
        facts: Facts | None = None,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`share` of Lark's limits is used; `clock` never goes back; by `wall`, in epoch seconds, `facts` keep pauses."""
        self._facts, self._share, self._clock, self._wall = facts, share, clock, wall
        self._lock = threading.Lock()
        self._full: dict[Key, float] = {}  # by when the allowance will be whole again
        self._paused = _standing(facts.fact(PAUSES) if facts is not None else "", wall(), clock())

    def wait(self, call: str, spot: str = "", patience: float = 0.0) -> float:
        """Seconds until the call may be made, in the order of asking; if `patience` suffices, it counts as made."""
        with self._lock:
            now = self._clock()
            start = earliest = max(now, self._until(call, spot))
            full: dict[Key, float] = {}
            for key, allowance in [((call, ""), CALLS), *([(("", spot), SPOT)] if spot else [])]:
                each, most = (seconds / self._share for seconds in allowance)
                full[key] = max(self._full.get(key, earliest), earliest) + each
                start = max(start, full[key] - most)
            wait = start - now if start - now > MOMENT else 0.0
            if wait <= patience:
                self._full.update(full)
                self._tidy(now)
            return wait

    def paused(self, call: str, spot: str = "") -> float:
        """Seconds for which Lark still asks to wait."""
        with self._lock:
            return max(0.0, self._until(call, spot) - self._clock())

    def _until(self, call: str, spot: str) -> float:
        return max(self._paused.get((call, ""), 0.0), self._paused.get(("", spot), 0.0) if spot else 0.0)

    def refused(self, call: str, spot: str, seconds: float, everywhere: bool) -> None:
        """Lark asked to wait: with this call, or in this spot only."""
        with self._lock:
            now, key = self._clock(), (call, "") if everywhere or not spot else ("", spot)
            self._paused = {key: until for key, until in self._paused.items() if until > now}
            self._paused[key] = max(self._paused.get(key, 0.0), now + min(seconds, LONGEST))
            kept = json.dumps([[*key, self._wall() + until - now] for key, until in self._paused.items()])
        if self._facts is not None:
            self._facts.remember(PAUSES, kept)

    def _tidy(self, now: float) -> None:
        if len(self._full) > MANY:
            self._full = {key: full for key, full in self._full.items() if full > now}


def _standing(kept: str, wall: float, now: float) -> dict[Key, float]:
    """Pauses as remembered, by a clock that shows `now`."""
    try:
        rows: list[Any] = json.loads(kept) if kept else []
        return {(call, spot): now + min(until - wall, LONGEST) for call, spot, until in rows if until > wall}
    except (ValueError, TypeError):  # a fact that another version wrote: Lark will say it again
        return {}
