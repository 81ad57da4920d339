"""The lookout reads once a second how the store stands, so that health is told at once, even while the store hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot.models import VigilError

EVERY = 1.0

log = structlog.get_logger("lookout")


@dataclass(frozen=True, slots=True)
class Figures:
    """How the store stands: counts, ages in seconds (None: there is nothing that could be old), and moments.

    `moments` are times (any unit) at which something last happened, and `notes` what is said of them: the lookout tells
    their age by when it saw them change, whatever the clock was set to meanwhile. `audit` is the audit log's head.
    """

    inbox_open: int = 0
    inbox_age: float | None = None
    outbox_open: int = 0
    outbox_age: float | None = None
    moments: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    audit: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lookout saw at `at` (monotonic seconds); `trouble` says why it saw nothing. `ages` are those of moments."""

    at: float
    figures: Figures = field(default_factory=Figures)
    ages: Mapping[str, float] = field(default_factory=dict)
    trouble: str = ""


class Lookout:
    """Runs `read` (raises VigilError in plain words) and then `tell`, again and again on a thread of its own."""

    def __init__(
        self,
        read: Callable[[], Figures],
        tell: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
        every: float = EVERY,
    ) -> None:
        self._read, self._tell, self._clock, self._every = read, tell, clock, every
        self._changed: dict[str, tuple[float, float]] = {}
        self._stop = threading.Event()
        self.reading = Reading(clock())

    def start(self) -> None:
        """Begin; ends with the process or at `stop`."""
        threading.Thread(target=self._run, daemon=True, name="lookout").start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def look(self) -> Reading:
        """One look."""
        try:
            figures = self._read()
        except VigilError as trouble:
            if str(trouble) != self.reading.trouble:
                log.error("the store is down", action="wait for it", error=str(trouble))
            self.reading = Reading(self._clock(), trouble=str(trouble))
            return self.reading
        if self.reading.trouble:
            log.info("the store works again", action="go on")
        now = self._clock()
        for name, moment in figures.moments.items():
            if name not in self._changed or self._changed[name][0] != moment:
                self._changed[name] = (moment, now)
        ages = {name: now - since for name, (_, since) in self._changed.items()}
        self.reading = Reading(now, figures, ages)
        return self.reading

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.look()
                self._tell()
            except Exception:
                log.exception("the lookout stumbled", action="go on")
