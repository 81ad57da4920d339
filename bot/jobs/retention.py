"""Retention takes away what is no longer needed: worked-off inbox rows, old runs, and turns past their time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

DAY = 86_400.0
KEEP_INBOX_DAYS = 14.0


class Broom(Protocol):
    """What retention asks of the storage."""

    def sweep_inbox(self, before: float) -> int:
        """Forget worked-off events received before then; returns how many."""

    def sweep_turns(self, before: float) -> list[str]:
        """Remove threads without a sign of life since then, with turns and decisions; returns their ids."""


class Retention:
    """`days` is how long threads are kept, 0 for ever; `clock` gives epoch seconds."""

    def __init__(self, broom: Broom, days: float, clock: Callable[[], float]) -> None:
        self._broom, self._days, self._clock = broom, days, clock

    def run(self) -> int:
        """Sweep once; returns how many rows or threads went."""
        now = self._clock()
        gone = self._broom.sweep_inbox(now - KEEP_INBOX_DAYS * DAY)
        if self._days:
            gone += len(self._broom.sweep_turns(now - self._days * DAY))
        return gone
