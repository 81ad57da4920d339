"""One open WebSocket as the hub holds it: frames wait in a queue, so that nobody who sends ever blocks."""

import asyncio
from typing import Protocol

PING_EVERY = 10.0
# An aborted link lives this much longer, so that what was queued before the abort has left.
LAST_BREATH = 0.01


class WebSocket(Protocol):
    """What a link needs of the WebSocket library."""

    async def send_str(self, data: str) -> None: ...

    async def send_bytes(self, data: bytes) -> None: ...

    async def ping(self, message: bytes) -> None: ...


class SocketLink:
    """`retired` links get no new envelopes while others are open; a `silent` one neither speaks nor hears."""

    def __init__(self, ws: WebSocket, transport: asyncio.BaseTransport | None) -> None:
        self.retired = self.silent = False
        self.queue: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._ws = ws
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def send(self, data: str | bytes) -> None:
        self.queue.put_nowait(data)

    def close(self) -> None:
        """End the connection when all that was queued has been sent."""
        self.queue.put_nowait(None)

    def abort(self) -> None:
        """End the connection without a closing handshake."""
        asyncio.get_running_loop().call_later(LAST_BREATH, self.cut)

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what is queued, until the link is closed."""
        while (data := await self.queue.get()) is not None:
            if not self.silent:
                await (self._ws.send_bytes(data) if isinstance(data, bytes) else self._ws.send_str(data))
        self.cut()

    async def ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY)
            if not self.silent:
                await self._ws.ping(b"Ping from sandbox")
