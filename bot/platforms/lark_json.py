"""Reads what only Lark's payloads hold; what is missing or of another type reads as empty."""

from __future__ import annotations

import json

from bot.platforms.chat_fields import NOTHING, Table, text
from bot.platforms.lark_ids import NATIVE


def native(of: Table, key: str) -> str:
    """An id in Lark's own form, "" for anything that could not be one."""
    value = text(of, key)
    return value if NATIVE.fullmatch(value) else ""


def parsed(content: str | bytes) -> Table:
    """The object that a JSON text holds, an empty one for anything else."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return NOTHING
    return value if isinstance(value, dict) else NOTHING


def seconds(of: Table, key: str) -> float:
    """A time that Lark writes as a string of milliseconds, in epoch seconds; 0 when there is none."""
    value = of.get(key)
    digits = value if isinstance(value, str) else str(value) if type(value) is int else ""
    return int(digits) / 1000 if digits.isascii() and digits.isdigit() and len(digits) < 17 else 0.0
