"""Finds out what is wrong with a Lark app's secret, bot, permissions and chats, and says how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.messages import Channel
from bot.models import VigilError
from bot.platforms.lark_errors import INVITE
from bot.platforms.lark_ids import place
from bot.platforms.lark_pages import Read

Check = tuple[str, bool, str]
TENANT = "tenant/v2/tenant/query"
CHATS, MEMBERS, MESSAGES = "im/v1/chats", "im/v1/chats/:chat_id/members", "im/v1/messages"
GROUPS = "contact/v3/group/simplelist"


def checks(read: Read, channels: Callable[[], Sequence[Channel]]) -> list[Check]:
    """Secret, bot, tenant, chats, then what is read in a chat, in this order; each a line with its remedy ("" when well)."""
    first = _asked("Lark app and bot", lambda: read("bot/v3/info"))
    if not first[1]:
        return [first]
    found = [first, _asked("Lark tenant", lambda: read(TENANT))]
    if not found[-1][1]:
        return found
    try:
        groups = [channel for channel in channels() if not channel.direct]
    except VigilError as error:
        return [*found, ("Lark chats", False, str(error))]
    found.append((f"Lark chats ({len(groups)})", bool(groups), "" if groups else f"Vigil is in none; {INVITE}"))
    found.append(_asked("Lark user groups", lambda: read(GROUPS)))
    return [*found, *(_in_chat(read, place(groups[0].id).chat) if groups else ())]


def _in_chat(read: Read, chat: str) -> list[Check]:
    """Whether members, messages and reactions can be read; tried on one chat."""
    query = {"container_id_type": "chat", "container_id": chat, "page_size": 1, "sort_type": "ByCreateTimeDesc"}
    last: list[Any] = []
    found = [
        _asked("Lark members", lambda: read(MEMBERS, {"member_id_type": "open_id"}, at={"chat_id": chat})),
        _asked("Lark messages of groups", lambda: last.extend(read(MESSAGES, query).get("items") or ())),
    ]
    name = str(last[0].get("message_id")) if last and isinstance(last[0], dict) else ""
    if name and last[0].get("deleted") is not True:
        reactions, at = "im/v1/messages/:message_id/reactions", {"message_id": name}
        found.append(_asked("Lark reactions", lambda: read(reactions, at=at)))
    return found


def _asked(what: str, ask: Callable[[], object]) -> Check:
    try:
        ask()
    except VigilError as error:
        return what, False, str(error)
    return what, True, ""
