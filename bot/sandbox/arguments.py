"""The arguments of one Web API call, read as Slack reads them: form fields, query or JSON, all alike."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from bot.sandbox.models import Json, Refused

T = TypeVar("T")


class Args:
    """Typed readers over the raw arguments; each raises Refused as Slack would."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw

    def has(self, name: str) -> bool:
        return self.raw.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """An optional string."""
        value = self.raw.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """A required string; raises Refused("invalid_arguments")."""
        if not self.has(name):
            message = f"[ERROR] missing required field: {name}"
            raise Refused("invalid_arguments", response_metadata={"messages": [message]})
        return str(self.raw[name])

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int, high: int) -> int:
        """A whole number from 1 to `high`; higher ones are cut to `high`, as Slack does."""
        value = self.text(name, str(default)) or str(default)
        try:
            number = int(float(value))
        except ValueError as error:
            raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name}"]}) from error
        if number < 1:
            raise Refused("invalid_limit")
        return min(number, high)

    def words(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list (or a JSON list)."""
        value: Any = self.raw.get(name, default)
        if isinstance(value, list):
            return [str(item) for item in value]
        return [word.strip() for word in str(value or "").split(",") if word.strip()]

    def page(self, items: Sequence[T], default: int = 100, high: int = 1000) -> tuple[list[T], str]:
        """The page of `items` that limit and cursor ask for, and the next cursor ("" at the end)."""
        start = int(read_cursor(self.text("cursor"), "offset") or "0")
        size = self.number("limit", default, high) if self.has("limit") and self.text("limit") != "0" else default
        end = start + size
        return list(items[start:end]), make_cursor("offset", str(end)) if end < len(items) else ""


def json_object(text: str) -> Json:
    """The object in a JSON body; raises Refused("invalid_json" or "json_not_object")."""
    try:
        body = json.loads(text or "{}")
    except ValueError as error:
        raise Refused("invalid_json") from error
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return body


def make_cursor(kind: str, value: str) -> str:
    return base64.b64encode(f"{kind}:{value}".encode()).decode()


def read_cursor(cursor: str, kind: str) -> str:
    """The value in a cursor of that kind ("" for no cursor); raises Refused("invalid_cursor")."""
    if not cursor:
        return ""
    try:
        found, _, value = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused("invalid_cursor") from error
    if found != kind or (kind == "offset" and not value.isdigit()):
        raise Refused("invalid_cursor")
    return value


def with_cursor(reply: Json, cursor: str) -> Json:
    return {**reply, "response_metadata": {"next_cursor": cursor}}
