"""Makes connections to Lark, each from the question where to connect to up to its end, and within a time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from typing import TypeVar

import structlog

from bot.config import Lark
from bot.models import VigilError
from bot.platforms.base import SendUnknown
from bot.platforms.lark_socket import Hear, Socket, on_loop, running, worded

T = TypeVar("T")
ENDS_WITHIN, TICKS_WITHIN = 2.0, 1.0
LONGEST_WAIT = 10.0
"""Seconds for the answer that says where to connect to, and again for the connection: meanwhile nobody tells how it stands."""

log = structlog.get_logger("vigil.lark")


class Connection:
    """One connection as the line needs it; safe from any thread, and nothing here waits but `end`."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._pinging: Future[None] | None = None

    @property
    def stands(self) -> bool:
        """Whether nothing is known to have ended it."""
        return self._socket.stands

    @property
    def pong_at(self) -> float | None:
        """When the last pong came, None before the first."""
        return self._socket.pong_at

    def ping(self) -> None:
        """Ask for a pong, unless an earlier ping has not even left."""
        if self._pinging is None or self._pinging.done():
            self._pinging = asyncio.run_coroutine_threadsafe(self._socket.ping(), running())

    def end(self) -> None:
        """Cut it."""
        try:
            on_loop(self._socket.end(), ENDS_WITHIN)
        except VigilError as stuck:
            log.warning("not ended", action="leave it", error=str(stuck))


class Wire:
    """Makes connections of one app to Lark. `full_wait` are the seconds to wait when Lark has too many."""

    def __init__(
        self,
        settings: Lark,
        hear: Hear,
        clock: Callable[[], float] = time.monotonic,
        full_wait: float = 30.0,
    ) -> None:
        self._settings, self._hear, self._clock, self._full_wait = settings, hear, clock, full_wait

    def connected(self) -> Connection:
        """A new open connection; raises SendUnknown or SendLater, and VigilError when Lark will not have this app at all."""
        within = min(self._settings.timeout_seconds, LONGEST_WAIT)

        async def made() -> Socket:
            return Socket(self._settings, self._hear, self._clock)  # there, since what it is made of asks for its loop

        socket = on_loop(made(), within)
        connection = Connection(socket)
        try:
            beside(socket.discover, within)
            on_loop(socket.open(), within)
        except BaseException as error:
            connection.end()
            raise worded(error, self._full_wait) from error
        if not socket.stands:
            connection.end()
            raise SendUnknown("Lark hung up at once")
        return connection

    def ticks(self) -> bool:
        """Whether the loop of everything here gets to work."""
        ticked = threading.Event()
        running().call_soon_threadsafe(ticked.set)
        return ticked.wait(TICKS_WITHIN)


def beside(work: Callable[[], T], within: float) -> T:
    """Have a thread do it that is left behind when it takes too long; raises SendUnknown then, else what the work raises."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
            done.set_exception(error)

    threading.Thread(target=run, daemon=True, name="lark discovery").start()
    try:
        return done.result(within)
    except TooLate:
        raise SendUnknown(f"Lark has not said within {within:g} s where to connect to") from None
