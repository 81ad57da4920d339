"""What comes back is read strictly: a value of the shape, look-ups that were offered, or the one word why neither."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from bot.llm.answer import Unusable, Usage, message_of, read, usage_of
from bot.llm.base import Ask, Prompt, Task
from tests.llm.asks import SEARCH, Answer, Part, Words, ask

GOOD = {"parts": [{"text": "Raise it.", "hits": ["h1"]}], "enough": True, "missing": ""}


def message(text: object, reason: str = "end_turn", *more: dict[str, Any]) -> dict[str, Any]:
    said = text if isinstance(text, str) else json.dumps(text)
    return {"content": [{"type": "text", "text": said}, *more], "stop_reason": reason}


def use(name: str = SEARCH.name, taken: object = None, number: str = "u1") -> dict[str, Any]:
    return {"type": "tool_use", "id": number, "name": name, "input": {"words": "exit"} if taken is None else taken}


def why(found: dict[str, Any], tools: bool = False) -> str:
    with pytest.raises(Unusable) as caught:
        read(ask(tools=(SEARCH,) if tools else ()), found)
    assert "Raise" not in str(caught.value)
    return caught.value.why


@pytest.mark.parametrize("fence", ["{}", "```json\n{}\n```", "\n {} \n"])
def test_a_value_of_the_shape(fence: str) -> None:
    found = read(ask(), message(fence.replace("{}", json.dumps(GOOD))))
    assert found.value == Answer((Part("Raise it.", ("h1",)),), True)


def test_thoughts_before_the_answer_are_passed_over() -> None:
    thought = {"type": "thinking", "thinking": '{"enough": false}', "signature": "x"}
    found = message(GOOD)
    found["content"].insert(0, thought)
    assert read(ask(), found).value is not None


def test_what_was_escaped_for_the_model_is_itself_again() -> None:
    said = {**GOOD, "parts": [{"text": "use &lt;name&gt; \ud83d\ude00", "hits": []}]}
    value = read(ask(), message(said)).value
    assert value is not None
    assert value.parts[0].text == "use <name> 😀"


@pytest.mark.parametrize(
    "text",
    ["", "Sure, here you go", "[]", "null", '"x"', '{"parts": [], "enough": "yes"}', '{"parts": [], "enough": 1}',
     '{"enough": true}', '{"parts": [{"text": 1, "hits": []}], "enough": true}', '{"parts": [null], "enough": true}',
     '{"parts": "Raise it.", "enough": true}', '{"parts": [], "enough": true', "[" * 100_000, '{"a":' * 50_000],
)  # fmt: skip
def test_anything_else_is_garbled(text: str) -> None:
    assert why(message(text)) == "garbled"


@pytest.mark.parametrize(
    ("reason", "word"),
    [("refusal", "refused"), ("max_tokens", "cut"), ("model_context_window_exceeded", "cut"), ("tool_use", "garbled")],
)
def test_how_it_stopped_goes_before_what_it_says(reason: str, word: str) -> None:
    assert why(message(GOOD, reason)) == word


def test_look_ups() -> None:
    found = read(
        ask(tools=(SEARCH,)), message("I look.", "tool_use", use(), use(taken={"words": "a", "most": 9}, number="u2"))
    )
    assert found.value is None
    assert [(each.id, each.takes) for each in found.uses] == [("u1", Words("exit")), ("u2", Words("a", 9))]


@pytest.mark.parametrize(
    "blocks",
    [[use("delete_everything")], [use(taken={})], [use(taken={"words": 7})], [use(taken="exit")], [use(taken=[1])],
     [use(number="")], [{"type": "tool_use", "name": SEARCH.name, "input": {"words": "x"}}], [use(), use()], []],
)  # fmt: skip
def test_look_ups_that_were_not_offered_or_do_not_fit(blocks: list[dict[str, Any]]) -> None:
    assert why(message("", "tool_use", *blocks), tools=True) == "garbled"


def test_look_ups_where_none_were_offered() -> None:
    assert why(message(GOOD, "end_turn", use())) == "garbled"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"content": "text"}', b"\xff\xfe", b"[" * 200_000, b"nul"]
)
def test_bodies_that_are_no_message(body: bytes) -> None:
    with pytest.raises(Unusable):
        message_of(body)


def test_usage_is_what_the_endpoint_says_and_never_less_than_nothing() -> None:
    told = {"input_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": None, "output_tokens": -3}
    assert usage_of({"usage": told}) == Usage(5, 90, 0, 0)
    nonsense = usage_of({"usage": {"input_tokens": 10**400, "output_tokens": True}})
    assert (nonsense.read, nonsense.written, nonsense.cost((3.0,) * 4)) == (10**9, 0, 3000.0)
    assert usage_of({"usage": "many"}) == usage_of({}) == Usage()


def test_money_by_the_million() -> None:
    assert Usage(1_000_000, 2_000_000, 1_000_000, 100_000).cost((3.0, 0.3, 3.75, 15.0)) == pytest.approx(8.85)
    assert Usage(10, 10, 10, 10).cost(()) == 0.0


@dataclass(frozen=True, slots=True)
class Share:
    share: float


def test_numbers_that_are_none() -> None:
    shares = Ask(Task.JUDGE, Prompt("p-1", "Do."), (), Share, "c")
    assert read(shares, message('{"share": 1}')).value == Share(1.0)
    for text in ("NaN", "Infinity", "-Infinity", '"1"', "null"):
        with pytest.raises(Unusable):
            read(shares, message(f'{{"share": {text}}}'))
