"""A message as the server-sent events in which it is streamed."""

import json
from collections.abc import Iterator

from bot.sandbox.models import Json

PIECE = 24
"""Characters of one delta."""


def events_of(message: Json) -> Iterator[bytes]:
    """Each event as it goes over the wire, in order."""
    usage = message["usage"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield _event("message_start", message=begun)
    yield _event("ping")
    for index, block in enumerate(message["content"]):
        empty, deltas = _deltas(block)
        yield _event("content_block_start", index=index, content_block=empty)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ended, usage={"output_tokens": usage["output_tokens"]})
    yield _event("message_stop")


def error_event(error: Json) -> bytes:
    """An error that comes when the stream has begun already."""
    return f"event: error\ndata: {json.dumps(error)}\n\n".encode()


def _deltas(block: Json) -> tuple[Json, list[Json]]:
    """How a block begins, and what is added to it piece by piece."""
    match block["type"]:
        case "text":
            return {**block, "text": ""}, [{"type": "text_delta", "text": part} for part in _pieces(block["text"])]
        case "tool_use":
            parts = _pieces(json.dumps(block["input"], ensure_ascii=False))
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]
        case _:
            thought: list[Json] = [{"type": "thinking_delta", "thinking": part} for part in _pieces(block["thinking"])]
            signed = {"type": "signature_delta", "signature": block["signature"]}
            return {**block, "thinking": "", "signature": ""}, [*thought, signed]


def _pieces(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def _event(name: str, **fields: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()
