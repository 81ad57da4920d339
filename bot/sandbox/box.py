"""A sandbox as tests and the demo hold it, whichever protocol it speaks: on and off, what happened, ways to wait."""

import copy
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from bot.sandbox.envelope import Envelope
from bot.sandbox.faults import Faults
from bot.sandbox.front import Front
from bot.sandbox.messages_api import Endpoint
from bot.sandbox.models import Call, Json
from bot.sandbox.socket_mode import Hub
from bot.sandbox.state import State

T = TypeVar("T")


class Box:
    """A workspace that listens on this machine; a context manager; safe from any thread."""

    def __init__(self, state: State, hub: Hub, server: Front) -> None:
        self._state, self._hub, self._server = state, hub, server

    def start(self) -> Self:
        """Listen, on the same port again after a `stop`; raises SandboxError when the port is taken."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Cut every connection and stop listening; what was said and what is unacknowledged stays."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the page is."""
        return self._state.base_url

    @property
    def faults(self) -> Faults:
        return self._state.faults

    @property
    def llm(self) -> Endpoint:
        """The language model at `url`, which speaks the Messages protocol: what it was asked, and its rules."""
        return self._state.llm

    @property
    def calls(self) -> list[Call]:
        """Every Web API call so far."""
        with self._state.changed:
            return list(self._state.calls)

    @property
    def connections(self) -> int:
        """How many sockets are open and greeted."""
        return len(self._hub.links)

    @property
    def ephemerals(self) -> list[Json]:
        with self._state.changed:
            return copy.deepcopy(self._state.ephemerals)

    def wait_for(self, ready: Callable[[Self], T], timeout: float = 10.0, what: str = "") -> T:
        """Wait till `ready(box)` is truthy and return it; looked at on every change; raises TimeoutError."""
        end = time.monotonic() + timeout
        with self._state.changed:
            while not (value := ready(self)):
                left = end - time.monotonic()
                if left <= 0 or not self._state.changed.wait(left):
                    if value := ready(self):
                        return value
                    raise TimeoutError(f"waited {timeout} s for {what or 'a change'} in vain; {self._summary()}")
            return value

    def wait_connected(self, count: int = 1, timeout: float = 10.0) -> None:
        """Wait till at least `count` sockets are open and greeted."""
        self.wait_for(lambda box: box.connections >= count, timeout, f"{count} connection(s)")

    def _summary(self) -> str:
        calls = [f"{call.method}: {call.outcome}" for call in self._state.calls[-5:]]
        return f"{self.connections} connection(s), {len(self.unacked())} unacknowledged, last calls {calls}"

    def unacked(self) -> list[Envelope]:
        """Events, clicks and commands that are neither acknowledged nor given up."""
        return self._hub.unacked()

    @property
    def dropped(self) -> list[Envelope]:
        """What was given up because nobody acknowledged it."""
        return list(self._hub.dropped)

    @property
    def ack_times(self) -> list[float]:
        """Seconds from sending an envelope to its acknowledgement, in order of acknowledgement."""
        return list(self._hub.ack_times)

    def wait_acked(self, timeout: float = 10.0) -> None:
        self.wait_for(lambda box: not box.unacked(), timeout, "all acknowledgements")

    def abort_sockets(self) -> None:
        """Cut every socket without a word."""

        def cut() -> None:
            for link in list(self._server.links):
                link.cut()

        self._server.thread.do(cut)

    def mute_sockets(self, silent: bool = True) -> None:
        """Let every open socket neither speak nor hear, pings and pongs included, while it stays open."""

        def mute() -> None:
            for link in self._server.links:
                link.silent = silent

        self._server.thread.do(mute)
