"""The line to Lark: one connection at a time, known to hear or not, and made anew by a single thread when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import structlog

from bot.models import VigilError
from bot.platforms.base import SendLater

PING_SECONDS = 4.0
GRACE = 2.0
"""Seconds in which a new connection may still be on its way without anybody being told."""
QUIET, LOST = 2.5, 4.0
"""Pings without a pong after which the line is said to be silent, and after which it is made anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.4, 4.0
"""Pings between one attempt to connect and the next: twice as long each time, until a connection has lasted."""
STUCK = 4.0
"""Pings for which the SDK's loop does nothing at all, after which only a new process helps."""

log = structlog.get_logger("vigil.lark")


class Connection(Protocol):
    """What is watched: whether it still stands, and when the last pong came."""

    @property
    def stands(self) -> bool: ...

    @property
    def pong_at(self) -> float | None: ...

    def ping(self) -> None: ...

    def end(self) -> None: ...


class Wire(Protocol):
    """What makes connections, and whether it gets to work."""

    def connected(self) -> Connection: ...

    def ticks(self) -> bool: ...


class Line:
    """Watches the connection from outside of the SDK's loop, with a ping every `ping` seconds, and makes it anew.

    Only a pong is a sign of life: while the SDK's lock is lost, frames still come in and nothing goes out any more.
    Lark greets nobody, so the first pong of a connection is its greeting.
    """

    def __init__(self, wire: Wire, ping: float = PING_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._wire, self._ping, self._clock = wire, ping, clock
        self._connection: Connection | None = None
        self._greeted = self._fresh = False
        self._life = self._next = self._next_ping = self._ticked = clock()
        self._tries = 0
        self._since: float | None = None
        self._error, self._told = "", clock()

    def connect(self) -> None:
        """Make a connection in place of the one there is; raises VigilError when there is none to be had."""
        self.close()
        self._connection = self._wire.connected()
        self._life = self._next_ping = self._clock()

    def look(self) -> None:
        """Send a ping if it is time, and take note of what has come back; to be called several times a second."""
        now, connection = self._clock(), self._connection
        if connection is None or not connection.stands:
            return
        if (pong := connection.pong_at) is not None:
            self._life = max(self._life, pong)
            self._fresh, self._greeted = self._fresh or not self._greeted, True
        if now >= self._next_ping:
            self._next_ping = now + self._ping
            connection.ping()

    def fresh(self) -> bool:
        """Whether Lark has answered on a new connection since this was last asked."""
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
        """Whether Lark has asked to wait: nobody may connect before that, a new process neither."""
        return self._clock() < self._told

    def hopeless(self) -> str:
        """Why only a new process can mend it, "" while there is hope: everything of the SDK's runs on one loop."""
        if not self._why() or self._wire.ticks():
            self._ticked = self._clock()
        lost = self._clock() - self._ticked
        return f"the loop of Lark's client has hung for {lost:.0f} s" if lost > STUCK * self._ping else ""

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
        log.warning("connecting anew", action="mend", why=lost, attempt=self._tries)
        try:
            self.connect()
        except SendLater as wait:
            self._error, pause = str(wait), max(pause, wait.retry_after)
            self._told = self._clock() + wait.retry_after
        except VigilError as trouble:
            self._error = str(trouble)
        self._next = self._clock() + pause

    def close(self) -> None:
        """End the connection at once."""
        connection, self._connection = self._connection, None
        self._greeted = False
        if connection is not None:
            connection.end()

    def _why(self) -> str:
        if self._connection is None or not self._connection.stands:
            return "no connection to Lark"
        if not self._greeted:
            return "Lark has not answered on the connection"
        return "Lark has been silent" if self._clock() - self._life > QUIET * self._ping else ""

    def _lost(self, now: float) -> str:
        """Why the connection there is will not do any more, "" while it may."""
        why = self._why()
        if self._connection is None or not self._connection.stands:
            return why
        return why if why and now - self._life > LOST * self._ping else ""
