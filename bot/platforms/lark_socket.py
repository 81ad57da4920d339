"""The SDK's long connection, driven from outside: its own ways to find, watch and mend it stay unused (only importer of lark_oapi.ws)."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import TimeoutError as TooLate
from typing import Any, TypeVar

import structlog
from lark_oapi.ws import client as sdk
from lark_oapi.ws.const import AUTH_FAILED, NO_CREDENTIAL
from lark_oapi.ws.exception import ClientException, ServerException

from bot.config import Lark
from bot.models import VigilError
from bot.platforms.base import SendLater, SendUnknown

T = TypeVar("T")
Hear = Callable[[bytes], Awaitable[Mapping[str, Any] | None]]
"""Takes the payload of an event; what it returns is the answer to a click. What it raises makes Lark send the event again."""
STARTS_WITHIN = 10.0
OK, FAILED = 200, 500
# What discovery answers when it will never be otherwise: no or wrong credentials, an app that is not in force.
_HOPELESS = frozenset((NO_CREDENTIAL, 1_000_040_345, 10003, 10012, 10014, 10015, 10016, 10017))

log = structlog.get_logger("vigil.lark")


class Socket(sdk.Client):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client, good for one connection. Made, opened and ended on the SDK's loop; `discover` blocks instead.

    The SDK alone would look for the address on its loop with no end to that, forget its lock when it connects twice,
    ping every two minutes and never miss a pong, end the process where Lark says no, and handle events on its loop.
    """

    def __init__(self, settings: Lark, hear: Hear, clock: Callable[[], float] = time.monotonic) -> None:
        domain = settings.domain.rstrip("/")
        super().__init__(settings.app_id, settings.app_secret, domain=domain, auto_reconnect=False)
        sdk.logger.disabled = True  # it would write addresses with keys in them, and what people say, to the output
        self._to_hear, self._now, self._address = hear, clock, ""
        self.pong_at: float | None = None

    def discover(self) -> None:
        """Ask where to connect to; blocks for as long as the SDK's library lets it."""
        self._address = super()._get_conn_url()

    def _get_conn_url(self) -> str:
        return self._address

    @property
    def stands(self) -> bool:
        """Whether nothing is known to have ended it."""
        return self._conn is not None

    async def open(self) -> None:
        """Connect to where `discover` was told."""
        await self._connect()

    async def ping(self) -> None:
        """Ask for a pong."""
        await self._write_message(sdk._new_ping_frame(int(self._service_id)).SerializeToString())

    async def end(self) -> None:
        """Cut it at once, whatever holds its lock; the SDK's own good-bye would wait for that."""
        self._cache._cron.cancel()
        if self._conn is not None:
            self._conn.transport.abort()

    async def _handle_control_frame(self, frame: Any) -> None:
        if any(header.key == "type" and header.value == "pong" for header in frame.headers):
            self.pong_at = self._now()

    async def _handle_data_frame(self, frame: Any) -> None:
        """Hear an event, whole, and only then echo its frame with the outcome."""
        told = {header.key: header.value for header in frame.headers}
        payload, pieces = frame.payload, int(told["sum"])
        if pieces > 1:
            payload = self._combine(told["message_id"], pieces, int(told["seq"]), payload)
        if payload is None or told["type"] != "event":
            return
        frame.payload = json.dumps(await self._outcome(payload)).encode()
        await self._write_message(frame.SerializeToString())

    async def _outcome(self, payload: bytes) -> dict[str, Any]:
        try:
            answer = await self._to_hear(payload)
        except Exception as error:  # noqa: BLE001 - the edge: whatever went wrong, nothing was stored, so Lark must send it again
            log.debug("answered as failed", action="hear", error=type(error).__name__)
            return {"code": FAILED}
        data = {} if answer is None else {"data": base64.b64encode(json.dumps(answer).encode()).decode()}
        return {"code": OK, **data}


def running() -> asyncio.AbstractEventLoop:
    """The SDK's one loop, which runs on a thread of its own from the first time it is asked for."""
    loop: asyncio.AbstractEventLoop = sdk.loop
    if not loop.is_running():
        loop.set_exception_handler(lambda _, about: log.debug("a task ended", action="go on", why=about.get("message")))
        started = threading.Event()
        loop.call_soon(started.set)
        threading.Thread(target=loop.run_forever, daemon=True, name="lark").start()
        started.wait(STARTS_WITHIN)
    return loop


def on_loop(work: Coroutine[Any, Any, T], within: float) -> T:
    """Have the loop do it; raises SendUnknown when that takes too long, else what the work raises."""
    future = asyncio.run_coroutine_threadsafe(work, running())
    try:
        return future.result(within)
    except TooLate:
        future.cancel()
        raise SendUnknown(f"Lark's connection was not ready within {within:g} s") from None


def worded(error: BaseException, full_wait: float) -> BaseException:
    """What it means that a connection did not come about."""
    if isinstance(error, ClientException) and error.code in _HOPELESS:
        return VigilError(
            f"Lark refuses the app ({error}): copy App ID and App Secret from the app's Credentials page into [lark] app_id "
            "and LARK_APP_SECRET, and see that [lark] domain is the one of Lark or of Feishu that the app belongs to"
        )
    if isinstance(error, ClientException) and error.code == AUTH_FAILED:
        return SendLater(
            "Lark lets no further connection of this app in, since too many are open: end what else runs with this app id",
            full_wait,
        )
    if isinstance(error, (ClientException, ServerException)):
        return SendUnknown(f"Lark gives no connection ({' '.join(str(error).split())[:200]})")
    if isinstance(error, Exception) and not isinstance(error, VigilError):
        return SendUnknown(
            f"cannot reach Lark for a connection ({type(error).__name__}): check the network and lark.domain"
        )
    return error
