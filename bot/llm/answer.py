"""Reads what a Messages endpoint sent back: tokens, and a typed value or look-ups, or the one word why there is neither."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic

from bot.llm.base import Ask, T, Use
from bot.llm.shapes import Misfit, fitted

CUT = ("max_tokens", "model_context_window_exceeded")
MOST_TOKENS = 10**9
"""What a request may be said to have used: beyond it is nonsense, which would overflow whoever adds it up."""


class Unusable(Exception):
    """The answer cannot be used; `why` is refused, cut or garbled."""

    def __init__(self, why: str, what: str) -> None:
        super().__init__(what)
        self.why = why


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request: read, read from the cache, put into the cache, written."""

    read: int = 0
    cached: int = 0
    kept: int = 0
    written: int = 0

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.read + other.read, self.cached + other.cached, self.kept + other.kept, self.written + other.written
        )

    def cost(self, price: tuple[float, ...]) -> float:
        """Money, by prices (read, cached, kept, written) for a million tokens each; 0 where there are none."""
        counts = (self.read, self.cached, self.kept, self.written)
        return sum(count * each for count, each in zip(counts, price, strict=False)) / 1_000_000


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a message holds: the value, or the look-ups that are wanted before it."""

    value: T | None
    uses: tuple[Use, ...] = ()


def message_of(body: bytes) -> Mapping[str, Any]:
    """The message in a response's body; raises Unusable("garbled") when it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unusable("garbled", "the answer is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("content"), list):
        raise Unusable("garbled", "the answer is not a message")
    return found


def usage_of(message: Mapping[str, Any]) -> Usage:
    """What the endpoint says it counted; 0 for what it does not say, or not as a number."""
    usage = message.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    return Usage(*(min(max(0, count), MOST_TOKENS) if type(count := counts.get(name)) is int else 0 for name in names))


def read(ask: Ask[T], message: Mapping[str, Any]) -> Found[T]:
    """What the model answers; raises Unusable."""
    reason = message.get("stop_reason")
    if reason == "refusal":
        raise Unusable("refused", "the model refused to answer")
    if reason in CUT:
        raise Unusable("cut", "the answer was cut off, at as many tokens as it may have")
    blocks = [block for block in message["content"] if isinstance(block, dict)]
    wanted = [block for block in blocks if block.get("type") == "tool_use"]
    try:
        if wanted or reason == "tool_use":
            return Found(None, _uses(ask, wanted))
        return Found(fitted(ask.shape, _text(blocks)))
    except Misfit as misfit:
        raise Unusable("garbled", str(misfit)) from None


def _text(blocks: list[dict[str, Any]]) -> str:
    """The words of the answer; what the model thought before them stands in blocks of another type."""
    text = "".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text").strip()
    if text.startswith("```") and text.endswith("```"):  # a habit of models whose server does not hold them to a schema
        text = text.removeprefix("```json").strip("`").strip()
    return text


def _uses(ask: Ask[Any], wanted: list[dict[str, Any]]) -> tuple[Use, ...]:
    tools = {tool.name: tool for tool in ask.tools}
    uses = []
    for block in wanted:
        tool = tools.get(str(block.get("name")))
        if tool is None or not isinstance(block.get("id"), str) or not block["id"]:
            raise Unusable("garbled", "the model called a tool that it was not given")
        uses.append(Use(block["id"], tool.name, fitted(tool.takes, json.dumps(block.get("input")))))
    if not uses or len({use.id for use in uses}) < len(uses):
        raise Unusable("garbled", "the model's look-ups cannot be told apart")
    return tuple(uses)
