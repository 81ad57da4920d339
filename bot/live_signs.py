"""What both children of a running Vigil need: a heart that beats for the worker's loops, the age of an event, a quick end."""

from __future__ import annotations

import os
import sys
import threading
import time

import structlog

from bot.events import Event, Turn
from bot.jobs.signs import Signs
from bot.supervisor_signs import BEAT, Sign, Signals
from bot.tally import Tally

LEAVES_WITHIN = 7.5
"""Seconds after which a child that was asked to end does so, whatever it is doing."""

log = structlog.get_logger("heart")


class Heart:
    """Tells the supervisor every two seconds how the worker's loops stand, on a thread that does nothing else."""

    def __init__(self, signs: Signs, tally: Tally, signals: Signals) -> None:
        self._signs, self._tally, self._signals = signs, tally, signals
        self._stuck = ""

    def start(self) -> None:
        """Begin to beat; ends with the process."""
        threading.Thread(target=self._run, daemon=True, name="heart").start()

    def beat(self) -> None:
        """One beat: well as long as no loop hangs."""
        stuck = self._signs.stuck()
        if stuck and not self._stuck:
            log.error("a loop hangs", action="be restarted", why=stuck)
        self._stuck = stuck
        loops = {f"loop/{name}": age for name, age in self._signs.ages().items()}
        note = stuck or self._signs.note
        self._signals.send(Sign(not stuck, note, self._tally.counts(), self._tally.gauges() | loops))

    def _run(self) -> None:
        while True:
            self.beat()
            time.sleep(BEAT)


def since_it_happened(event: Event, now: float) -> float:
    """Seconds since what an event tells of."""
    at = event.sent_at if isinstance(event, Turn) else event.at
    return now - at


def leave() -> None:
    """End this process now: threads that still wait for an answer have nothing any more that could be lost."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
