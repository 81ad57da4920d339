"""A Message or Form of Vigil's as Block Kit with its text fallback, within Slack's limits; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.messages import Choice, Field, Form, Message, Post
from bot.models import VigilError
from bot.platforms.slack_split import first, parts
from bot.platforms.slack_text import escaped, label, link, mrkdwn

Block = dict[str, Any]

SECTION, FALLBACK, BLOCKS = 3000, 4000, 50
BUTTON, BUTTON_VALUE, OPTION, OPTION_VALUE, OPTIONS, ELEMENTS = 75, 2000, 75, 150, 100, 25
TITLE, METADATA, INPUT = 24, 3000, 3000
BLOCK_ID, PLACEHOLDER, FIELD_LABEL = 255, 150, 2000


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes out: `text` stands in where blocks are not shown, or were refused."""

    text: str
    blocks: tuple[Block, ...]


def rendered(message: Message, key: str = "") -> Rendered:
    """The message in blocks; `key` becomes the first one's block_id, by which it can be found again."""
    said = _said(message)
    small = [*_sources(message), *_quiet(message), *_controls(message)]
    # The controls and sources always have a place; it is the text that is cut.
    texts = parts(said, SECTION)
    room = max(1, BLOCKS - len(small))
    if len(texts) > room:
        texts = [*texts[: room - 1], first("\n\n".join(texts[room - 1 :]), SECTION)]
    blocks = [_section(text) for text in texts] + small[: BLOCKS - 1]
    if blocks and key:
        blocks[0] = {**blocks[0], "block_id": key[:BLOCK_ID]}
    lines = [said, *(block["text"]["text"] for block in _sources(message)), escaped(message.quiet)]
    return Rendered(first("\n".join(filter(None, lines)), FALLBACK) or "\u2026", tuple(blocks))


def alone(content: Rendered) -> Rendered:
    """The text in one plain block: an answer's bare text is parsed for addresses, and nothing can be said against it."""
    return Rendered(content.text, (_section(first(content.text, SECTION)),))


def metadata(post: Post) -> dict[str, Any]:
    """The message metadata that carries the post's key and the decision it belongs to."""
    return {"event_type": post.event_type, "event_payload": {"key": post.key, "decision": post.decision_id}}


def carries(item: Any, key: str) -> bool:
    """Whether a message of the history is the one sent with this key."""
    if not isinstance(item, dict):
        return False
    sent = item.get("metadata")
    payload = sent.get("event_payload") if isinstance(sent, dict) else None
    if isinstance(payload, dict) and payload.get("key") == key:
        return True
    blocks = item.get("blocks")
    return isinstance(blocks, list) and any(isinstance(b, dict) and b.get("block_id") == key[:BLOCK_ID] for b in blocks)


def _said(message: Message) -> str:
    """Mentions, title and text; ids are the only way a mention gets in."""
    people = [f"<@{who}>" for who in message.people if re.fullmatch(r"[UW][A-Z0-9]+", who)]
    groups = [f"<!subteam^{group}>" for group in message.groups if re.fullmatch(r"S[A-Z0-9]+", group)]
    title = " ".join(escaped(message.title).replace("*", "\u2217").split())
    lines = [" ".join([*people, *groups]), f"*{title}*" if title else "", mrkdwn(message.text).strip()]
    return "\n".join(line for line in lines if line)


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _sources(message: Message) -> list[Block]:
    """One section that lists the sources; those that do not fit are left out."""
    label = " ".join(escaped(message.source_label).replace("*", "\u2217").split())
    head, lines = [f"*{label}*"] if label else [], list[str]()
    for source in message.sources:
        line = f"\u2022 {link(source.url, source.title)}" + (f" \u00b7 {escaped(source.note)}" if source.note else "")
        if len("\n".join([*head, *lines, line])) <= SECTION:
            lines.append(line)
    return [_section("\n".join([*head, *lines]))] if lines else []


def _quiet(message: Message) -> list[Block]:
    text = first(mrkdwn(message.quiet).strip(), SECTION)
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}] if text else []


def _controls(message: Message) -> list[Block]:
    """Buttons and choices, 25 to a block."""
    elements = [_button(b.action, b.label, b.value, b.style) for b in message.buttons]
    elements += [_select(choice) for choice in message.choices if choice.options]
    _tell_apart(elements)
    return [{"type": "actions", "elements": elements[at : at + ELEMENTS]} for at in range(0, len(elements), ELEMENTS)]


def _tell_apart(elements: Iterable[Block]) -> None:
    """Slack refuses an action_id given twice; the second gets ~2, which slack_actions takes off again."""
    seen: dict[str, int] = {}
    for element in elements:
        action = element["action_id"]
        seen[action] = seen.get(action, 0) + 1
        if seen[action] > 1:
            element["action_id"] = f"{action}~{seen[action]}"


def _words(text: str, limit: int) -> Block:
    shown = label(text) or "\u2026"
    cut = shown if len(shown) <= limit else f"{shown[: limit - 1]}\u2026"
    return {"type": "plain_text", "text": cut, "emoji": True}


def _button(action: str, name: str, value: str, style: str) -> Block:
    button = {"type": "button", "action_id": action, "text": _words(name, BUTTON)}
    button |= {"value": _whole(value, BUTTON_VALUE, f"the value of the button {action!r}")} if value else {}
    return button | ({"style": style} if style in ("primary", "danger") else {})


def _whole(value: str, limit: int, what: str) -> str:
    """A value comes back as it went out, or not at all."""
    if len(value) > limit:
        raise VigilError(f"{what} is {len(value)} characters long; Slack takes {limit}: pass an id instead")
    return value


def _options(options: tuple[tuple[str, str], ...]) -> list[Block]:
    return [
        {"text": _words(name, OPTION), "value": _whole(value, OPTION_VALUE, f"the option {name!r}")}
        for name, value in options[:OPTIONS]
    ]


def _select(choice: Choice) -> Block:
    return {
        "type": "static_select",
        "action_id": choice.action,
        "placeholder": _words(choice.label, PLACEHOLDER),
        "options": _options(choice.options),
    }


def home(content: Rendered) -> dict[str, Any]:
    """A person's home page of the app, made of a message."""
    return {"type": "home", "blocks": list(content.blocks)}


def view(form: Form) -> dict[str, Any]:
    """The modal of a form; raises VigilError when its value is over 3,000 characters."""
    note = [_section(first(mrkdwn(form.note), SECTION))] if form.note.strip() else []
    return {
        "type": "modal",
        "callback_id": form.action,
        "private_metadata": _whole(form.value, METADATA, f"the value of the form {form.action!r}"),
        "title": _words(form.title, TITLE),
        "submit": _words(form.submit, TITLE),
        "close": _words("Cancel", TITLE),
        "blocks": note + [_input(field) for field in form.fields],
    }


def _input(field: Field) -> Block:
    return {
        "type": "input",
        "block_id": field.name,
        "optional": field.optional,
        "label": _words(field.label, FIELD_LABEL),
        "element": _choice_input(field) if field.kind == "choice" and field.options else _text_input(field),
    }


def _choice_input(field: Field) -> Block:
    options = _options(field.options)
    chosen = [option for option in options if option["value"] == field.initial]
    element = {"type": "static_select", "action_id": "value", "options": options}
    return element | ({"initial_option": chosen[0]} if chosen else {})


def _text_input(field: Field) -> Block:
    element = {"type": "plain_text_input", "action_id": "value", "multiline": field.kind == "long"}
    element |= {"max_length": INPUT}
    return element | ({"initial_value": field.initial[:INPUT]} if field.initial else {})
