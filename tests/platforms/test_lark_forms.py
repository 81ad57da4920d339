"""A form fits into Lark's inputs, and what was typed comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.messages import Field, Form
from bot.models import VigilError
from bot.platforms.lark_forms import INPUT, PARTS, form_card, joined
from bot.platforms.lark_seal import sealed, written
from bot.sandbox.lark_card_checks import checked_card


def form(*fields: Field, value: str = "v1", note: str = "") -> Form:
    return Form("edit", value, "Edit", "Save", fields, note)


def inputs(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [element for element in card["body"]["elements"][-1]["elements"] if "name" in element]


def test_a_form_has_inputs_a_menu_and_a_button() -> None:
    card = form_card(
        form(
            Field("title", "Title", initial="Pods"),
            Field("cause", "Cause", "long", optional=True),
            Field("kind", "Kind", "choice", "b", (("A", "a"), ("B", "b"))),
            note="**Note** <at id=all></at>",
        ),
        "ou_1",
    )
    checked_card(written(card))
    title, cause, kind, submit = inputs(card)
    assert (title["default_value"], title["input_type"], title["required"]) == ("Pods", "text", True)
    assert (cause["input_type"], cause["required"], cause["max_length"]) == ("multiline_text", False, INPUT)
    assert (kind["initial_option"], [option["value"] for option in kind["options"]]) == ("b", ["a", "b"])
    assert submit["form_action_type"] == "submit"
    assert submit["behaviors"][0]["value"] == {"action": "edit", "value": "v1", "to": "ou_1"}
    sent = sealed("POST im/v1/messages", {"content": card})["content"]
    assert "<at" not in sent


def test_what_stands_in_a_field_is_not_changed() -> None:
    text = "ask @here or <at id=all></at>, `x < y` and https://evil.io"
    card = form_card(form(Field("cause", "Cause", "long", text)))
    sent = json.loads(sealed("POST im/v1/messages", {"content": card})["content"])
    assert inputs(sent)[0]["default_value"] == text


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "line\n" * 600 + "end",
        "x" * 999 + "\n" + "y" * 1000 + "\n" + "z",
        "\n\n  indented\n\n```\ncode\n```" + "\nmore words here" * 200,
        "重启\n" * 900 + "完",
    ],
)
def test_a_long_text_comes_back_as_it_was(text: str) -> None:
    shown = inputs(form_card(form(Field("cause", "Cause", "long", text))))[:-1]
    assert all(len(one["default_value"]) <= INPUT for one in shown)
    typed = {one["name"]: one["default_value"] for one in shown}
    assert joined(typed) == (("cause", text),)
    assert joined(dict(reversed(typed.items()))) == (("cause", text),)


def test_a_text_that_cannot_be_shown_whole_is_not_shown() -> None:
    with pytest.raises(VigilError, match="too long to be edited in Lark"):
        form_card(form(Field("cause", "Cause", "long", ("x" * 990 + "\n") * (PARTS + 2))))
    with pytest.raises(VigilError, match="too long to be edited in Lark"):
        form_card(form(Field("cause", "Cause", "long", ("重" * 990 + "\n") * PARTS)))


def test_what_is_submitted_may_be_anything() -> None:
    assert joined({"a": "x", "b": ["1", "2"], "c": None, "d": {"e": 1}, "f__x": "?", "g__2": "two", "g": ""}) == (
        ("a", "x"), ("b", "1,2"), ("c", ""), ("d", ""), ("g", "two"),
    )  # fmt: skip
    assert joined({}) == ()
    assert joined({"a__" + "1" * 5000: "x"}) == ()
