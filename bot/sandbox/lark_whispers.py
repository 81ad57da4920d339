"""Cards that one person sees, and cards changed by the token of a click."""

import json

from bot.sandbox import lark_posting
from bot.sandbox.lark_content import RICH_LIMIT, card_draft
from bot.sandbox.lark_core import LarkCore
from bot.sandbox.lark_messages import receiver
from bot.sandbox.lark_models import Ask, Denied, invalid_field
from bot.sandbox.models import Json


def send(core: LarkCore, ask: Ask) -> Json:
    """ephemeral/v1/send: a card in a group that only one of its members sees; topic groups have none."""
    chat = receiver(core, "chat_id", ask.need("chat_id"))
    kind = next((kind for kind in ("open_id", "user_id", "email") if ask.text(kind)), "")
    if not kind:
        raise invalid_field("open_id", "one of open_id, user_id, email is required")
    person = core.workspace.known(ask.text(kind))
    if person is None or person.id not in chat.members:
        raise Denied(230001, f"invalid {kind}, the user is not in the chat")
    if chat.mode != "group":
        raise Denied(230018, "the chat mode is not supported")
    if ask.text("msg_type") != "interactive":
        raise invalid_field("msg_type", "must be interactive")
    draft = card_draft(card_text(ask))
    return {"message_id": lark_posting.whisper(core, chat, person.id, draft).id}


def card_text(ask: Ask) -> str:
    """The card, which comes as an object here and not as text; raises Denied."""
    text = json.dumps(ask.body.get("card"), ensure_ascii=False)
    if len(text.encode()) > RICH_LIMIT:
        raise Denied(230025, f"the card has {len(text.encode())} bytes, at most {RICH_LIMIT}")
    return text


def delete(core: LarkCore, ask: Ask) -> Json:
    """ephemeral/v1/delete."""
    message = core.workspace.messages.get(ask.need("message_id"))
    if message is None or not message.visible_to or message.sender != core.workspace.app:
        raise Denied(230001, "invalid message_id")
    with core.changed:
        del core.workspace.messages[message.id]
        core.tell("channel", channel=message.chat_id)
    return {}


def update(core: LarkCore, ask: Ask) -> Json:
    """interactive/v1/card/update: within half an hour of a click, twice at most."""
    draft = card_draft(card_text(ask))
    message = core.workspace.messages.get(core.take_card_token(ask.need("token")))
    if message is None or message.deleted:
        raise Denied(230011)
    lark_posting.edit(core, message, draft, told=False)
    return {}
