"""The line to Slack: one connection at a time, known to hear or not, and made anew by a single thread when it does not."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable
from typing import Any

import structlog

from bot.platforms.chat_line import LOST, QUIET, Line

_HUNG_UP = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)

log = structlog.get_logger("vigil.slack")


class SlackLine(Line):
    """Watches the SDK's client, which pings every `ping` seconds, and connects it anew.

    The SDK would reconnect by itself, on three threads that may all do so at once (then a connection stays open that
    nobody reads), without a pause (ten connections too many make it ask thousands of times), only after the first pong,
    and by the wall clock. So its own ways are switched off, and `mend` does it, on the thread that calls it.
    `address` asks Slack where to connect to, and raises VigilError.
    """

    name = "slack"

    def __init__(
        self, client: Any, address: Callable[[], str], ping: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(ping, clock)
        self._client, self._address = client, address
        self._greeted: str | None = None
        self._pong: float | None = None
        self._asked = False
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
        self._life, self._asked = self._clock(), False

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
        if why and now - self._life > LOST * self._ping:
            return why
        return "Slack asks for it" if self._asked else ""

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
