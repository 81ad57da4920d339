"""Reads fields out of payloads that may hold anything at all; what is missing or of another type reads as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.platforms.slack_ids import NATIVE, STAMP

Table = Mapping[str, Any]
Answer = tuple[Table, Mapping[str, Any]]
"""What a call is answered with: the body, and the headers."""
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
    """An id in Slack's own form, "" for anything that could not be one."""
    value = text(of, key)
    return value if NATIVE.fullmatch(value) else ""


def stamp(of: Table, key: str) -> str:
    """A timestamp in Slack's own form, "" for anything else."""
    value = text(of, key)
    return value if STAMP.fullmatch(value) else ""
