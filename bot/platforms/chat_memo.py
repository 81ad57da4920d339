"""Remembers answers until they are too old."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
MANY = 5000


class Memo:
    """Answers by kind and name; forgets all of them rather than grow without end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[tuple[str, str], tuple[float, Any]] = {}

    def get(self, kind: str, name: str, seconds: float, ask: Callable[[], T]) -> T:
        until, value = self._held.get((kind, name), (0.0, None))
        if (kind, name) in self._held and self._clock() < until:
            known: T = value
            return known
        fresh = ask()
        if len(self._held) >= MANY:
            self._held.clear()
        self._held[(kind, name)] = (self._clock() + seconds, fresh)
        return fresh

    def drop(self, kind: str, name: str) -> None:
        """Ask anew the next time."""
        self._held.pop((kind, name), None)
