"""A tally counts what happens in one process, and how late it happens; whoever serves the metrics gets it as plain numbers."""

from __future__ import annotations

import threading
from collections import Counter

STEPS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Upper ends, in seconds, of the steps in which delays are counted; what is later counts under `inf`."""


class Tally:
    """Counters that only grow, and gauges that hold the last value; safe from any thread.

    A delay of a kind is kept as the counters `lag/KIND/STEP` (how many ended in that very step) and `lag/KIND/sum`
    (seconds), and as the gauge `lag/KIND` (the last one).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._gauges: dict[str, float] = {}

    def add(self, name: str, number: float = 1) -> None:
        """So many more of `name`."""
        with self._lock:
            self._counts[name] += number  # type: ignore[assignment]

    def lag(self, kind: str, seconds: float) -> None:
        """Something happened `seconds` after it should; what a skewed clock puts before its time counts as at once."""
        late = max(0.0, seconds)
        step = next((f"{end:g}" for end in STEPS if late <= end), "inf")
        with self._lock:
            self._counts[f"lag/{kind}/{step}"] += 1
            self._counts[f"lag/{kind}/sum"] += round(late, 3)  # type: ignore[assignment]
            self._gauges[f"lag/{kind}"] = round(late, 3)

    def counts(self) -> dict[str, float]:
        """All counters."""
        with self._lock:
            return dict(self._counts)

    def gauges(self) -> dict[str, float]:
        """All gauges."""
        with self._lock:
            return dict(self._gauges)
