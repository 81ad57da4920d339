"""The checks that a Messages endpoint makes before any model sees a request, in its own words and error types."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.models import Json, SandboxError

VERSIONS = re.compile(r"20\d\d-\d\d-\d\d")
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
FIELDS = frozenset(
    ("model", "max_tokens", "messages", "system", "tools", "tool_choice", "stream", "metadata", "stop_sequences",
     "output_config", "thinking", "cache_control", "service_tier", "container", "diagnostics", "inference_geo", "speed")
)  # fmt: skip
COUNTED = FIELDS - {"max_tokens", "stream", "metadata", "stop_sequences", "service_tier"}
SAMPLING = ("temperature", "top_p", "top_k")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
BLOCKS = {
    "user": {"text": "text", "tool_result": "tool_use_id"},
    "assistant": {"text": "text", "tool_use": "id", "thinking": "signature", "redacted_thinking": "data"},
}
MOST_MARKS = 4
LARGEST = 32_000_000


class ApiError(SandboxError):
    """A request is refused: the status, the error's type and its message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


def invalid(message: str) -> ApiError:
    return ApiError(400, "invalid_request_error", message)


def check_headers(headers: Mapping[str, str], refused: frozenset[str], forbidden: frozenset[str]) -> None:
    """Key and version; `headers` by lower-case name. Any key will do that is neither refused nor forbidden."""
    key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not key or key in refused:
        raise ApiError(401, "authentication_error", "invalid x-api-key")
    if key in forbidden:
        raise ApiError(403, "permission_error", "Your API key does not have permission to use the specified resource.")
    if not VERSIONS.fullmatch(headers.get("anthropic-version", "")):
        raise invalid("anthropic-version: header is required")
    if not headers.get("content-type", "").startswith("application/json"):
        raise invalid("content-type: must be application/json")


def body_of(raw: bytes, models: frozenset[str], counting: bool = False) -> Json:
    """The request as JSON values; raises ApiError for the first thing that is wrong with it."""
    if len(raw) > LARGEST:
        raise ApiError(413, "request_too_large", "Request exceeds the maximum size")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise invalid("The request body must be an object")
    _check_fields(body, COUNTED if counting else FIELDS)
    if body["model"] not in models:
        raise ApiError(404, "not_found_error", f"model: {body['model']}")
    if not counting and (type(body.get("max_tokens")) is not int or body["max_tokens"] < 1):
        raise invalid("max_tokens: Field required" if "max_tokens" not in body else "max_tokens: must be at least 1")
    _check_messages(body["messages"])
    _check_tools(body)
    _check_output(body)
    if sum(1 for _ in marks(body)) > MOST_MARKS:
        raise invalid(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided.")
    return body


def _check_fields(body: Json, known: frozenset[str]) -> None:
    for name in ("model", "messages"):
        if not body.get(name):
            raise invalid(f"{name}: Field required")
    for name in body:
        if name in SAMPLING:
            raise invalid(f"{name}: not supported by this model")
        if name not in known:
            raise invalid(f"{name}: Extra inputs are not permitted")
    if (body.get("thinking") or {}).get("type") in ("enabled", "disabled"):
        raise invalid("thinking.type: not supported by this model")
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        raise invalid("tool_choice: forced use is not supported with thinking")


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise invalid("messages: Input should be a valid list")
    called: set[str] = set()
    for number, message in enumerate(messages):
        role, where = message.get("role"), f"messages.{number}"
        if role not in BLOCKS or (number == 0 and role != "user"):
            raise invalid(f"{where}.role: unexpected role {role!r}")
        blocks = content(message.get("content"), where)
        for place, block in enumerate(blocks):
            wanted = BLOCKS[role].get(str(block.get("type")))
            if wanted is None or not block.get(wanted):
                raise invalid(f"{where}.content.{place}: {'must be non-empty' if wanted else 'unknown block'}")
        answered = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if answered != called:
            raise invalid(f"{where}: each `tool_use` block must have a corresponding `tool_result` block in the next")
        called = {block["id"] for block in blocks if block["type"] == "tool_use"}
    if messages[-1]["role"] != "user":
        raise invalid("This model does not support assistant message prefill.")


def content(value: Any, where: str) -> list[Json]:
    """The blocks of a message's content, which may be a plain text."""
    blocks = [{"type": "text", "text": value}] if isinstance(value, str) else value
    if not isinstance(blocks, list) or not blocks or not all(isinstance(block, dict) for block in blocks):
        raise invalid(f"{where}.content: at least one block is required")
    return blocks


def _check_tools(body: Json) -> None:
    names = []
    for number, tool in enumerate(body.get("tools") or ()):
        if not TOOL_NAME.fullmatch(str(tool.get("name"))):
            raise invalid(f"tools.{number}.name: String should match pattern '{TOOL_NAME.pattern}'")
        if (tool.get("input_schema") or {}).get("type") != "object":
            raise invalid(f"tools.{number}.input_schema.type: Field required")
        names.append(tool["name"])
    if len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique.")


def _check_output(body: Json) -> None:
    config = body.get("output_config") or {}
    if config.get("effort") not in (None, *EFFORTS):
        raise invalid(f"output_config.effort: Input should be one of {', '.join(EFFORTS)}")
    form = config.get("format")
    if form is None:
        return
    if form.get("type") != "json_schema" or not isinstance(form.get("schema"), dict):
        raise invalid("output_config.format: Input should be a valid json_schema")
    for schema in _schemas(form["schema"]):
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
            raise invalid("output_config.format.schema: For 'object' type, 'additionalProperties' must be false")


def _schemas(schema: Any) -> Iterator[Json]:
    """A schema and every schema in it."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _schemas(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _schemas(item)


def marks(body: Json) -> Iterator[Json]:
    """The blocks that are marked for the cache, in the order in which a model reads them."""
    for part in blocks_in_order(body):
        if part.get("cache_control"):
            yield part


def blocks_in_order(body: Json) -> Iterator[Json]:
    """Everything that a model reads: tools, then system, then messages."""
    yield from body.get("tools") or ()
    if body.get("system"):
        yield from content(body["system"], "system")
    for message in body["messages"]:
        yield from content(message["content"], "messages")
