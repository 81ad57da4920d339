"""An incident begins when Vigil is not well and ends when it is again: each is told once, in the log and to `post`."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from bot.models import VigilError
from bot.supervisor_health import Health

PATIENCE = 2.0
"""Seconds for which a reason must stand: a connection that a platform renews is no incident."""
LASTING = 10.0
"""Seconds for which Vigil must be well again, so that what comes and goes is one incident."""

log = structlog.get_logger("incident")

Post = Callable[[int, str, float | None], None]
"""`post(number, why, seconds)` tells people: what is wrong (`seconds` None), or that it is well again after so long."""


class Incident:
    """Fed with the health of every second. `clock` gives monotonic seconds."""

    def __init__(self, post: Post, clock: Callable[[], float] = time.monotonic) -> None:
        self._post, self._clock = post, clock
        self._unwell_since: float | None = None
        self._well_since: float | None = None
        self._why, self._number, self._ended, self._began = "", 0, 0, 0.0
        self._untold: list[tuple[int, str, float | None]] = []

    @property
    def open(self) -> bool:
        return bool(self._why)

    def look(self, health: Health, restarts: int) -> None:
        """How Vigil fares now, and how often a child had to be started again so far: that is an incident at once."""
        now = self._clock()
        ended, self._ended = restarts > self._ended, restarts
        if health.well:
            self._unwell_since = None
            self._recover(now)
        elif ended or not health.starting:
            self._well_since = None
            since = self._unwell_since = self._unwell_since or now
            if not self.open and (ended or now - since >= PATIENCE):
                self._begin(health, since)
        else:
            self._well_since = None
        self._tell()

    def _begin(self, health: Health, since: float) -> None:
        self._why, self._number, self._began = "; ".join(health.why), time.time_ns(), since
        log.error("Vigil is not well", action="tell", why=self._why)
        self._untold.append((self._number, self._why, None))

    def _recover(self, now: float) -> None:
        self._well_since = self._well_since or now
        if self.open and now - self._well_since >= LASTING:
            seconds = self._well_since - self._began
            log.info("Vigil is well again", action="tell", seconds=round(seconds), why=self._why)
            self._untold.append((self._number, self._why, seconds))
            self._why = ""

    def _tell(self) -> None:
        """Tell what is untold; a store that cannot take it now is asked again at the next look."""
        while self._untold:
            try:
                self._post(*self._untold[0])
            except VigilError as trouble:
                log.debug("incident not posted yet", action="try again", error=str(trouble))
                return
            self._untold.pop(0)
