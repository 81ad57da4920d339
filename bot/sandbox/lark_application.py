"""What an app may ask about itself: the permissions that it was granted, its version and what it subscribed to."""

from bot.sandbox.lark_core import EVENT_SCOPES, RECEIVED, UPDATED, LarkCore
from bot.sandbox.lark_models import Ask, Denied
from bot.sandbox.models import Json

ITSELF = ("application:application:self_manage", "admin:app.info:readonly")
GRANTED, STOPPED, ENABLED = 1, 0, 1
KINDS = (RECEIVED, UPDATED, *EVENT_SCOPES, "application.bot.menu_v6", "im.chat.access_event.bot_p2p_chat_entered_v1")


def scopes(core: LarkCore, ask: Ask) -> Json:
    """application/v6/scopes: nothing is granted before a version is in force."""
    granted = sorted(core.rules.scopes) if core.rules.published else []
    return {"scopes": [{"scope_name": name, "grant_status": GRANTED, "scope_type": "tenant"} for name in granted]}


def application(core: LarkCore, ask: Ask) -> Json:
    """application/v6/applications/:app_id, which an app may ask about itself."""
    if ask.path["app_id"] not in ("me", core.workspace.app_id):
        raise Denied(210508)
    wanted = core.rules.events
    events = sorted(name for name in KINDS if wanted is None or name in wanted)
    callbacks = ["card.action.trigger"] if wanted is None or "card.action.trigger" in wanted else []
    known: Json = {
        "app_id": core.workspace.app_id,
        "app_name": core.workspace.people[core.workspace.app].real_name,
        "status": ENABLED if core.rules.published else STOPPED,
        "event": {"subscription_type": "websocket", "request_url": "", "subscribed_events": events},
        "callback": {"callback_type": "websocket", "request_url": "", "subscribed_callbacks": callbacks},
    }
    return {"app": known | ({"online_version_id": "oav_sandbox"} if core.rules.published else {})}
