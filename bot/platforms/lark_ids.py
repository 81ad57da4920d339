"""Lark's own names for chats and messages, and Vigil's ids made of them; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.models import VigilError

NATIVE = re.compile(r"[A-Za-z0-9_\-]{1,128}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Vigil is in one tenant: the tenant's key, the app's id and the open id of its bot."""

    tenant: str
    app: str
    bot: str


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of an id: tenant, chat and, for a turn, its message id ("" for a chat)."""

    tenant: str
    chat: str
    message: str = ""


def channel_id(tenant: str, chat: str) -> str:
    return f"lark:{tenant}:{chat}"


def turn_id(tenant: str, chat: str, message: str) -> str:
    return f"lark:{tenant}:{chat}:{message}"


def place(known: str) -> Place:
    """The parts of a chat's or turn's id; raises VigilError when it is none of Lark's."""
    platform, *parts = known.split(":")
    if platform != "lark" or len(parts) not in (2, 3) or not all(NATIVE.fullmatch(part) for part in parts):
        raise VigilError(f"{known!r} is no place in Lark")
    return Place(*parts)
