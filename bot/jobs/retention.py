"""Retention takes away worked-off inbox rows, and hands threads past their time to the eraser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

DAY = 86_400.0
KEEP_INBOX_DAYS = 14.0


class Broom(Protocol):
    """What retention asks of the storage."""

    def sweep_inbox(self, before: float) -> int:
        """Forget worked-off events received before then; returns how many."""


class Past(Protocol):
    """What retention asks of the list of erasures."""

    def past(self, before: float, now: float) -> int:
        """Put threads without a sign of life since then on the list; returns how many came on it."""


class Retention:
    """`days` is how long threads are kept, 0 for ever; `clock` gives epoch seconds."""

    def __init__(self, broom: Broom, erasures: Past, days: float, clock: Callable[[], float]) -> None:
        self._broom, self._erasures, self._days, self._clock = broom, erasures, days, clock

    def run(self) -> int:
        """Sweep once; returns how many rows went, and threads came on the eraser's list."""
        now = self._clock()
        gone = self._broom.sweep_inbox(now - min(KEEP_INBOX_DAYS, self._days or KEEP_INBOX_DAYS) * DAY)
        if self._days:
            gone += self._erasures.past(now - self._days * DAY, now)
        return gone
