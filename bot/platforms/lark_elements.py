"""The elements that Vigil's cards are made of: words, Markdown, and what a click tells; pure."""

from __future__ import annotations

from typing import Any

from bot.models import VigilError

Element = dict[str, Any]

LABEL, TITLE, OPTION, OPTIONS, VALUE = 60, 200, 100, 100, 2000


def markdown(content: str, small: bool = False) -> Element:
    """An element that reads a card's Markdown."""
    return {"tag": "markdown", "content": content} | ({"text_size": "notation"} if small else {})


def plain_div(said: str) -> Element:
    return {"tag": "div", "text": {"tag": "plain_text", "content": said}}


def words(said: str, limit: int) -> Element:
    """A line in which no markup is read."""
    return {"tag": "plain_text", "content": clipped(said, limit) or "\u2026"}


def clipped(said: str, limit: int) -> str:
    line = " ".join(said.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}\u2026"


def sends(action: str, value: str, key: str = "", to: str = "") -> list[Element]:
    """What a click tells the app; raises VigilError for a value that is too long, for it comes back whole or not at all."""
    if len(value) > VALUE:
        raise VigilError(
            f"the value of {action!r} is {len(value)} characters long; at most {VALUE}: pass an id instead"
        )
    told = {"action": action, "value": value} | ({"key": key} if key else {}) | ({"to": to} if to else {})
    return [{"type": "callback", "value": told}]


def options(offered: tuple[tuple[str, str], ...]) -> list[Element]:
    """The options of a menu; raises VigilError for a value that is too long."""
    wrong = next((value for _, value in offered if len(value) > VALUE), None)
    if wrong is not None:
        raise VigilError(f"an option's value is {len(wrong)} characters long; at most {VALUE}: pass an id instead")
    return [{"text": words(name, OPTION), "value": value} for name, value in offered[:OPTIONS]]
