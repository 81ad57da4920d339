"""Reads fields out of payloads that may hold anything at all; what is missing or of another type reads as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Any]
NOTHING: Table = {}


def clean(value: str) -> str:
    """Text that every store and encoder takes: no NUL characters, no lone surrogates."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def text(of: Table, key: str) -> str:
    value = of.get(key)
    return clean(value) if isinstance(value, str) else ""


def table(of: Table, key: str) -> Table:
    value = of.get(key)
    return value if isinstance(value, Mapping) else NOTHING


def rows(of: Table, key: str) -> list[Table]:
    value = of.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
