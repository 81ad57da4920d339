"""The HTTP and WebSocket front of the sandbox, on a thread with a loop of its own (only importer of aiohttp)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from bot.sandbox import page_api
from bot.sandbox.answers import respond
from bot.sandbox.arguments import json_object
from bot.sandbox.assets import LOOPBACK, PAGE_HEADERS, is_local, page_file
from bot.sandbox.core import Core
from bot.sandbox.faults import Cut, Delay, Hang, HangOpen, NoHello, TooMany
from bot.sandbox.link import SocketLink
from bot.sandbox.loop_thread import LoopThread
from bot.sandbox.messages_api import MESSAGES
from bot.sandbox.messages_outgoing import Outgoing
from bot.sandbox.models import Json, Refused, SandboxError
from bot.sandbox.people import People
from bot.sandbox.web_api import Reply, answer_call, refusal_by_fault

KEEP_ALIVE, MAX_BODY, TICK = 15.0, 40 * 1024 * 1024, 0.005
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of another host could send here by a name that resolves to this machine."""
    if not is_local(request.host, request.headers.get("Origin")):
        return web.json_response({"ok": False, "error": "only requests from this machine are served"}, status=403)
    return await handler(request)


async def read_arguments(request: web.Request) -> Json:
    """Query, form and JSON arguments together; raises Refused when the JSON is none."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        return found | json_object(await request.text())
    return found | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


class Server:
    """Serves one core; `start` and `stop` may be called again and again and keep the port."""

    def __init__(self, core: Core, people: People, host: str, port: int) -> None:
        if host not in LOOPBACK:
            raise SandboxError(f"the sandbox listens on this machine only, not on {host}")
        self.core, self.people, self.host, self.port = core, people, host, port
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
        self.core.hub.attach(None)
        self.thread.stop()

    async def _open(self) -> None:
        self._runner = web.AppRunner(self._routes(), handle_signals=False, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])
        self.core.base_url = f"http://{self.host}:{self.port}"
        self.core.hub.attach(asyncio.get_running_loop())

    async def _close(self) -> None:
        for link in self.links:
            link.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    def _routes(self) -> web.Application:
        app = web.Application(middlewares=[only_loopback], client_max_size=MAX_BODY)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/response/{key}", self.response_url)
        app.router.add_post(f"{MESSAGES}{{rest:(?:/count_tokens)?}}", self.llm)
        app.router.add_get("/socket", self.socket)
        app.router.add_get("/sandbox/state", self.state)
        app.router.add_get("/sandbox/stream", self.stream)
        app.router.add_post("/sandbox/act", self.act)
        app.router.add_get("/", self.asset)
        app.router.add_get("/{name}", self.asset)
        return app

    async def api(self, request: web.Request) -> web.StreamResponse:
        try:
            args = await read_arguments(request)
        except Refused as refusal:
            return web.json_response({"ok": False, "error": refusal.code})
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        reply = answer_call(self.core, request.match_info["method"], args, bearer or str(args.get("token") or ""))
        return await self._send(request, reply)

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.wait:
            await asyncio.sleep(reply.wait)
        if reply.abort and isinstance(request.transport, asyncio.Transport):
            request.transport.abort()
        return web.json_response(reply.body, status=reply.status, headers=reply.headers)

    async def llm(self, request: web.Request) -> web.StreamResponse:
        with self.core.llm.busy():
            return await send_slowly(request, self.core.llm.answer(request.path, request.headers, await request.read()))

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        fault = self.core.faults.draw("response_url")
        if (refusal := refusal_by_fault(fault)) is not None:
            return await self._send(request, refusal)
        try:
            respond(self.core, request.match_info["key"], await read_arguments(request))
        except Refused as refused:
            return web.json_response({"ok": False, "error": refused.code}, status=404)
        wait = fault.seconds if isinstance(fault, Delay | Hang) else 0.0
        return await self._send(request, Reply({"ok": True}, wait=wait, abort=isinstance(fault, Cut | Hang)))

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if not self.core.take_ticket(request.query.get("ticket", "")):
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        fault = self.core.faults.draw("socket")
        if isinstance(fault, HangOpen):
            await asyncio.sleep(3600)
        ws = web.WebSocketResponse(autoping=False, max_msg_size=MAX_BODY)
        await ws.prepare(request)
        link = SocketLink(ws, request.transport)
        self.links.append(link)
        tasks = [asyncio.create_task(link.write()), asyncio.create_task(link.ping())]
        try:
            if isinstance(fault, Delay):
                await asyncio.sleep(fault.seconds)
            if isinstance(fault, TooMany):
                self.core.hub.links.turn_away(link)
            elif not isinstance(fault, NoHello):
                self.core.hub.greet(link)
                self.core.tell("connected", connected=True)
            link.silent = isinstance(fault, Hang)
            if isinstance(fault, Cut):
                link.abort()
            await self._listen_to(ws, link)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.links.remove(link)
            self.core.hub.discard(link)
            self.core.tell("connected", connected=bool(self.core.hub.links))
        return ws

    async def _listen_to(self, ws: web.WebSocketResponse, link: SocketLink) -> None:
        async for message in ws:
            if link.silent:
                continue
            if message.type is WSMsgType.TEXT:
                self.core.hub.hear(message.data)
            elif message.type is WSMsgType.PING:
                await ws.pong(message.data)

    async def state(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(page_api.snapshot(self.core), headers=PAGE_HEADERS)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events, until the page goes away."""
        loop, news = asyncio.get_running_loop(), asyncio.Queue[Json]()

        def watch(change: Json) -> None:
            loop.call_soon_threadsafe(news.put_nowait, change)

        response = web.StreamResponse(headers={**PAGE_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self.core.watching(watch):
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

    async def act(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "send JSON"}, status=415)
        try:
            done = page_api.act(self.core, self.people, await read_arguments(request))
        except Refused as refusal:
            done = {"ok": False, "error": refusal.code}
        return web.json_response(done)

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
