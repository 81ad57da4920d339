"""Who may call and connect: tenant access tokens, the discovery of the long connection's address, its tickets."""

import secrets
from urllib.parse import urlencode

from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_hub import SERVICE_ID
from bot.sandbox.lark_models import Ask, Denied
from bot.sandbox.models import Json

# What endpoint discovery answers: fine, busy, and what the client takes for its own fault and does not retry.
FINE, BUSY, NO_CREDENTIAL, BAD_APP = 0, 1, 1_000_040_344, 1_000_040_345
# In the headers of a refused WebSocket handshake.
FORBIDDEN, AUTH_FAILED, TOO_MANY = 403, 514, 1_000_040_350


def tenant_token(core: LarkCore, ask: Ask) -> Json:
    """auth/v3/tenant_access_token/internal; raises Denied."""
    app_id, secret = ask.body.get("app_id"), ask.body.get("app_secret")
    if app_id != core.workspace.app_id:
        raise Denied(10003)
    if secret != core.workspace.app_secret:
        raise Denied(10014)
    token, expire = core.token()
    return {"tenant_access_token": token, "expire": expire}


def app_token(core: LarkCore, ask: Ask) -> Json:
    """auth/v3/app_access_token/internal: for an app of one's own it is the same token."""
    found = tenant_token(core, ask)
    return found | {"app_access_token": found["tenant_access_token"]}


def authorise(core: LarkCore, authorization: str, scopes: tuple[str, ...]) -> None:
    """Refuse a missing, malformed, unknown or old token, and a call for which no scope was granted; raises Denied."""
    token = authorization.removeprefix("Bearer ").strip()
    if not token:
        raise Denied(99991661)
    if not token.startswith(("t-", "u-", "a-")):
        raise Denied(99991671)
    with core.changed:
        known = core.tokens.get(token, 0.0) > core.clock()
    if not known:
        raise Denied(99991663)
    granted = core.rules.scopes if core.rules.published else frozenset()
    if scopes and not granted & set(scopes):
        wanted = f"One of the following scopes is required: [{', '.join(scopes)}]."
        missing = [{"type": "action_scope_required", "subject": scope} for scope in scopes]
        link = f"https://open.feishu.cn/app/{core.workspace.app_id}/auth?q={','.join(scopes)}"
        raise Denied(99991672, wanted, error={"permission_violations": missing, "helps": [{"url": link}]})


def endpoint(core: LarkCore, body: Json) -> Json:
    """callback/ws/endpoint: where the long connection is, for whoever has the app's secret."""
    app_id, secret = body.get("AppID"), body.get("AppSecret")
    if not app_id or not secret:
        return {"code": NO_CREDENTIAL, "msg": "app_id or app_secret is empty"}
    if (app_id, secret) != (core.workspace.app_id, core.workspace.app_secret):
        return {"code": BAD_APP, "msg": "app_id or app_secret is invalid"}
    device, ticket = str(secrets.randbits(62)), secrets.token_hex(16)
    with core.changed:
        core.tickets[ticket] = device
    host = core.base_url.removeprefix("http://")
    query = {"fpid": "493", "aid": "552564", "device_id": device, "access_key": secrets.token_hex(16)}
    query |= {"service_id": str(SERVICE_ID), "ticket": ticket}
    data = {"URL": f"ws://{host}/ws/v2?{urlencode(query)}", "ClientConfig": core.rules.reconnect.config()}
    return {"code": FINE, "msg": "", "data": data}


def refused_handshake(core: LarkCore, device: str, ticket: str, forced: bool) -> dict[str, str] | None:
    """The headers that refuse a WebSocket handshake; None when it may go on. A ticket opens one connection."""
    with core.changed:
        if core.tickets.get(ticket, "") != device or not device:
            return {"handshake-status": str(FORBIDDEN), "handshake-msg": "invalid ticket"}
        if forced or len(core.hub.links) >= core.rules.max_connections:
            said = "exceed connection limit"
            status = {"handshake-status": str(AUTH_FAILED), "handshake-msg": said}
            return status | {"handshake-autherrcode": str(TOO_MANY)}
        del core.tickets[ticket]
    return None
