"""Remembers over a restart which direct chats there are and with whom: Lark has no call that lists or finds them."""

from __future__ import annotations

import json
import threading
from typing import Any

from bot.platforms.base import Facts

KEPT = "lark direct chats"
MOST = 1000


class DirectChats:
    """Chat ids with the open id of whoever they are with, "" as long as that is not known. Safe from several threads."""

    def __init__(self, facts: Facts | None = None) -> None:
        self._facts: Facts = Forgetful() if facts is None else facts
        self._lock = threading.Lock()
        self._with: dict[str, str] = _read(self._facts.fact(KEPT))

    def chats(self) -> list[str]:
        with self._lock:
            return list(self._with)

    def known(self, chat: str) -> bool:
        with self._lock:
            return chat in self._with

    def person(self, chat: str) -> str | None:
        """Whom the chat is with, "" when it is only known to be one; None when it is not known at all."""
        with self._lock:
            return self._with.get(chat)

    def chat(self, person: str) -> str | None:
        """The chat with a person, where it is known."""
        with self._lock:
            return next((chat for chat, who in self._with.items() if who == person), None)

    def learn(self, chat: str, person: str = "") -> None:
        """There is such a chat, with this person if one is named."""
        with self._lock:
            if self._with.get(chat) == person or (not person and chat in self._with):
                return
            self._with.pop(chat, None)
            self._with[chat] = person
            self._with = dict(list(self._with.items())[-MOST:])
            kept = json.dumps(self._with)
        self._facts.remember(KEPT, kept)


def _read(kept: str) -> dict[str, str]:
    found: Any = json.loads(kept) if kept else {}
    return {str(chat): str(person) for chat, person in found.items()}


class Forgetful:
    """Facts where none are kept: they last as long as the process."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    def fact(self, key: str) -> str:
        return self._held.get(key, "")

    def remember(self, key: str, value: str) -> None:
        self._held[key] = value
