"""Answers Lark's REST calls: which call it is, who may make it, which fault strikes; knows nothing of HTTP libraries."""

import copy
import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.sandbox import lark_application, lark_auth, lark_chats, lark_messages, lark_reactions, lark_whispers
from bot.sandbox.faults import Drop, Fault, Hang, Late, RateLimit, ServerError
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_faults import Code
from bot.sandbox.lark_models import Ask, Denied
from bot.sandbox.models import Json, Refused
from bot.sandbox.web_api import Reply, after_fault

Handler = Callable[[LarkCore, Ask], Json]
WRITES = ("im:message", "im:message:send_as_bot")
READS = ("im:message", "im:message:readonly")
UPDATES = (*WRITES, "im:message:update")
REACTS = ("im:message", "im:message.reactions:write_only")
REACTIONS = (*READS, "im:message.reactions:read")
CHATS = ("im:chat", "im:chat:readonly")
MEMBERS = (*CHATS, "im:chat.members:read")
PEOPLE = ("contact:contact.base:readonly", "contact:contact:readonly_as_app")
GROUPS = ("contact:group:readonly", "contact:contact:readonly_as_app")
TENANT = ("tenant:tenant:readonly",)


@dataclass(frozen=True, slots=True)
class Route:
    """One call: its name (the point at which faults strike), what answers it, the scopes of which it needs one."""

    name: str
    answer: Handler
    scopes: tuple[str, ...] = ()
    token: bool = True
    bare: bool = False  # the answer stands beside the code, not in data


