"""Turns frozen dataclasses into JSON schemas, and a model's JSON back into them, strictly (only importer of pydantic)."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.llm.base import T


class Misfit(ValueError):
    """JSON that does not fit the shape; the message names fields and never repeats what stood in them."""


def schema_of(shape: type[Any]) -> dict[str, Any]:
    """The JSON schema of a dataclass of plain fields and tuples."""
    return dict(TypeAdapter(shape).json_schema())


def fitted(shape: type[T], text: str) -> T:
    """The value that a JSON text holds, its texts as they stood before `shown` escaped them; raises Misfit."""
    try:
        value: T = TypeAdapter(shape).validate_json(
            json.dumps(_plain(json.loads(text, parse_constant=_refused))), strict=True
        )
    except ValidationError as wrong:
        fields = ", ".join(sorted({".".join(map(str, error["loc"])) or "the whole" for error in wrong.errors()})[:5])
        raise Misfit(f"{shape.__name__} does not fit in: {fields}") from None
    except (ValueError, RecursionError):
        raise Misfit(f"no JSON for {shape.__name__}") from None
    return value


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def shown(text: str) -> str:
    """The text without angle brackets of its own, so that nothing in it can end or open a data element."""
    return text.encode("utf-8", "replace").decode().replace("<", "&lt;").replace(">", "&gt;")


def _plain(value: Any) -> Any:
    """What was escaped for the model is itself again where the model quotes it."""
    if isinstance(value, str):
        return value.replace("&lt;", "<").replace("&gt;", ">").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value
