"""A clock that does not jump when somebody sets the computer's: what is due, late or leased is told by time that passed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

JUMP = 30.0
"""Seconds by which the computer's clock may drift or be nudged without it being a jump."""
BELIEVED = 600.0
"""Seconds after which a jump that nobody spoke against is believed."""
NEAR = 120.0
"""Seconds within which what is heard live must have been said."""

log = structlog.get_logger("clock")


def since_boot() -> float:
    """Seconds that passed, sleep of the machine included where the system counts it; never set by anybody."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class SteadyClock:
    """Epoch seconds. After a jump it goes on as before, until the platform's times, or ten minutes, tell which is right."""

    def __init__(self, wall: Callable[[], float] = time.time, passed: Callable[[], float] = since_boot) -> None:
        self._wall, self._passed, self._lock = wall, passed, threading.Lock()
        self._offset = wall() - passed()
        self._jumped_at: float | None = None

    def __call__(self) -> float:
        """Now."""
        with self._lock:
            passed = self._passed()
            apart = self._wall() - passed - self._offset
            if abs(apart) < JUMP:
                self._offset, self._jumped_at = self._offset + apart, None
            elif self._jumped_at is None:
                self._jumped_at = passed
                log.warning("the clock was set", action="go on as before", by_seconds=round(apart))
            elif passed - self._jumped_at > BELIEVED:
                self._believe(apart)
            return passed + self._offset

    def heard(self, at: float) -> None:
        """Something came that was said at `at` by the platform's clock; if it came live, it tells which clock is right."""
        with self._lock:
            if self._jumped_at is None:
                return
            passed, wall = self._passed(), self._wall()
            ours = passed + self._offset
            if abs(ours - at) < NEAR:
                self._jumped_at = passed
            elif abs(wall - at) < NEAR:
                self._believe(wall - ours)

    def _believe(self, apart: float) -> None:
        log.warning("the clock was set", action="follow it", by_seconds=round(apart))
        self._offset, self._jumped_at = self._offset + apart, None
