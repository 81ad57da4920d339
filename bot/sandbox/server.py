"""Slack's HTTP and WebSocket front of the sandbox, on a thread with a loop of its own."""

import asyncio

from aiohttp import WSMsgType, web

from bot.sandbox import page_api
from bot.sandbox.answers import respond
from bot.sandbox.arguments import json_object
from bot.sandbox.assets import PAGE_HEADERS
from bot.sandbox.core import Core
from bot.sandbox.faults import Cut, Delay, Hang, HangOpen, NoHello, TooMany
from bot.sandbox.front import MAX_BODY, Front
from bot.sandbox.link import SocketLink
from bot.sandbox.models import Json, Refused
from bot.sandbox.people import People
from bot.sandbox.web_api import Reply, answer_call, refusal_by_fault


async def read_arguments(request: web.Request) -> Json:
    """Query, form and JSON arguments together; raises Refused when the JSON is none."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        return found | json_object(await request.text())
    return found | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


class Server(Front):
    """Serves one core that speaks Slack's protocol."""

    def __init__(self, core: Core, people: People, host: str, port: int) -> None:
        super().__init__(core, core.hub, host, port)
        self.core, self.people = core, people

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/response/{key}", self.response_url)
        app.router.add_get("/socket", self.socket)
        app.router.add_get("/sandbox/state", self.state)
        app.router.add_post("/sandbox/act", self.act)

    async def api(self, request: web.Request) -> web.StreamResponse:
        try:
            args = await read_arguments(request)
        except Refused as refusal:
            return web.json_response({"ok": False, "error": refusal.code})
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        reply = answer_call(self.core, request.match_info["method"], args, bearer or str(args.get("token") or ""))
        return await self._send(request, reply)

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

    async def act(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "send JSON"}, status=415)
        try:
            done = page_api.act(self.core, self.people, await read_arguments(request))
        except Refused as refusal:
            done = {"ok": False, "error": refusal.code}
        return web.json_response(done)
