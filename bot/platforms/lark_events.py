"""Any event of Lark's becomes an event of Vigil's with the ids under which it may arrive again, or None; pure and total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.events import Deletion, Edit, Event, Membership, Reaction, natural_key
from bot.platforms import lark_actions, lark_messages
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.lark_ids import Identity, channel_id, turn_id
from bot.platforms.lark_json import native, seconds
from bot.platforms.lark_messages import Redact

RECEIVED, UPDATED, RECALLED = "im.message.receive_v1", "im.message.updated_v1", "im.message.recalled_v1"
REACTED, UNREACTED = "im.message.reaction.created_v1", "im.message.reaction.deleted_v1"
BOT_ADDED, BOT_GONE = "im.chat.member.bot.added_v1", "im.chat.member.bot.deleted_v1"
JOINED, LEFT, WITHDRAWN = (f"im.chat.member.user.{what}_v1" for what in ("added", "deleted", "withdrawn"))
CHANGED, DISBANDED = "im.chat.updated_v1", "im.chat.disbanded_v1"
CLICKED, MENU = "card.action.trigger", "application.bot.menu_v6"
ENTERED = "im.chat.access_event.bot_p2p_chat_entered_v1"

EVENTS = frozenset(
    (
        RECEIVED, UPDATED, RECALLED, REACTED, UNREACTED, BOT_ADDED, BOT_GONE, JOINED, LEFT, WITHDRAWN, CHANGED, DISBANDED,
        MENU, ENTERED,
    )
)  # fmt: skip
"""Every event that the app subscribes to; beside them the callback CLICKED."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, the id under which it is stored once, and other ids of the very same event."""

    event: Event
    raw_id: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What an event does not tell and its reader has to find out: the chat (Lark's own id) of the message that was
    reacted to, that of the direct conversation with whoever used the menu, and what a merged forward holds."""

    chat: str = ""
    forwarded: Sequence[Table] = ()


def heard(
    kind: str, payload: Table, me: Identity, redact: Redact, now: float, known: Known | None = None
) -> Heard | None:
    """What one event of type `kind` says; None when it is nothing to Vigil. `now` stands in where Lark gives no time.

    `payload` is the whole of it, header and event. Of a reaction nothing can be told without its `known` chat.
    """
    header, event, known = table(payload, "header"), table(payload, "event"), known or Known()
    at = seconds(header, "create_time") or now
    found = _read(kind, event, me, redact, at, known)
    if found is None:
        return None
    native_id = native(header, "event_id")
    event_id, key = f"lark:event:{native_id}" if native_id else "", natural_key(found)
    if kind == RECEIVED:  # a message, whatever it asks for, is known by where it stands: so it is in the history too
        stands = lark_messages.stands(event, me)
        return Heard(found, stands, (event_id,) if event_id else ())
    told_by_history = isinstance(found, Edit | Deletion | Reaction)
    return Heard(found, event_id or key, (key,) if event_id and told_by_history else ())


def _read(kind: str, event: Table, me: Identity, redact: Redact, at: float, known: Known) -> Event | None:
    match kind:
        case "im.message.receive_v1":
            return lark_messages.heard(event, me, redact, known.forwarded)
        case "im.message.updated_v1":
            return lark_messages.changed(event, me, redact)
        case "im.message.recalled_v1":
            return lark_messages.recalled(event, me, at)
        case "im.message.reaction.created_v1" | "im.message.reaction.deleted_v1":
            return _reaction(event, me, kind == REACTED, at, known.chat)
        case "card.action.trigger":
            return lark_actions.click(event, me, redact, at)
        case "application.bot.menu_v6":
            return lark_actions.menu(event, me, at, known.chat)
    return _membership(kind, event, me, at) if kind.startswith("im.chat.") and kind in EVENTS else None


def _reaction(event: Table, me: Identity, added: bool, at: float, chat: str) -> Reaction | None:
    name, message = text(table(event, "reaction_type"), "emoji_type"), native(event, "message_id")
    actor = native(table(event, "user_id"), "open_id")
    if text(event, "operator_type") == "app":
        app = native(event, "app_id")
        actor = me.bot if app == me.app else app
    if not (actor and chat and message and native({"name": name}, "name")):
        return None
    return Reaction(turn_id(me.tenant, chat, message), actor, name, added, seconds(event, "action_time") or at)


def _membership(kind: str, event: Table, me: Identity, at: float) -> Membership | None:
    """Somebody came or went, or nobody (""): the chat changed. Of several at once the first stands for all: what follows
    is that the chat is asked for anew. A chat that is disbanded is one that Vigil left."""
    chat = native(event, "chat_id")
    if not chat or kind == ENTERED:
        return None
    actor = ""
    if kind in (BOT_ADDED, BOT_GONE, DISBANDED):
        actor = me.bot
    elif kind != CHANGED:
        came = [native(table(row, "user_id"), "open_id") for row in rows(event, "users")]
        actor = next(filter(None, came), "")
    joined = bool(actor) and kind in (BOT_ADDED, JOINED)
    return Membership(channel_id(me.tenant, chat), actor, joined, actor == me.bot, at)
