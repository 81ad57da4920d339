"""Finds out what Lark's events leave untold: where a message stands, what a forward holds, where somebody talks to the bot."""

from __future__ import annotations

import threading
from collections import OrderedDict

import structlog

from bot.platforms.base import SendRefused
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.lark_calls import Calls
from bot.platforms.lark_events import ENTERED, MENU, REACTED, RECEIVED, UNREACTED, Known
from bot.platforms.lark_json import native
from bot.platforms.lark_messages import FORWARD

MANY = 20_000
"""Messages and people of whom it is remembered where they are."""
MOST_FORWARDED = 200

log = structlog.get_logger("vigil.lark")


class Lookups:
    """Remembers the chats of the latest messages heard, and asks Lark for the others, once for each; safe from any thread."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._lock = calls, threading.Lock()
        self._chats: OrderedDict[str, str] = OrderedDict()  # by message, and by person for direct conversations

    def hear(self, kind: str, event: Table) -> None:
        """Take note of what an event tells by the way."""
        message = table(event, "message")
        chat = native(message, "chat_id") or native(event, "chat_id")
        if kind == ENTERED:
            self._keep(native(table(event, "operator_id"), "open_id"), chat)
        elif message:
            self._keep(native(message, "message_id"), chat)
            if text(message, "chat_type") == "p2p":
                self._keep(native(table(table(event, "sender"), "sender_id"), "open_id"), chat)

    @staticmethod
    def needed(kind: str, event: Table) -> bool:
        """Whether it takes more than the event tells; if so, Lark may have to be asked, which can take seconds."""
        forward = kind == RECEIVED and text(table(event, "message"), "message_type") == FORWARD
        return forward or kind in (REACTED, UNREACTED)

    def known(self, kind: str, event: Table) -> Known:
        """What the event leaves untold, as far as anybody can know it.

        Raises SendLater or SendUnknown when Lark cannot be asked now: then the event must come again.
        """
        if kind == MENU:
            return Known(self._kept(native(table(table(event, "operator"), "operator_id"), "open_id")))
        if not self.needed(kind, event):
            return Known()
        message = native(event, "message_id") or native(table(event, "message"), "message_id")
        if kind != RECEIVED and (chat := self._kept(message)):
            return Known(chat)
        items = self._message(message) if message else []
        chat = native(items[0], "chat_id") if items else ""
        self._keep(message, chat)
        inside = [item for item in items[1:] if text(item, "upper_message_id") in ("", message)]
        return Known(chat, tuple(inside[:MOST_FORWARDED]))

    def _message(self, message: str) -> list[Table]:
        """A message as the API gives it, followed by what it holds; none where nobody may read it any more."""
        query = {"user_id_type": "open_id"}
        try:
            answer = self._calls.call(
                "GET", "im/v1/messages/:message_id", query, at={"message_id": message}, patience=2.0
            )
        except SendRefused as refusal:
            log.warning("not read", action="go on without", error=str(refusal))
            return []
        return rows(answer, "items")

    def _kept(self, name: str) -> str:
        with self._lock:
            return self._chats.get(name, "")

    def _keep(self, name: str, chat: str) -> None:
        if not name or not chat:
            return
        with self._lock:
            self._chats[name] = chat
            self._chats.move_to_end(name)
            while len(self._chats) > MANY:
                self._chats.popitem(last=False)
