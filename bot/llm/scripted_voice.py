"""A Voice without any model or network: scripted rules asked in this process, with tokens roughly counted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from bot.config import LLM
from bot.llm.answer import Unusable, Usage, read
from bot.llm.base import Ask, Call, Reply, Speechless, T
from bot.llm.request import body_of
from bot.llm.scripted import Rule, plausible
from bot.llm.scripted_request import Said, asked_of, tokens_of

NAME = "scripted"


class Scripted:
    """Writes each Ask as the request that Claude would be sent, and reads a rule's answer as Claude's would be read.

    Nothing is cached: `read` counts the whole request. Prices are those of the configured model.
    """

    def __init__(
        self, settings: LLM | None = None, rule: Rule = plausible, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._rule, self._clock = settings or LLM(), rule, clock

    def ask(self, ask: Ask[T]) -> Reply[T]:
        """The rule's answer; raises Speechless where it does not fit."""
        begun, model = self._clock(), self._settings.models.get(ask.task, self._settings.model)
        body = body_of(ask, model)
        said = self._rule(asked_of(body))
        used = Usage(read=request_tokens(body), written=written_tokens(said))
        cost = used.cost(self._settings.prices.get(model, ()))
        message = {"stop_reason": "end_turn", "content": content_of(said, len(ask.steps))}

        def call(failure: str = "") -> Call:
            return Call(ask.task, f"{NAME} for {model}", ask.prompt.version, used.read, 0, 0, used.written,
                        self._clock() - begun, cost, failure)  # fmt: skip

        try:
            found = read(ask, message)
        except Unusable as unusable:
            raise Speechless(unusable.why, str(unusable), call(unusable.why)) from None
        return Reply(found.value, call(), found.uses, message["content"] if found.uses else None)


def content_of(said: Said, round_number: int = 0) -> list[dict[str, Any]]:
    """What was said as the content of a message: a thought first, as models of today give one, then text or calls."""
    blocks: list[dict[str, Any]] = []
    if said.thought:
        blocks.append({"type": "thinking", "thinking": said.thought, "signature": "c2NyaXB0ZWQ="})
    if said.text:
        blocks.append({"type": "text", "text": said.text})
    for number, (name, taken) in enumerate(said.uses):
        blocks.append({"type": "tool_use", "id": f"toolu_{round_number}_{number}", "name": name, "input": dict(taken)})
    return blocks


def request_tokens(body: dict[str, Any]) -> int:
    """Roughly the tokens that a request is read as: instructions, data, tools and shape."""
    parts = [body.get(name) for name in ("system", "messages", "tools", "output_config") if body.get(name)]
    return sum(tokens_of(json.dumps(part, ensure_ascii=False)) for part in parts)


def written_tokens(said: Said) -> int:
    """Roughly the tokens that an answer costs, its thought with it."""
    return tokens_of(said.text + said.thought + (json.dumps(said.uses, ensure_ascii=False) if said.uses else ""))
