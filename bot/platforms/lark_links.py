"""Addresses that open a chat of Lark's, and the message that one of Vigil's own names; pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Lark opens the chat and passes over what it does not know: the message's id is there for Vigil.
_LINK = re.compile(r"/client/chat/open\?openChatId=(?P<chat>oc_[\w-]{1,64})&openMessageId=(?P<message>om_[\w-]{1,64})")


def home(domain: str) -> str:
    """What addresses of the tenant's own chats begin with; `domain` is that of the OpenAPI."""
    parts = urlsplit(domain)
    host = f"applink.{parts.netloc.removeprefix('open.')}" if parts.netloc.startswith("open.") else parts.netloc
    return f"{parts.scheme}://{host}/client/chat/open?"


def link(domain: str, chat: str, message: str) -> str:
    return f"{home(domain)}openChatId={chat}&openMessageId={message}"


def linked(text: str, domain: str) -> tuple[str, str] | None:
    """(chat, message) of the first such address in a text."""
    host = home(domain).partition("/client/")[0]
    found = next((one for one in _LINK.finditer(text) if text[: one.start()].endswith(host)), None)
    return (found["chat"], found["message"]) if found else None