ROUTES: dict[str, Route] = {
    "POST auth/v3/tenant_access_token/internal": Route("auth.token", lark_auth.tenant_token, token=False, bare=True),
    "POST auth/v3/app_access_token/internal": Route("auth.token", lark_auth.app_token, token=False, bare=True),
    "GET bot/v3/info": Route("bot.info", lark_chats.bot, bare=True),
    "GET tenant/v2/tenant/query": Route("tenant.query", lark_chats.tenant, TENANT),
    "GET application/v6/scopes": Route("application.scopes", lark_application.scopes),
    "GET application/v6/applications/:app_id": Route(
        "application.get", lark_application.application, lark_application.ITSELF
    ),
    "POST im/v1/messages": Route("im.message.create", lark_messages.create, WRITES),
    "GET im/v1/messages": Route("im.message.list", lark_messages.history, READS),
    "GET im/v1/messages/:message_id": Route("im.message.get", lark_messages.get, READS),
    "PATCH im/v1/messages/:message_id": Route("im.message.patch", lark_messages.patch, UPDATES),
    "PUT im/v1/messages/:message_id": Route("im.message.update", lark_messages.update, UPDATES),
    "DELETE im/v1/messages/:message_id": Route(
        "im.message.delete", lark_messages.delete, (*WRITES, "im:message:recall")
    ),
    "POST im/v1/messages/:message_id/reply": Route("im.message.reply", lark_messages.reply, WRITES),
    "POST im/v1/messages/reactions/batch_query": Route("im.reaction.batch", lark_reactions.batch, REACTIONS),
    "POST im/v1/messages/:message_id/reactions": Route("im.reaction.create", lark_reactions.create, REACTS),
    "GET im/v1/messages/:message_id/reactions": Route("im.reaction.list", lark_reactions.listed, REACTIONS),
    "DELETE im/v1/messages/:message_id/reactions/:reaction_id": Route(
        "im.reaction.delete", lark_reactions.delete, REACTS
    ),
    "GET im/v1/chats": Route("im.chat.list", lark_chats.chats, CHATS),
    "GET im/v1/chats/:chat_id": Route("im.chat.get", lark_chats.chat, CHATS),
    "GET im/v1/chats/:chat_id/members": Route("im.chat.members", lark_chats.members, MEMBERS),
    "GET im/v1/chats/:chat_id/members/is_in_chat": Route("im.chat.is_in_chat", lark_chats.is_in_chat, MEMBERS),
    "POST ephemeral/v1/send": Route("ephemeral.send", lark_whispers.send, WRITES),
    "POST ephemeral/v1/delete": Route("ephemeral.delete", lark_whispers.delete, WRITES),
    "POST interactive/v1/card/update": Route("card.update", lark_whispers.update),
    "GET contact/v3/users/batch": Route("contact.user.batch", lark_chats.users, PEOPLE),
    "GET contact/v3/users/:user_id": Route("contact.user.get", lark_chats.user, PEOPLE),
    "GET contact/v3/group/simplelist": Route("contact.group.list", lark_chats.groups, GROUPS),
    "GET contact/v3/group/member_belong": Route("contact.group.member_belong", lark_chats.groups_of, GROUPS),
    "GET contact/v3/group/:group_id": Route("contact.group.get", lark_chats.group, GROUPS),
    "GET contact/v3/group/:group_id/member/simplelist": Route(
        "contact.group.members", lark_chats.group_members, GROUPS
    ),
}


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path, and the parts of the path by name; an exact path wins over one with a name in it."""
    parts = path.strip("/").split("/")
    for key, route in ROUTES.items():
        verb, pattern = key.split(" ", 1)
        wanted = pattern.split("/")
        if verb != method or len(wanted) != len(parts):
            continue
        if all(want == part or want.startswith(":") for want, part in zip(wanted, parts, strict=True)):
            named = zip(wanted, parts, strict=True)
            return route, {want[1:]: part for want, part in named if want.startswith(":")}
    return None


def answer_call(
    core: LarkCore, method: str, path: str, query: Mapping[str, Sequence[str]], authorization: str, body: bytes
) -> Reply:
    """Answer one call under /open-apis/; faults are applied here."""
    found = find(method, path)
    if found is None:
        return Reply({"code": 404, "msg": "404 page not found"}, 404)
    route, named = found
    ask = Ask(named, query, read_body(body))
    try:
        core.limits.arrived(route.name, chat_of(core, ask))
    except Refused as storm:
        core.record(route.name, ask.named(), "storm")
        return slowed(core, route.name, int(storm.extra["retry_after"]), 0 if storm.extra["everywhere"] else 230020)
    fault = core.faults.draw(route.name)
    before = refusal_by_fault(core, route.name, fault)
    if before is not None:
        core.record(route.name, ask.named(), type(fault).__name__)
        return before
    if isinstance(fault, Late):
        later = threading.Timer(fault.seconds, carry_out, (core, route, ask, authorization, fault))
        later.daemon = True  # what is still queued when the sandbox ends is lost, as it may be
        later.start()
        return Reply({}, abort=True)
    return struck(carry_out(core, route, ask, authorization, fault), fault)


def chat_of(core: LarkCore, ask: Ask) -> str:
    """The chat a call is about, as far as it can be told before it is carried out."""
    message = core.workspace.messages.get(ask.path.get("message_id", ""))
    named = ask.body.get("receive_id") or ask.body.get("chat_id") or ask.asked("container_id")
    return message.chat_id if message is not None else str(named or "")


def read_body(body: bytes) -> Json:
    """The JSON object of a call; {} when there is none, since the gateway then misses the fields."""
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def struck(reply: Reply, fault: Fault | None) -> Reply:
    """The same as on Slack, in Lark's words, and Lark's own codes beside."""
    if isinstance(fault, Code):
        return Reply({"code": fault.code, "msg": fault.msg}, fault.status)
    status = fault.status if isinstance(fault, ServerError) else 0
    return after_fault(reply, fault, {"code": status, "msg": "internal server error"})


def refusal_by_fault(core: LarkCore, name: str, fault: Fault | None) -> Reply | None:
    """The reply of a fault that strikes before the call is applied; None for the others."""
    match fault:
        case Drop():
            return Reply({}, abort=True)
        case RateLimit(seconds):
            return slowed(core, name, seconds)
        case ServerError(applied=False) | Code(applied=False):
            return struck(Reply({}), fault)
        case Hang(seconds, applied=False):
            return Reply({}, wait=seconds, abort=True)
        case _:
            return None


def slowed(core: LarkCore, name: str, seconds: int, code: int = 0, limit: int = 1000) -> Reply:
    """The reply to a call that came too early; the app's own limit says how long to wait, a chat's does not."""
    if code:
        return failed(Denied(code))
    core.limits.told(name, "", seconds)
    reply = failed(Denied(99991400))
    return Reply(reply.body, 429, {"x-ogw-ratelimit-limit": str(limit), "x-ogw-ratelimit-reset": str(seconds)})


def failed(denied: Denied) -> Reply:
    log_id = secrets.token_hex(16)
    error = {"log_id": log_id} | denied.extra.get("error", {})
    return Reply({"code": denied.code, "msg": denied.msg, "error": error}, denied.status, {"X-Tt-Logid": log_id})


def carry_out(core: LarkCore, route: Route, ask: Ask, authorization: str, fault: Fault | None) -> Reply:
    """Apply the call and write down what came of it."""
    with core.changed:
        reply = attempt(core, route, ask, authorization)
        outcome = "ok" if reply.body["code"] == 0 else str(reply.body["code"])
        shown = {key: value for key, value in ask.named().items() if key != "app_secret"}
        core.record(route.name, shown, outcome if fault is None else f"{outcome}, {type(fault).__name__}")
    return reply


def attempt(core: LarkCore, route: Route, ask: Ask, authorization: str) -> Reply:
    try:
        if route.token:
            lark_auth.authorise(core, authorization, route.scopes)
        if core.rules.rate_limits and route.token:
            core.limits.check(route.name, "")
        data = copy.deepcopy(route.answer(core, ask))
    except Denied as denied:
        if denied.code == 99991400:
            return slowed(core, route.name, denied.extra["reset"], limit=denied.extra["limit"])
        return failed(denied)
    headers = {"X-Tt-Logid": secrets.token_hex(16)}
    if route.bare:
        return Reply({"code": 0, "msg": "ok", **data}, headers=headers)
    return Reply({"code": 0, "msg": "success", "data": data}, headers=headers)
