"""What a Messages endpoint refuses before any model is asked, in the real envelope."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bot.sandbox import Sandbox

GOOD: dict[str, Any] = {
    "model": "claude-haiku-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Is anybody there?"}],
}  # fmt: skip
HEADERS = {"Authorization": "Bearer a-key", "anthropic-version": "2026-10-21", "Content-Type": "application/json"}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "u1", "name": "x", "input": {}}]}
MARKED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}


def post(box: Sandbox, body: Any, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urlopen(Request(f"{box.url}/v1/messages", raw, HEADERS if headers is None else headers)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal) | {"header": refusal.headers["request-id"]}


def refused(box: Sandbox, body: Any, headers: dict[str, str] | None = None) -> tuple[int, str, str]:
    status, answer = post(box, body, headers)
    assert answer["type"] == "error"
    assert answer["request_id"] == answer["header"]
    return status, answer["error"]["type"], answer["error"]["message"]


def test_a_good_request_is_answered(box: Sandbox) -> None:
    assert post(box, GOOD)[0] == 200
    assert box.llm.requests[0].key == "a-key"
    assert "authorization" not in box.llm.requests[0].headers


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"model": None}, "model: Field required"),
        ({"messages": []}, "messages: Field required"),
        ({"messages": "hello"}, "messages"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"temperature": 0.2}, "temperature"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"thinking": {"type": "disabled"}}, "thinking"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": []}]}, "at least one block"),
        ({"messages": [{"role": "user", "content": [{"type": "sound"}]}]}, "unknown block"),
        ({"messages": [*GOOD["messages"], {"role": "assistant", "content": "I"}]}, "prefill"),
        ({"messages": [*GOOD["messages"], CALL, {"role": "user", "content": "so?"}]}, "tool_result"),
        ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "tools.0.name"),
        ({"tools": [{"name": "a", "input_schema": {}}]}, "input_schema"),
        ({"tools": [{"name": "a", "input_schema": {"type": "object"}}] * 2}, "unique"),
        ({"output_config": {"effort": "huge"}}, "effort"),
        ({"output_config": {"format": {"type": "xml"}}}, "json_schema"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, "additionalProperties"),
        ({"system": [MARKED] * 5}, "maximum of 4"),
    ],
)
def test_what_is_wrong_with_a_request(box: Sandbox, change: dict[str, Any], part: str) -> None:
    status, kind, message = refused(box, GOOD | change)
    assert (status, kind) == (400, "invalid_request_error")
    assert part in message


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_request_at_all(box: Sandbox, raw: bytes) -> None:
    assert refused(box, raw or b" ")[:2] == (400, "invalid_request_error")


def test_keys_versions_models_and_size(box: Sandbox) -> None:
    box.llm.refused_keys, box.llm.forbidden_keys = frozenset({"old"}), frozenset({"poor"})
    assert refused(box, GOOD, {**HEADERS, "Authorization": ""})[:2] == (401, "authentication_error")
    assert refused(box, GOOD, {**HEADERS, "Authorization": "Bearer old"})[:2] == (401, "authentication_error")
    assert refused(box, GOOD, {**HEADERS, "Authorization": "Bearer poor"})[:2] == (403, "permission_error")
    assert refused(box, GOOD, {**HEADERS, "anthropic-version": ""})[0] == 400
    assert refused(box, GOOD, {**HEADERS, "Content-Type": "text/plain"})[0] == 400
    assert refused(box, {**GOOD, "model": "gpt"}) == (404, "not_found_error", "model: gpt")
    assert refused(box, {**GOOD, "system": "x" * 32_000_000})[:2] == (413, "request_too_large")
    assert post(box, GOOD, {**HEADERS, "Authorization": "", "x-api-key": "other"})[0] == 200
