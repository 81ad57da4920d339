"""What every front of the sandbox does over HTTP: listen, serve the page and its news, answer for a language model."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from bot.sandbox.assets import LOOPBACK, PAGE_HEADERS, is_local, page_file
from bot.sandbox.link import SocketLink
from bot.sandbox.loop_thread import LoopThread
from bot.sandbox.messages_api import MESSAGES
from bot.sandbox.messages_outgoing import Outgoing
from bot.sandbox.models import Json, SandboxError
from bot.sandbox.socket_mode import Hub
from bot.sandbox.state import State
from bot.sandbox.web_api import Reply

KEEP_ALIVE, MAX_BODY, TICK = 15.0, 40 * 1024 * 1024, 0.005
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of another host could send here by a name that resolves to this machine."""
    if not is_local(request.host, request.headers.get("Origin")):
        return web.json_response({"ok": False, "error": "only requests from this machine are served"}, status=403)
    return await handler(request)


class Front:
    """Serves one workspace; `start` and `stop` may be called again and again and keep the port."""

    def __init__(self, state: State, hub: Hub, host: str, port: int) -> None:
        if host not in LOOPBACK:
            raise SandboxError(f"the sandbox listens on this machine only, not on {host}")
        self._state, self._hub, self.host, self.port = state, hub, host, port
        self.links: list[SocketLink] = []
        self.thread = LoopThread(self._open, self._close)
        self._runner: web.AppRunner | None = None

    def start(self) -> None:
        """Listen; raises SandboxError when the port is taken."""
        try:
            self.thread.start()
        except OSError as error:
            raise SandboxError(f"cannot listen on {self.host}:{self.port}: {error}") from error

    def stop(self) -> None:
        self._hub.attach(None)
        self.thread.stop()

    async def _open(self) -> None:
        self._runner = web.AppRunner(self._routes(), handle_signals=False, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])
        self._state.base_url = f"http://{self.host}:{self.port}"
        self._hub.attach(asyncio.get_running_loop())

    async def _close(self) -> None:
        for link in self.links:
            link.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    def add_routes(self, app: web.Application) -> None:
        """The routes of the protocol itself."""
        raise NotImplementedError

    def _routes(self) -> web.Application:
        app = web.Application(middlewares=[only_loopback], client_max_size=MAX_BODY)
        self.add_routes(app)
        app.router.add_post(f"{MESSAGES}{{rest:(?:/count_tokens)?}}", self.llm)
        app.router.add_get("/sandbox/stream", self.stream)
        app.router.add_get("/", self.asset)
        app.router.add_get("/{name}", self.asset)
        return app

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.wait:
            await asyncio.sleep(reply.wait)
        if reply.abort and isinstance(request.transport, asyncio.Transport):
            request.transport.abort()
        return web.json_response(reply.body, status=reply.status, headers=reply.headers)

    async def llm(self, request: web.Request) -> web.StreamResponse:
        with self._state.llm.busy():
            return await send_slowly(
                request, self._state.llm.answer(request.path, request.headers, await request.read())
            )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events, until the page goes away."""
        loop, news = asyncio.get_running_loop(), asyncio.Queue[Json]()

        def watch(change: Json) -> None:
            loop.call_soon_threadsafe(news.put_nowait, change)

        response = web.StreamResponse(headers={**PAGE_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self._state.watching(watch):
            while request.transport is not None and not request.transport.is_closing():
                try:
                    line = f"data: {json.dumps(await asyncio.wait_for(news.get(), KEEP_ALIVE))}"
                except TimeoutError:
                    line = ": still here"
                try:
                    await response.write(f"{line}\n\n".encode())
                except ConnectionError:  # the page was closed
                    break
        return response

    async def asset(self, request: web.Request) -> web.StreamResponse:
        found = page_file(request.match_info.get("name", "index.html"))
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=found[0], content_type=found[1], headers=PAGE_HEADERS)


async def send_slowly(request: web.Request, out: Outgoing) -> web.StreamResponse:
    """Send what a model's endpoint answers, at the pace and as far as it says."""
    await asyncio.sleep(out.wait)
    while out.until is not None and not out.until.is_set():
        await asyncio.sleep(TICK)
    response = web.StreamResponse(status=out.status, headers=out.headers)
    response.content_length = out.length
    if out.chunks:
        await response.prepare(request)
    with suppress(ConnectionError):  # the client may have given up
        for chunk in out.chunks:
            await response.write(chunk)
            await asyncio.sleep(out.pause)
    if out.abort and isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return response
