"""Answers Web API calls: who may call, which method, which fault strikes; knows nothing of HTTP libraries."""

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox import api_chat, api_conversations, api_people, api_views
from bot.sandbox.arguments import Args
from bot.sandbox.core import Core
from bot.sandbox.faults import Cut, Delay, Drop, Fault, Hang, Late, RateLimit, ServerError
from bot.sandbox.models import Json, Refused


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what answers it, the scope it needs ("" for none), and whether it takes the app-level token."""

    answer: Callable[[Core, Args], Json]
    scope: str = ""
    app_level: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP after `wait` seconds; with `abort`, the connection ends without a word instead."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    abort: bool = False


METHODS = {
    "auth.test": Method(api_people.auth_test),
    "apps.connections.open": Method(api_people.open_connection, app_level=True),
    "team.info": Method(api_people.team_info, "team:read"),
    "users.info": Method(api_people.user_info, "users:read"),
    "users.list": Method(api_people.list_users, "users:read"),
    "users.conversations": Method(api_conversations.users_conversations),
    "bots.info": Method(api_people.bot_info, "users:read"),
    "usergroups.list": Method(api_people.list_groups, "usergroups:read"),
    "usergroups.users.list": Method(api_people.group_users, "usergroups:read"),
    "chat.postMessage": Method(api_chat.post_message, "chat:write"),
    "chat.update": Method(api_chat.update, "chat:write"),
    "chat.delete": Method(api_chat.delete, "chat:write"),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(api_chat.get_permalink),
    "conversations.list": Method(api_conversations.list_channels),
    "conversations.info": Method(api_conversations.info),
    "conversations.members": Method(api_conversations.members),
    "conversations.history": Method(api_conversations.history),
    "conversations.replies": Method(api_conversations.replies),
    "conversations.open": Method(api_conversations.open_conversation),
    "reactions.add": Method(api_chat.add_reaction, "reactions:write"),
    "reactions.remove": Method(api_chat.remove_reaction, "reactions:write"),
    "reactions.get": Method(api_chat.get_reactions, "reactions:read"),
    "views.open": Method(api_views.open_view),
    "views.push": Method(api_views.push_view),
    "views.update": Method(api_views.update_view),
    "views.publish": Method(api_views.publish_view),
}


def answer_call(core: Core, name: str, raw: Json, token: str) -> Reply:
    """Answer one call; `token` is "" when the request carried none. Faults are applied here."""
    raw = {key: value for key, value in raw.items() if key != "token"}
    channel = str(raw.get("channel") or "")
    try:
        core.limits.arrived(name, channel)
    except Refused as storm:
        record(core, name, raw, "storm")
        return slowed(core, name, channel, storm)
    fault = core.faults.draw(name)
    before = refusal_by_fault(fault)
    if before is not None:
        record(core, name, raw, type(fault).__name__)
        if isinstance(fault, RateLimit):
            core.limits.told(name, channel, fault.retry_after)
        return before
    if isinstance(fault, Late):
        later = threading.Timer(fault.seconds, carry_out, (core, name, raw, token, fault))
        later.daemon = True  # what is still queued when the sandbox ends is lost, as it may be
        later.start()
        return Reply({}, abort=True)
    return after_fault(carry_out(core, name, raw, token, fault), fault, {"ok": False, "error": "internal_error"})


def after_fault(reply: Reply, fault: Fault | None, error: Json) -> Reply:
    """What goes back of a call that was carried out, when a fault strikes after that; `error` is said with a status."""
    match fault:
        case Cut():
            return Reply(reply.body, abort=True)
        case Hang(seconds):
            return Reply(reply.body, wait=seconds, abort=True)
        case Delay(seconds):
            return Reply(reply.body, reply.status, reply.headers, wait=seconds)
        case ServerError(status):
            return Reply(error, status)
        case _:
            return reply


def carry_out(core: Core, name: str, raw: Json, token: str, fault: Fault | None) -> Reply:
    """Apply the call and write down what came of it."""
    with core.changed:
        reply = attempt(core, name, Args(raw), token)
        outcome = "ok" if reply.body.get("ok") else str(reply.body["error"])
        record(core, name, raw, outcome if fault is None else f"{outcome}, {type(fault).__name__}")
    return reply


def refusal_by_fault(fault: Fault | None) -> Reply | None:
    """The reply of a fault that strikes before the call is applied; None for the others."""
    match fault:
        case Drop():
            return Reply({}, abort=True)
        case RateLimit(seconds):
            return too_many(seconds)
        case ServerError(status, applied=False):
            return Reply({"ok": False, "error": "internal_error"}, status)
        case Hang(seconds, applied=False):
            return Reply({}, wait=seconds, abort=True)
        case _:
            return None


def too_many(seconds: int, code: str = "ratelimited") -> Reply:
    return Reply({"ok": False, "error": code}, 429, {"retry-after": str(seconds)})


def slowed(core: Core, name: str, channel: str, refusal: Refused) -> Reply:
    """The reply to a call that came too early, which is remembered to see whether the next one comes in time."""
    seconds = int(refusal.extra["retry_after"])
    core.limits.told(name, channel, seconds, bool(refusal.extra.get("everywhere")))
    return too_many(seconds, refusal.code)


def attempt(core: Core, name: str, args: Args, token: str) -> Reply:
    headers = {"x-slack-req-id": f"sandbox-{core.number()}"}
    try:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        headers |= scope_headers(core, method, token)
        authorise(core, method, token)
        if core.workspace.rate_limits:
            core.limits.check(name, args.text("channel"))
        return Reply({"ok": True, **copy.deepcopy(method.answer(core, args))}, headers=headers)
    except Refused as refusal:
        if refusal.code == "ratelimited":
            return slowed(core, name, args.text("channel"), refusal)
        return Reply({"ok": False, "error": refusal.code, **refusal.extra}, headers=headers)


def scope_headers(core: Core, method: Method, token: str) -> dict[str, str]:
    """The headers that name what the token was granted; Slack sends them with refusals too."""
    workspace = core.workspace
    if token == workspace.app_token:
        return {"x-oauth-scopes": "connections:write", "x-accepted-oauth-scopes": "connections:write"}
    if token == workspace.bot_token:
        return {"x-oauth-scopes": ",".join(sorted(workspace.scopes)), "x-accepted-oauth-scopes": method.scope}
    return {}


def authorise(core: Core, method: Method, token: str) -> None:
    """Refuse a wrong token, and a call whose scope was not granted."""
    workspace = core.workspace
    if not token:
        raise Refused("not_authed")
    if token not in (workspace.bot_token, workspace.app_token):
        raise Refused("invalid_auth")
    if method.app_level != (token == workspace.app_token):
        raise Refused("not_allowed_token_type")
    if method.scope and method.scope not in workspace.scopes:
        raise Refused("missing_scope", needed=method.scope, provided=",".join(sorted(workspace.scopes)))


def record(core: Core, name: str, args: Json, outcome: str) -> None:
    core.record(name, args, outcome)
