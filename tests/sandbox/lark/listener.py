"""A stock lark_oapi connection in a process of its own: it prints every event it gets, one JSON object a line."""

import sys
import time
from typing import Any

import lark_oapi as lark
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTrigger, P2CardActionTriggerResponse

MESSAGE = ("receive", "recalled", "reaction_created", "reaction_deleted")
CHAT = ("member_bot_added", "member_bot_deleted", "member_user_added", "member_user_deleted", "member_user_withdrawn")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def heard(event: Any) -> None:
    """Print it; a message that says so fails, as a handler with a fault would."""
    text = lark.JSON.marshal(event)
    tell(text)
    if "please fail" in text:
        raise RuntimeError("as told")


def clicked(event: P2CardActionTrigger) -> P2CardActionTriggerResponse:
    """Answer a click as the value of the button says."""
    heard(event)
    value = event.event.action.value or {}
    if value.get("do") == "fail":
        raise RuntimeError("as told")
    if value.get("do") == "sleep":
        time.sleep(4)
    return P2CardActionTriggerResponse(value.get("answer", {}))


def main(domain: str, app_id: str, secret: str) -> None:
    builder = lark.EventDispatcherHandler.builder("", "")
    for name in (*(f"im_message_{kind}_v1" for kind in MESSAGE), *(f"im_chat_{kind}_v1" for kind in CHAT)):
        builder = getattr(builder, f"register_p2_{name}")(heard)
    builder.register_p2_im_chat_updated_v1(heard).register_p2_application_bot_menu_v6(heard)
    builder.register_p2_im_chat_access_event_bot_p2p_chat_entered_v1(heard)
    builder.register_p2_customized_event("im.message.updated_v1", heard).register_p2_card_action_trigger(clicked)
    handler = builder.build()
    lark.ws.Client(app_id, secret, event_handler=handler, domain=domain, log_level=lark.LogLevel.CRITICAL).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
