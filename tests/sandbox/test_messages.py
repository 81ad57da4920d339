"""The sandbox's model speaks the Messages protocol to the stock SDK: typed answers, tools, streams, usage, counting, errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx2
import pytest

from bot.llm.scripted_request import Said
from bot.sandbox import (
    Broken,
    Cut,
    Declined,
    Empty,
    Garbage,
    OffShape,
    Overloaded,
    RateLimit,
    Sandbox,
    ServerError,
    Truncated,
    WrongTool,
)

MODEL = "claude-sonnet-5-5"
LONG = "The gateway restarts when its certificate is renewed. " * 120


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    good: bool


@pytest.fixture
def claude(box: Sandbox) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="a-key", base_url=box.url, max_retries=0) as client:
        yield client


def question(text: str = "Why does the gateway restart?", **more: Any) -> dict[str, Any]:
    content = f'<data name="thread">\n[t1] asker, 10:02: {text}\n</data>'
    return {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": content}], **more}


def test_a_typed_answer(claude: anthropic.Anthropic) -> None:
    message = claude.messages.parse(**question(), output_format=Note)
    assert message.parsed_output == Note("Why does the gateway restart?", True)
    assert (message.stop_reason, message.role, message.model) == ("end_turn", "assistant", MODEL)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.usage.input_tokens > 20
    assert message.usage.output_tokens > 5
    assert message._request_id == "req_000001"


def test_a_tool_is_called_and_its_finding_answered(claude: anthropic.Anthropic) -> None:
    schema = {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]}
    tools = [{"name": "search_knowledge", "description": "Searches.", "input_schema": schema}]
    first = claude.messages.create(**question(tools=tools))
    assert first.stop_reason == "tool_use"
    call = next(block for block in first.content if block.type == "tool_use")
    assert "gateway" in call.input["words"]
    found = '<data name="search_knowledge">\n[e4] The gateway may restart when its certificate is renewed.\n</data>'
    messages = [
        *question()["messages"],
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": found}]},
    ]
    second = claude.messages.parse(
        model=MODEL, max_tokens=500, messages=messages, tools=tools, output_format=Note,
        system="(prompt converse-1)",
    )  # fmt: skip
    assert second.parsed_output == Note("The gateway may restart when its certificate is renewed.", True)


def test_a_stream_says_the_same_as_the_whole(claude: anthropic.Anthropic) -> None:
    whole = claude.messages.parse(**question(), output_format=Note)
    with claude.messages.stream(**question(), output_format=Note) as stream:
        kinds = [event.type for event in stream]
        message = stream.get_final_message()
    assert message.parsed_output == whole.parsed_output
    assert message.usage.output_tokens == whole.usage.output_tokens
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
    assert {"content_block_start", "content_block_delta", "content_block_stop", "message_delta"} <= set(kinds)


def test_a_tool_call_is_streamed_too(box: Sandbox, claude: anthropic.Anthropic) -> None:
    box.llm.rule = lambda asked: Said(uses=(("search", {"words": "größe " * 20, "most": 3}),))
    schema = {"type": "object", "properties": {}}
    with claude.messages.stream(**question(tools=[{"name": "search", "input_schema": schema}])) as stream:
        message = stream.get_final_message()
    assert message.content[0].type == "tool_use"
    assert message.content[0].input == {"words": "größe " * 20, "most": 3}


def test_streams_that_do_not_end_well(box: Sandbox, claude: anthropic.Anthropic) -> None:
    for fault, error in ((Cut(), httpx2.HTTPError), (Broken(), anthropic.APIStatusError)):
        box.faults.next("messages", fault)
        with pytest.raises(error), claude.messages.stream(**question()) as stream:
            stream.get_final_message()


def test_repeated_beginnings_are_read_from_the_cache_if_they_are_marked_and_long(
    box: Sandbox, claude: anthropic.Anthropic
) -> None:
    now = 0.0
    box.llm.kept._clock = lambda: now
    marked = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]

    def usage(**more: Any) -> tuple[int, int]:
        used = claude.messages.create(**question(**more)).usage
        return used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0

    kept, read = usage(system=marked)
    assert (kept > 1500, read) == (True, 0)
    assert usage(system=marked) == (0, kept)
    assert usage(system=marked, model="claude-opus-5-5") == (kept, 0), "each model has its own"
    assert usage(system=LONG) == (0, 0), "not marked"
    assert usage(system=[{**marked[0], "text": "short"}]) == (0, 0), "too short"
    now = 301.0
    assert usage(system=marked) == (kept, 0), "forgotten after five minutes"


def test_counting_tokens(box: Sandbox, claude: anthropic.Anthropic) -> None:
    asked = {key: value for key, value in question(system=LONG).items() if key != "max_tokens"}
    counted = claude.messages.count_tokens(**asked).input_tokens
    used = claude.messages.create(**asked, max_tokens=100).usage.input_tokens
    assert abs(counted - used) < 10
    assert [request.path for request in box.llm.requests] == ["/v1/messages/count_tokens", "/v1/messages"]


@pytest.mark.parametrize(
    ("fault", "error", "after"),
    [
        (Overloaded(), anthropic.OverloadedError, None),
        (Overloaded(3), anthropic.OverloadedError, "3"),
        (RateLimit(7), anthropic.RateLimitError, "7"),
        (ServerError(500), anthropic.InternalServerError, None),
        (Cut(), anthropic.APIConnectionError, None),
    ],
)
def test_errors_are_the_sdks_own(
    box: Sandbox, claude: anthropic.Anthropic, fault: Any, error: type[anthropic.APIError], after: str | None
) -> None:
    box.faults.next("messages", fault)
    with pytest.raises(error) as caught:
        claude.messages.create(**question())
    if isinstance(caught.value, anthropic.APIStatusError):
        assert caught.value.request_id == "req_000001"
        assert caught.value.type in ("overloaded_error", "rate_limit_error", "api_error")
        assert caught.value.response.headers.get("retry-after") == after
    assert claude.messages.create(**question()).stop_reason == "end_turn", "the fault struck once"


def test_answers_that_are_none(box: Sandbox, claude: anthropic.Anthropic) -> None:
    for fault, reason in (
        (Truncated(), "max_tokens"),
        (Declined(), "refusal"),
        (WrongTool(), "tool_use"),
        (Empty(), "end_turn"),
    ):
        box.faults.next("messages", fault)
        assert claude.messages.create(**question()).stop_reason == reason
    for fault in (OffShape(), Garbage()):
        box.faults.next("messages", fault)
        with pytest.raises((ValueError, anthropic.APIError)):
            claude.messages.parse(**question(), output_format=Note)


def test_an_answer_is_as_long_as_it_may_be_and_no_longer(box: Sandbox, claude: anthropic.Anthropic) -> None:
    box.llm.rule = lambda asked: Said("word " * 200)
    message = claude.messages.create(**question(max_tokens=20))
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 20)


def test_a_fault_for_one_task_leaves_the_others_alone(box: Sandbox, claude: anthropic.Anthropic) -> None:
    box.faults.next("messages.judge", Overloaded())
    box.faults.next("*", Overloaded())
    assert claude.messages.create(**question(system="(prompt compose-1)")).stop_reason == "end_turn"
    with pytest.raises(anthropic.OverloadedError):
        claude.messages.create(**question(system="(prompt judge-3)"))
    assert [request.task for request in box.llm.requests] == ["compose", "judge"]
