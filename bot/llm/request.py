"""Writes an Ask as the body of a Messages request: what is stable first and marked for the cache, what is read as data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from bot.llm.base import Ask, Data, Step, Tool
from bot.llm.shapes import schema_of, shown

Json = dict[str, Any]
Schema = Callable[[Json], Json]
KEPT: Mapping[str, str] = {"type": "ephemeral"}


def body_of(
    ask: Ask[Any], model: str, thinking: int = 0, effort: str = "", allowed: Schema = dict, spelled: bool = False
) -> Json:
    """The request as plain JSON values. `thinking` tokens are added to what the answer may have, since models of today
    think before they answer and both count; `effort` "" is not sent; `allowed` makes a schema what the API takes;
    `spelled` names the schema in the prompt too, for servers that do not hold a model to it.
    """
    schema = allowed(schema_of(ask.shape))
    config: Json = {"format": {"type": "json_schema", "schema": schema}}
    body: Json = {
        "model": model,
        "max_tokens": ask.most + thinking,
        "system": [_marked({"type": "text", "text": _system(ask, schema if spelled else {})})],
        "messages": list(_messages(ask)),
        "output_config": config | ({"effort": effort} if effort else {}),
    }
    if ask.tools:
        body["tools"] = [_tool(tool, allowed) for tool in ask.tools]
    return body


def _system(ask: Ask[Any], schema: Json) -> str:
    text = f"{ask.prompt.text}\n\n(prompt {ask.prompt.version})"
    return (
        f"{text}\n\nAnswer with one JSON object that fits this schema, and nothing else:\n{json.dumps(schema)}"
        if schema
        else text
    )


def element(name: str, text: str) -> str:
    """Text from outside as an element that nothing in it, and nothing in its name, can leave."""
    name = shown(" ".join(name.split())).replace('"', "&quot;")
    return f'<data name="{name}">\n{shown(text)}\n</data>'


def _messages(ask: Ask[Any]) -> Iterator[Json]:
    blocks = [_text(data) for data in (*ask.stable, *ask.data)]
    if ask.stable:
        _marked(blocks[len(ask.stable) - 1])
    yield {"role": "user", "content": blocks or [{"type": "text", "text": "(no data)"}]}
    for number, step in enumerate(ask.steps, 1):
        yield {"role": "assistant", "content": step.raw or [_use(use.id, use.tool, use.takes) for use in step.uses]}
        yield {"role": "user", "content": _findings(step, last=number == len(ask.steps))}


def _findings(step: Step, last: bool) -> list[Json]:
    """What look-ups found is as untrusted as any data; the last of it is marked, so that the next round reads it cached."""
    blocks: list[Json] = [
        {"type": "tool_result", "tool_use_id": use.id, "content": [{"type": "text", "text": element(use.tool, found)}]}
        for use, found in zip(step.uses, step.found, strict=True)
    ]
    if last and blocks:
        _marked(blocks[-1])
    return blocks


def _text(data: Data) -> Json:
    return {"type": "text", "text": element(data.name, data.text)}


def _use(use_id: str, tool: str, takes: Any) -> Json:
    return {"type": "tool_use", "id": use_id, "name": tool, "input": json.loads(json.dumps(asdict(takes)))}


def _tool(tool: Tool, allowed: Schema) -> Json:
    return {"name": tool.name, "description": tool.says, "input_schema": allowed(schema_of(tool.takes))}


def _marked(block: Json) -> Json:
    block["cache_control"] = dict(KEPT)
    return block
