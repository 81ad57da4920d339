"""Retention takes away rows that nobody asks for any more, and hands threads past their time to the eraser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

DAY = 86_400.0
KEEP_DAYS = 14.0
"""Days for which worked-off events, and what was erased for its age, are remembered: none of it may be taken for new."""
REACHES = 2.0
"""How many times as long as catch-up reaches back they are remembered at least."""
RECORDS_DAYS = 800.0
"""Days for which tombstones, digests and the counts behind `vigil stats` are kept: it looks back 730."""


class Broom(Protocol):
    """What retention asks of the storage."""

    def sweep_inbox(self, before: float) -> int:
        """Forget worked-off events received before then; returns how many."""

    def take_words(self, before: float) -> None:
        """Take the words of events that were given up and received before then."""

    def sweep_records(self, before: float, long_before: float) -> int:
        """Forget records of what was done, sent and erased before then, or long before; returns how many."""

    def empty_log(self) -> bool:
        """Empty the write-ahead log; False while somebody reads from it."""


class Past(Protocol):
    """What retention asks of the list of erasures."""

    def past(self, before: float, now: float) -> int:
        """Put threads without a sign of life since then on the list; returns how many came on it."""


class Retention:
    """`days` is how long threads are kept, 0 for ever, `reach` how far back catch-up looks, in hours; `clock` gives
    epoch seconds."""

    def __init__(
        self, broom: Broom, erasures: Past, days: float, clock: Callable[[], float], reach: float = 0.0
    ) -> None:
        self._broom, self._erasures, self._days, self._clock = broom, erasures, days, clock
        self._keep = max(KEEP_DAYS * DAY, REACHES * reach * 3600.0)

    def run(self) -> int:
        """Sweep once; returns how many rows went, and threads came on the eraser's list."""
        now = self._clock()
        gone = self._broom.sweep_inbox(now - self._keep)
        gone += self._broom.sweep_records(now - self._keep, now - RECORDS_DAYS * DAY)
        if self._days:
            self._broom.take_words(now - self._days * DAY)
            gone += self._erasures.past(now - self._days * DAY, now)
        self._broom.empty_log()
        return gone
