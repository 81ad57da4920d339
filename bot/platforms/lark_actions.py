"""Clicks on cards, submitted forms and the bot's menu become Clicks and Commands, with the toast that answers; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.events import FOREIGN, FORM, MESSAGE, WHISPER, Click, Command
from bot.platforms import lark_whispers
from bot.platforms.chat_fields import Table, table, text
from bot.platforms.lark_forms import joined
from bot.platforms.lark_ids import Identity, channel_id, turn_id
from bot.platforms.lark_json import native, parsed
from bot.platforms.lark_messages import Redact

# Elements in which somebody types; what buttons and menus bring back is Vigil's own.
_TYPED = frozenset(("input",))
_ENTRY = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,40}")
SAID = {
    "kept": ("info", "Got it.", "收到。"),
    "form": ("success", "Thank you, received.", "谢谢，已收到。"),
    "foreign": ("warning", "This card is not Vigil's, or not yours to use.", "这张卡片不属于 Vigil，或不是给您的。"),
}
"""What a click is answered with at once: the kind of toast, its words in English and in Chinese."""


def click(event: Table, me: Identity, redact: Redact, at: float) -> Click | None:
    """The value of one card.action.trigger: a button, a choice (whose value is what was chosen) or a submitted form."""
    actor, context, done = native(table(event, "operator"), "open_id"), table(event, "context"), table(event, "action")
    chat, message = native(context, "open_chat_id"), native(context, "open_message_id")
    carried, form = _carried(done), done.get("form_value")
    if not actor or not text(carried, "action"):
        return None
    where = turn_id(me.tenant, chat, message) if message else channel_id(me.tenant, chat)
    address = lark_whispers.address(where, actor) if chat else ""
    return Click(
        action=text(carried, "action"),
        value=_value(done, carried, redact),
        actor=actor,
        channel_id=channel_id(me.tenant, chat) if chat else "",
        at=at,
        turn_id=where if chat and message else None,
        reply_to=address,
        trigger="" if isinstance(form, Mapping) else address,
        fields=tuple((name, redact(said)) for name, said in joined(form)) if isinstance(form, Mapping) else (),
        via=_via(carried, actor, isinstance(form, Mapping)),
    )


def _carried(done: Table) -> Table:
    """What the element brings back, which Lark gives as an object, or as its text for some elements."""
    value = done.get("value")
    return parsed(value) if isinstance(value, str) else table(done, "value")


def _value(done: Table, carried: Table, redact: Redact) -> str:
    if text(done, "tag") in _TYPED:
        return redact(text(done, "input_value"))
    return text(done, "option") or text(carried, "value")


def _via(carried: Table, actor: str, submitted: bool) -> str:
    """Where it was clicked. A card for one person (`to`) may have been forwarded to others, to whom it was not shown."""
    reader = text(carried, "to")
    if reader and reader != actor:
        return FOREIGN
    if submitted:
        return FORM
    return WHISPER if reader else MESSAGE


def menu(event: Table, me: Identity, at: float, direct: str = "") -> Command | None:
    """An entry of the bot's menu, whose key is the verb (`vigil_stats` and `stats` are the same).

    `direct` is the chat of the bot with that person, as far as it is known: the event does not name it, so else the
    person's open id stands in its place.
    """
    actor = native(table(table(event, "operator"), "operator_id"), "open_id")
    entry = text(event, "event_key")
    if not actor or not _ENTRY.fullmatch(entry):
        return None
    verb = entry.lower().removeprefix("vigil").strip("_-").replace("_", "-")
    place = channel_id(me.tenant, direct or actor)
    address = lark_whispers.address(place, actor)
    return Command(verb or "help", "", actor, place, at, reply_to=address, trigger=address, via="menu")


def toast(kind: str) -> dict[str, Any]:
    """The answer to a click, a key of SAID."""
    style, english, chinese = SAID[kind]
    i18n = {"en_us": english, "zh_cn": chinese}
    return {"toast": {"type": style, "content": english, "i18n": i18n}}
