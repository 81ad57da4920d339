"""The line to Slack: one connection at a time, known to hear or not, and made anew by a single thread when it does not."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable
from typing import Any

import structlog

from bot.models import VigilError
from bot.platforms.base import SendLater

GRACE = 2.0
"""Seconds in which a new connection may still be on its way without anybody being told."""
QUIET, LOST = 2.5, 4.0
"""Pings without a pong after which the line is said to be silent, and after which it is made anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.4, 4.0
"""Pings between one attempt to connect and the next: twice as long each time, until a connection has lasted."""
_HUNG_UP = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)

log = structlog.get_logger("vigil.slack")


class Line:
    """Watches the SDK's client, which pings every `ping` seconds, and connects it anew.

    The SDK would reconnect by itself, on three threads that may all do so at once (then a connection stays open that
    nobody reads), without a pause (ten connections too many make it ask thousands of times), only after the first pong,
    and by the wall clock. So its own ways are switched off, and `mend` does it, on the thread that calls it.
    `address` asks Slack where to connect to, and raises VigilError.
    """

    def __init__(
        self, client: Any, address: Callable[[], str], ping: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._address, self._ping, self._clock = client, address, ping, clock
        self._greeted: str | None = None
        self._pong: float | None = None
        self._life = self._next = clock()
        self._tries, self._asked, self._fresh = 0, False, False
        self._since: float | None = None
        self._error, self._told = "", clock()
        client.connect_to_new_endpoint = self._ask
        client.on_message_listeners.append(self._frame)

    def connect(self) -> None:
        """Make a connection in place of the one there is; raises VigilError when Slack gives no address."""
        self._fresh = False
        self._client.wss_uri = self._address()
        old = self._client.current_session
        if old is not None:  # the SDK ends it after the new one stands, which would be forgotten, open, if that failed
            old.close = lambda: _surely(old.disconnect)
        self._client.connect()
        self._life = self._clock()

    def fresh(self) -> bool:
        """Whether Slack has greeted the connection there is since this was last asked."""
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
        """Whether Slack has asked to wait: nobody may connect before that, a new process neither."""
        return self._clock() < self._told

    def mend(self) -> None:
        """Connect anew when the line is lost or Slack asks for it, with longer and longer pauses until one lasts."""
        now = self._clock()
        lost = self._lost(now)
        if not lost and not self._asked:
            self._tries = 0 if now - self._next > LONGEST_PAUSE * self._ping else self._tries
            return
        if now < self._next:
            return
        self._tries += 1
        pause = self._ping * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._tries - 1))
        log.warning("connecting anew", action="mend", why=lost or "Slack asks for it", attempt=self._tries)
        try:
            self.connect()
            self._asked = False
        except SendLater as wait:
            self._error, pause = str(wait), max(pause, wait.retry_after)
            self._told = self._clock() + wait.retry_after
        except VigilError as trouble:
            self._error = str(trouble)
        except Exception as error:
            log.exception("not connected", action="try again")
            self._error = type(error).__name__
        self._next = self._clock() + pause

    def close(self) -> None:
        """End the connection at once; the SDK alone would wait three seconds for a frame."""
        session = self._client.current_session
        sock = session.sock if session is not None else None
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError as gone:
                log.debug("already closed", action="close", error=str(gone))
        _surely(self._client.close)

    def _why(self) -> str:
        session = self._client.current_session
        if session is None or not session.is_active():
            return "no connection to Slack"
        if session.session_id != self._greeted:
            return "Slack has not greeted the connection"
        if session.last_ping_pong_time != self._pong:
            self._pong, self._life = session.last_ping_pong_time, self._clock()
        return "Slack has been silent" if self._clock() - self._life > QUIET * self._ping else ""

    def _lost(self, now: float) -> str:
        """Why the connection there is will not do any more, "" while it may."""
        why, session = self._why(), self._client.current_session
        if session is None or not session.is_active():
            return why
        if hung_up(session.sock):
            _surely(session.disconnect)
            return "Slack has hung up"
        return why if why and now - self._life > LOST * self._ping else ""

    def _frame(self, message: str) -> None:
        """A text frame came in: life, and if it is the hello, the greeting. A connection may begin with a goodbye instead."""
        if '"envelope_id"' not in message and _kind(message) == "hello":
            self._greeted, self._fresh = self._client.session_id(), True
        if self._greeted == self._client.session_id():
            self._life = self._clock()

    def _ask(self, force: bool = False) -> None:
        """What the SDK calls to connect anew: Slack said goodbye to a connection."""
        self._asked = True


def _kind(message: str) -> str:
    try:
        frame = json.loads(message)
    except ValueError:
        return ""
    return str(frame.get("type")) if isinstance(frame, dict) else ""


def hung_up(sock: socket.socket | None) -> bool:
    """Whether the connection was closed or reset from the other side."""
    if sock is None or sock.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(sock, _HUNG_UP)
    return any(event & _HUNG_UP for _, event in poll.poll(0))


def _surely(end: Callable[[], object]) -> None:
    """End a connection, also where the SDK's reader takes its socket away between the SDK's look at it and its close."""
    try:
        end()
    except AttributeError as raced:
        log.debug("already closed", action="close", error=str(raced))
