"""Reads fields out of Lark's payloads, which may hold anything at all; what is missing or of another type reads as empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.platforms.lark_ids import NATIVE

Table = Mapping[str, Any]
_NOTHING: Table = {}


def clean(value: str) -> str:
    """Text that every store and encoder takes: no NUL characters, no lone surrogates."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def text(of: Table, key: str) -> str:
    value = of.get(key)
    return clean(value) if isinstance(value, str) else ""


def table(of: Table, key: str) -> Table:
    value = of.get(key)
    return value if isinstance(value, Mapping) else _NOTHING


def rows(of: Table, key: str) -> list[Table]:
    value = of.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def native(of: Table, key: str) -> str:
    """An id in Lark's own form, "" for anything that could not be one."""
    value = text(of, key)
    return value if NATIVE.fullmatch(value) else ""


def parsed(content: str | bytes) -> Table:
    """The object that a JSON text holds, an empty one for anything else."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return _NOTHING
    return value if isinstance(value, dict) else _NOTHING


def seconds(of: Table, key: str) -> float:
    """A time that Lark writes as a string of milliseconds, in epoch seconds; 0 when there is none."""
    value = of.get(key)
    digits = value if isinstance(value, str) else str(value) if type(value) is int else ""
    return int(digits) / 1000 if digits.isascii() and digits.isdigit() and len(digits) < 17 else 0.0
