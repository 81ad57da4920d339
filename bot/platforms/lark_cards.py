"""A Message of Vigil's as a card of Lark's (JSON 2.0), within Lark's limits; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.messages import Button, Choice, Message
from bot.models import VigilError
from bot.outgoing_markdown import cut
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.lark_elements import LABEL, TITLE, Element, clipped, markdown, options, plain_div, sends, words
from bot.platforms.lark_ids import NATIVE
from bot.platforms.lark_json import parsed
from bot.platforms.lark_markdown import card_markdown, line, link
from bot.platforms.lark_seal import written

Card = dict[str, Any]

BYTES = 27_000
"""Of the 30 KB that Lark takes; what the seal rewrites may get a little longer."""
SUMMARY = 80
BUTTONS, SOURCES = 25, 20
STYLES = {"primary": "primary_filled", "danger": "danger_filled"}
COLOURS = {
    "vigil_draft": "wathet",
    "vigil_case": "turquoise",
    "vigil_escalation": "orange",
    "vigil_ops": "orange",
    "vigil_followup": "default",
}
"""A header's colour by what is posted; blue for the rest."""


@dataclass(frozen=True, slots=True)
class _Back:
    """What every click brings back beside its own action and value."""

    key: str
    to: str


def rendered(message: Message, key: str = "", event_type: str = "", to: str = "") -> Card:
    """The message as a card. `key` stands in what its buttons send back, and its mark in the first element's id.

    `to` is the open id of whom alone it answers: it goes along with every click, which then needs no message on record.
    Raises VigilError.
    """
    fits = message
    for _ in range(12):
        card = _card(fits, _Back(key, to), event_type)
        size = len(written(card).encode())
        if size <= BYTES:
            return card
        fits = _shorter(fits, size)
    raise VigilError("the message does not fit into one of Lark's cards: its buttons or sources are too long")


def alone(message: Message, key: str = "") -> Card:
    """The words in one element that knows no markup, for when Lark refuses the card."""
    said = [message.title, message.text, *(f"{s.title} {s.url}" for s in message.sources[:SOURCES]), message.quiet]
    words = cut("\n".join(filter(None, said)), 5000) or "\u2026"
    return _around([_marked(plain_div(words), key)], message)


def mark(key: str) -> str:
    """The element id by which a card sent with this key is known: twenty letters and digits at most."""
    return f"v{hashlib.sha256(key.encode()).hexdigest()[:19]}"


def carries(content: str, key: str) -> bool:
    """Whether a card of the history is the one sent with this key."""
    card = parsed(content)
    first = next(iter(rows(table(card, "body"), "elements")), {})
    return bool(key) and (text(first, "element_id") == mark(key) or sent_with(card) == key)


def sent_with(card: Table) -> str:
    """The key that an own card was sent with, "" when it has no button that tells it."""
    for element in _every(table(card, "body")):
        for behavior in rows(element, "behaviors"):
            if key := text(table(behavior, "value"), "key"):
                return key
    return ""


def _every(part: Any, depth: int = 0) -> Iterator[Table]:
    for element in [*rows(part, "elements"), *rows(part, "columns")] if depth < 8 else ():
        yield element
        yield from _every(element, depth + 1)


def _shorter(message: Message, size: int) -> Message:
    """Less of the text, as far as it is the text; then fewer sources."""
    room = BYTES / size
    if len(message.text) > 200:
        return replace(message, text=cut(message.text, max(100, int(len(message.text) * room * 0.9))))
    return replace(message, sources=message.sources[: len(message.sources) // 2], choices=_fewer(message.choices))


def _fewer(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    return tuple(replace(choice, options=choice.options[: max(1, len(choice.options) // 2)]) for choice in choices)


def _card(message: Message, back: _Back, event_type: str) -> Card:
    elements = [*_said(message), *_sources(message), *_controls(message, back), *_quiet(message)]
    if not elements:
        elements = [plain_div("\u2026")]
    elements[0] = _marked(elements[0], back.key)
    return _around(elements, message, COLOURS.get(event_type, "blue"))


def _around(elements: list[Element], message: Message, colour: str = "blue") -> Card:
    title = clipped(message.title, TITLE)
    seen = clipped(re.sub(r"[*`#>|]+", "", message.title or message.text), SUMMARY)
    config = {"update_multi": True, "width_mode": "fill"} | ({"summary": {"content": seen}} if seen else {})
    card: Card = {"schema": "2.0", "config": config, "body": {"elements": elements}}
    return card | ({"header": {"title": words(title, TITLE), "template": colour}} if title else {})


def _marked(element: Element, key: str) -> Element:
    return {**element, "element_id": mark(key)} if key else element


def _said(message: Message) -> list[Element]:
    """Mentions and text; ids are the only way a mention gets in."""
    people = " ".join(f"<at id={who}></at>" for who in message.people if NATIVE.fullmatch(who) and who != "all")
    said = "\n".join(filter(None, [people, card_markdown(message.text).strip()]))
    return [markdown(said)] if said else []


def _sources(message: Message) -> list[Element]:
    """One element that lists the sources."""
    lines = [
        f"- {link(source.url, source.title)}" + (f" \u00b7 {line(source.note)}" if source.note else "")
        for source in message.sources[:SOURCES]
    ]
    head = [f"**{line(message.source_label)}**"] if message.source_label else []
    return [markdown("\n".join([*head, *lines]))] if lines else []


def _quiet(message: Message) -> list[Element]:
    said = card_markdown(message.quiet).strip()
    return (
        [markdown(f"<font color='grey'>{said}</font>" if "\n" not in said and "`" not in said else said, True)]
        if said
        else []
    )


def _controls(message: Message, back: _Back) -> list[Element]:
    """Buttons side by side, as many as fit, and the menus below them."""
    buttons = [_button(button, back) for button in message.buttons[:BUTTONS]]
    row = {
        "tag": "column_set",
        "flex_mode": "flow",
        "horizontal_spacing": "8px",
        "columns": [_column(b) for b in buttons],
    }
    return [*([row] if buttons else []), *(_select(choice, back) for choice in message.choices if choice.options)]


def _column(element: Element) -> Element:
    return {"tag": "column", "width": "auto", "elements": [element]}


def _button(button: Button, back: _Back) -> Element:
    return {
        "tag": "button",
        "text": words(button.label, LABEL),
        "type": STYLES.get(button.style, "default"),
        "behaviors": sends(button.action, button.value, back.key, back.to),
    }


def _select(choice: Choice, back: _Back) -> Element:
    return {
        "tag": "select_static",
        "placeholder": words(choice.label, LABEL),
        "options": options(choice.options),
        "behaviors": sends(choice.action, "", back.key, back.to),
    }
