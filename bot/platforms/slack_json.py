"""Reads what only Slack's payloads hold; what is missing or of another type reads as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.platforms.chat_fields import Table, text
from bot.platforms.slack_ids import NATIVE, STAMP

Answer = tuple[Table, Mapping[str, Any]]
"""What a call is answered with: the body, and the headers."""


def native(of: Table, key: str) -> str:
    """An id in Slack's own form, "" for anything that could not be one."""
    value = text(of, key)
    return value if NATIVE.fullmatch(value) else ""


def stamp(of: Table, key: str) -> str:
    """A timestamp in Slack's own form, "" for anything else."""
    value = text(of, key)
    return value if STAMP.fullmatch(value) else ""
