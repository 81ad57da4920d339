"""The scheduler drives what runs by itself; each run is claimed by a row, so that it happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from bot.jobs.signs import TICK
from bot.storage.base import Runs

log = structlog.get_logger("scheduler")


class Scheduler:
    """Runs errands at intervals (seconds) on threads of its own. `clock` gives epoch seconds."""

    def __init__(self, runs: Runs, owner: str, clock: Callable[[], float]) -> None:
        self._runs, self._owner, self._clock = runs, owner, clock
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def start(
        self, errands: Mapping[str, tuple[float, Callable[[], object]]], tick: Callable[[], object] = lambda: None
    ) -> None:
        """Begin: name -> (interval in seconds, what to do). The first run comes after one interval.

        `tick` is called every TICK seconds, claimed by no row: as long as it is, errands are run at all.
        """
        self._scheduler.add_job(tick, "interval", seconds=TICK, id="tick")
        for name, (seconds, errand) in errands.items():
            self._scheduler.add_job(self.once, "interval", seconds=seconds, args=(name, seconds, errand), id=name)
        self._scheduler.start()

    def once(self, name: str, seconds: float, errand: Callable[[], object]) -> bool:
        """Run an errand if nobody else has claimed this slot of time; True when it ran."""
        now = self._clock()
        slot = int(now / seconds)
        try:
            if not self._runs.claim(name, slot, self._owner, now):
                return False
            errand()
            self._runs.done(name, slot, self._clock())
        except Exception:
            log.exception("errand failed", action="next time", job=name)
            return False
        return True

    def stop(self, patience: float) -> None:
        """Begin no more errands, and wait at most so many seconds for those that run."""
        if self._scheduler.running:
            ending = threading.Thread(target=self._scheduler.shutdown, daemon=True, name="errands end")
            ending.start()
            ending.join(patience)
