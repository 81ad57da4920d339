"""What every line to a platform has in common: what is told of it, and how it is made anew when it is lost."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

import structlog

from bot.models import VigilError
from bot.platforms.base import Beat, SendLater, SendUnknown

GRACE = 2.0
"""Seconds in which a new connection may still be on its way without anybody being told."""
QUIET, LOST = 2.5, 4.0
"""Pings without a pong after which the line is said to be silent, and after which it is made anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.4, 4.0
"""Pings between one attempt to connect and the next: twice as long each time, until a connection has lasted."""
LOOK_SECONDS = 0.25


class Line(ABC):
    """One connection at a time with a ping every `ping` seconds, made anew by the one thread that calls `mend`."""

    name: str
    """What the platform is called in logs."""

    def __init__(self, ping: float, clock: Callable[[], float]) -> None:
        self._ping, self._clock = ping, clock
        self._life = self._next = self._told = clock()
        self._tries, self._fresh = 0, False
        self._since: float | None = None
        self._error = ""
        self._log = structlog.get_logger(f"vigil.{self.name}")

    @abstractmethod
    def connect(self) -> None:
        """Make a connection in place of the one there is; raises VigilError when there is none to be had."""

    @abstractmethod
    def _why(self) -> str:
        """Why nothing can be heard at this moment, "" when something can."""

    @abstractmethod
    def _lost(self, now: float) -> str:
        """Why the connection there is will not do any more, "" while it may."""

    def fresh(self) -> bool:
        """Whether a new connection has come to life since this was last asked."""
        fresh, self._fresh = self._fresh, False
        return fresh

    def trouble(self) -> str:
        """Why nothing can be heard, in words; "" when the line is well, or has been on its way for a moment only."""
        now, why = self._clock(), self._why()
        if not why:
            self._since, self._error = None, ""
            return ""
        self._since = now if self._since is None else self._since
        if now - self._since < GRACE and now - self._life < QUIET * self._ping:
            return ""
        return f"{why} for {now - min(self._since, self._life):.0f} s{': ' if self._error else ''}{self._error}"

    def waits(self) -> bool:
        """Whether the platform has asked to wait: nobody may connect before that, a new process neither."""
        return self._clock() < self._told

    def mend(self) -> None:
        """Connect anew when the line is lost, with longer and longer pauses until a connection lasts."""
        now = self._clock()
        lost = self._lost(now)
        if not lost:
            self._tries = 0 if now - self._next > LONGEST_PAUSE * self._ping else self._tries
            return
        if now < self._next:
            return
        self._tries += 1
        pause = self._ping * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._tries - 1))
        self._log.warning("connecting anew", action="mend", why=lost, attempt=self._tries)
        try:
            self.connect()
        except SendLater as wait:
            self._error, pause = str(wait), max(pause, wait.retry_after)
            self._told = self._clock() + wait.retry_after
        except VigilError as trouble:
            self._error = str(trouble)
        except Exception as error:  # noqa: BLE001 - the edge: whatever an SDK stumbles over, the line is tried again
            self._log.exception("not connected", action="try again")
            self._error = type(error).__name__
        self._next = self._clock() + pause


def reached(reach: Callable[[], object], beat: Beat, stopped: Callable[[float], bool]) -> bool:
    """Reach a platform, however long that takes; False when stopped meanwhile.

    `stopped` waits so many seconds for the end and says whether it has come.
    """
    while not stopped(0.0):
        try:
            reach()
            return True
        except SendUnknown as trouble:
            beat(False, str(trouble), False)
            stopped(1.0)
        except SendLater as told:
            until = time.monotonic() + told.retry_after
            while time.monotonic() < until and not stopped(LOOK_SECONDS):
                beat(False, str(told), True)
    return False
