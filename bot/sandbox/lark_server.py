"""Lark's HTTP and WebSocket front of the sandbox, on a thread with a loop of its own."""

import asyncio

from aiohttp import WSMsgType, web

from bot.sandbox import lark_page
from bot.sandbox.assets import PAGE_HEADERS
from bot.sandbox.faults import Cut, Delay, Drop, Fault, Hang, HangOpen, NoHello, ServerError, TooMany
from bot.sandbox.front import MAX_BODY, Front
from bot.sandbox.lark_api import answer_call, read_body
from bot.sandbox.lark_auth import endpoint, refused_handshake
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_faults import Code
from bot.sandbox.lark_people import LarkPeople
from bot.sandbox.link import SocketLink
from bot.sandbox.web_api import Reply

FOR_EVER = 3600.0


class LarkLink(SocketLink):
    """A `deaf` link answers the WebSocket's own pings, but no frame of Lark's passes it in either direction."""

    deaf = False

    def send(self, data: str | bytes) -> None:
        if not self.deaf:
            super().send(data)


class LarkServer(Front):
    """Serves one tenant that speaks Lark's protocol."""

    def __init__(self, core: LarkCore, people: LarkPeople, host: str, port: int) -> None:
        super().__init__(core, core.hub, host, port)
        self.core, self.people = core, people

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/callback/ws/endpoint", self.discover)
        app.router.add_route("*", "/open-apis/{path:.*}", self.api)
        app.router.add_get("/ws/v2", self.socket)
        app.router.add_get("/sandbox/state", self.state)
        app.router.add_post("/sandbox/act", self.act)

    async def api(self, request: web.Request) -> web.StreamResponse:
        query = {key: request.query.getall(key) for key in request.query}
        authorization = request.headers.get("Authorization", "")
        path, body = request.match_info["path"], await request.read()
        return await self._send(request, answer_call(self.core, request.method, path, query, authorization, body))

    async def discover(self, request: web.Request) -> web.StreamResponse:
        """Endpoint discovery; the stock client waits for its answer without an end."""
        fault = self.core.faults.draw("endpoint")
        reply = Reply(endpoint(self.core, read_body(await request.read())))
        self.core.record("ws.endpoint", {}, str(reply.body["code"]) if fault is None else type(fault).__name__)
        match fault:
            case HangOpen():
                reply = Reply({}, wait=FOR_EVER, abort=True)
            case Hang(seconds):
                reply = Reply({}, wait=seconds, abort=True)
            case Drop() | Cut():
                reply = Reply({}, abort=True)
            case Delay(seconds):
                reply = Reply(reply.body, wait=seconds)
            case Code(code, msg):
                reply = Reply({"code": code, "msg": msg})
            case ServerError(status):
                reply = Reply({"code": status, "msg": "internal server error"}, status)
        return await self._send(request, reply)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        fault = self.core.faults.draw("socket")
        if isinstance(fault, HangOpen):
            await asyncio.sleep(FOR_EVER)
        device, ticket = request.query.get("device_id", ""), request.query.get("ticket", "")
        refusal = refused_handshake(self.core, device, ticket, isinstance(fault, TooMany))
        if refusal is not None:
            return web.Response(status=403, headers=refusal)
        ws = web.WebSocketResponse(autoping=False, max_msg_size=MAX_BODY)
        await ws.prepare(request)
        link = LarkLink(ws, request.transport)
        self.links.append(link)
        writer = asyncio.create_task(link.write())
        try:
            await self._welcome(link, fault)
            await self._listen_to(ws, link)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self.links.remove(link)
            self.core.hub.discard(link)
            self.core.tell("connected", connected=bool(self.core.hub.links))
        return ws

    async def _welcome(self, link: LarkLink, fault: Fault | None) -> None:
        """Let the link take events; Lark says nothing when a connection is made."""
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        link.silent, link.deaf = isinstance(fault, Hang), isinstance(fault, NoHello)
        self.core.hub.greet(link)
        self.core.tell("connected", connected=True)
        if isinstance(fault, Cut):
            link.abort()

    async def _listen_to(self, ws: web.WebSocketResponse, link: LarkLink) -> None:
        async for message in ws:
            if link.silent:
                continue
            if message.type is WSMsgType.BINARY and not link.deaf:
                self.core.hub.hear_frame(link, message.data)
            elif message.type is WSMsgType.PING:
                await ws.pong(message.data)

    async def state(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(lark_page.snapshot(self.core), headers=PAGE_HEADERS)

    async def act(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "send JSON"}, status=415)
        return web.json_response(lark_page.act(self.core, self.people, read_body(await request.read())))
