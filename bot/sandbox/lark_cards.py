"""Cards in use: what can be clicked in one, what the app is sent for a click, and what its answer does."""

import json
from typing import Any

from bot.sandbox import lark_posting
from bot.sandbox.envelope import Envelope
from bot.sandbox.lark_card_checks import INPUTS, every
from bot.sandbox.lark_content import card_draft
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_models import Denied, Message
from bot.sandbox.lark_views import ids
from bot.sandbox.models import Json, SandboxError

TOASTS = ("info", "success", "error", "warning")
CHOICES = ("select_static", "select_person", "overflow", "date_picker", "picker_time", "picker_datetime", "select_img")


def sent_back(element: Json) -> Any:
    """The value that a click on this element brings to the app; None when it brings none."""
    behaviors = element.get("behaviors")
    for behavior in behaviors if isinstance(behaviors, list) else []:
        if isinstance(behavior, dict) and behavior.get("type") == "callback":
            return behavior.get("value")
    return element.get("value")


def clickable(card: Json) -> list[Json]:
    """Every element of a card that can be clicked and tells the app."""
    return [
        element
        for _, element in every(card)
        if element["tag"] in (*INPUTS, "interactive_container") and not element.get("disabled")
    ]


def find_element(card: Json, action: str) -> Json:
    """The element with this name, element_id, value or place ("#0"); raises SandboxError naming what is there instead."""
    there = clickable(card)
    if action[:1] == "#" and action[1:].isdigit() and int(action[1:]) < len(there):
        return there[int(action[1:])]
    for element in there:
        value = sent_back(element)
        values = [str(part) for part in value.values()] if isinstance(value, dict) else [str(value)]
        if action in (element.get("name"), element.get("element_id"), *values):
            return element
    names = [element.get("name") or element.get("element_id") or json.dumps(sent_back(element)) for element in there]
    raise SandboxError(f"nothing to click: {action!r}; there is {names or 'no element'}")


def clicked(
    core: LarkCore, card: Message, who: str, element: Json, value: str | None = None, form: Json | None = None
) -> Json:
    """The event of card.action.trigger."""
    back = sent_back(element)
    action: Json = {"tag": element["tag"]}
    if back is not None:
        action["value"] = back if isinstance(back, dict) else json.dumps(back)
    if element.get("name"):
        action["name"] = element["name"]
    if value is not None:
        action["option" if element["tag"] in CHOICES else "input_value"] = value
    if form is not None:
        action["form_value"] = form
    return {
        "operator": {"tenant_key": core.workspace.tenants[who], **ids(who)},
        "token": core.new_card_token(card.id),
        "action": action,
        "host": "im_message",
        "context": {"open_message_id": card.id, "open_chat_id": card.chat_id},
    }


def answered(core: LarkCore, card: Message, who: str, envelope: Envelope, answer: Json) -> None:
    """Show the toast and the new card of an answer; what Lark could not show fails the click with its code."""
    toast, new = answer.get("toast"), answer.get("card")
    if toast is not None:
        if not isinstance(toast, dict) or toast.get("type", "info") not in TOASTS or not toast.get("content"):
            envelope.error = "200672"
            return
        core.toasts.append({"message_id": card.id, "user": who, **toast})
    if new is not None:
        try:
            lark_posting.edit(core, card, card_draft(card_text(new)), told=False)
        except Denied as denied:
            envelope.error = "200673"
            core.record("(answer)", {"message_id": card.id}, f"{denied.code}: {denied.msg}")
    core.changed.notify_all()


def card_text(new: object) -> str:
    """The JSON of an answer's card, which is {"type": "raw", "data": card}; raises Denied."""
    if not isinstance(new, dict) or new.get("type") not in ("raw", "template"):
        raise Denied(230099, "ErrCode: 200621; ErrMsg: the card of an answer needs a type of raw or template;")
    data = new.get("data")
    return data if isinstance(data, str) else json.dumps(data if new["type"] == "raw" else new)
