"""A Form of Vigil's as a card with a form in it, and what comes back of it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.messages import Field, Form
from bot.models import VigilError
from bot.platforms.chat_fields import clean
from bot.platforms.lark_cards import Card
from bot.platforms.lark_elements import LABEL, TITLE, Element, markdown, options, sends, words
from bot.platforms.lark_markdown import card_markdown
from bot.platforms.lark_seal import written

INPUT = 1000
"""Characters that one input of Lark's takes; a longer text is put into several, which come back as one."""
PARTS, BYTES, ROWS = 12, 27_000, 8
SUBMIT = "submit"
PART = re.compile("[0-9]{1,3}")


def form_card(form: Form, to: str = "") -> Card:
    """The card of a form for one person, an open id; raises VigilError for one that Lark cannot show whole: cut, it would come back cut."""
    note = [markdown(card_markdown(form.note).strip())] if form.note.strip() else []
    inputs = [element for field in form.fields for element in _inputs(field)]
    submit = {
        "tag": "button",
        "name": SUBMIT,
        "text": words(form.submit, LABEL),
        "type": "primary_filled",
        "form_action_type": "submit",
        "behaviors": sends(form.action, form.value, to=to),
    }
    card: Card = {
        "schema": "2.0",
        "config": {"update_multi": True, "width_mode": "fill"},
        "header": {"title": words(form.title, TITLE), "template": "blue"},
        "body": {"elements": [*note, {"tag": "form", "name": "form", "elements": [*inputs, submit]}]},
    }
    if len(written(card).encode()) > BYTES:
        raise VigilError("the text is too long to be edited in Lark; use the vigil command on the server")
    return card


def joined(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(field, content) of a submitted form (`form_value`), with the parts of a long text put together again."""
    found: dict[str, dict[int, str]] = {}
    for name, value in values.items():
        field, _, number = str(name).partition("__")
        if number and not PART.fullmatch(number):
            continue
        found.setdefault(field, {})[int(number or 1)] = clean(_said(value))
    return tuple((field, "\n".join(parts[at] for at in sorted(parts) if parts[at])) for field, parts in found.items())


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(one) for one in value)
    return value if isinstance(value, str) else ""


def _inputs(field: Field) -> list[Element]:
    if field.kind == "choice" and field.options:
        return [{"tag": "div", "text": words(field.label, TITLE)}, _choice(field)]
    parts = _parts(field.initial)
    if len(parts) > PARTS:
        raise VigilError("the text is too long to be edited in Lark; use the vigil command on the server")
    return [_input(field, number, part, len(parts)) for number, part in enumerate(parts, start=1)]


def _input(field: Field, number: int, part: str, of: int) -> Element:
    long = field.kind == "long" or of > 1
    label = f"{field.label} ({number}/{of})" if of > 1 else field.label
    element: Element = {
        "tag": "input",
        "name": field.name if number == 1 else f"{field.name}__{number}",
        "label": words(label, TITLE),
        "label_position": "top",
        "required": number == 1 and not field.optional,
        "width": "fill",
        "max_length": INPUT,
        "input_type": "multiline_text" if long else "text",
    }
    return element | ({"rows": ROWS} if long else {}) | ({"default_value": part} if part else {})


def _choice(field: Field) -> Element:
    element: Element = {
        "tag": "select_static",
        "name": field.name,
        "placeholder": words(field.label, LABEL),
        "required": not field.optional,
        "options": options(field.options),
        "width": "fill",
    }
    chosen = any(value == field.initial for _, value in field.options)
    return element | ({"initial_option": field.initial} if chosen else {})


def _parts(text: str) -> list[str]:
    """A text in parts of INPUT characters, cut between lines where that can be; one part at least."""
    pieces = [line[at : at + INPUT] for line in text.split("\n") for at in range(0, max(1, len(line)), INPUT)]
    parts, current = list[str](), pieces[0]
    for piece in pieces[1:]:
        if len(current) + 1 + len(piece) > INPUT:
            parts.append(current)
            current = piece
        else:
            current = f"{current}\n{piece}"
    return [*parts, current]
