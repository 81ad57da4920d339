"""The line to Lark: one connection at a time, known to hear or not, and made anew by a single thread when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from bot.platforms.chat_line import LOST, QUIET, Line

PING_SECONDS = 4.0
STUCK = 4.0
"""Pings for which the SDK's loop does nothing at all, after which only a new process helps."""


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


class LarkLine(Line):
    """Watches the connection from outside of the SDK's loop, with a ping every `ping` seconds, and makes it anew.

    Only a pong is a sign of life: while the SDK's lock is lost, frames still come in and nothing goes out any more.
    Lark greets nobody, so the first pong of a connection is its greeting.
    """

    name = "lark"

    def __init__(self, wire: Wire, ping: float = PING_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(ping, clock)
        self._wire = wire
        self._connection: Connection | None = None
        self._greeted = False
        self._next_ping = self._ticked = self._life

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

    def hopeless(self) -> str:
        """Why only a new process can mend it, "" while there is hope: everything of the SDK's runs on one loop."""
        if not self._why() or self._wire.ticks():
            self._ticked = self._clock()
        lost = self._clock() - self._ticked
        return f"the loop of Lark's client has hung for {lost:.0f} s" if lost > STUCK * self._ping else ""

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
