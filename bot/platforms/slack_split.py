"""Cuts mrkdwn into parts within Slack's limits: between paragraphs, else lines, else words; code fences are reopened."""

from __future__ import annotations

import re
from collections.abc import Iterator

FENCE = "```"
_UNIT = re.compile(r"```.*?(?:```|\Z)|.+?(?=```|\n[ \t]*\n|\Z)|\n", re.DOTALL)
# A cut may not fall inside an entity or inside <address|name>.
_WHOLE = re.compile(r"<[^<>\n]*>?|&[a-z]{0,4};?|.", re.DOTALL)


def parts(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` characters (at least 20), none of them blank, every fence closed."""
    done: list[str] = []
    current = ""
    for unit in _UNIT.findall(text):
        pieces = [unit] if len(unit) <= limit else list(_pieces(unit, limit))
        for piece in pieces:
            if len(current) + len(piece) > limit:
                done.append(current)
                current = ""
            current += piece
    return [part.strip("\n") for part in [*done, current] if part.strip()]


def first(text: str, limit: int) -> str:
    """As much of the text as fits, with an ellipsis where something is missing."""
    if len(text) <= limit:
        return text
    return f"{parts(text, limit - 2)[0]}\n\u2026" if text.strip() else ""


def _pieces(unit: str, limit: int) -> Iterator[str]:
    """A unit that is too long, line by line; each piece of a code fence is a fence of its own."""
    fenced = unit.startswith(FENCE)
    body = unit.removeprefix(FENCE).removesuffix(FENCE).removeprefix("\n") if fenced else unit
    room = limit - 2 * len(FENCE) - 2 if fenced else limit
    current = ""
    for line in body.splitlines(keepends=True):
        for piece in [line] if len(line) <= room else list(_cut(line, room)):
            if len(current) + len(piece) > room:
                yield _closed(current, fenced)
                current = ""
            current += piece
    if current:
        yield _closed(current, fenced)


def _closed(body: str, fenced: bool) -> str:
    if not fenced:
        return body
    return f"{FENCE}\n{body}{FENCE}" if body.endswith("\n") else f"{FENCE}\n{body}\n{FENCE}"


def _cut(line: str, room: int) -> Iterator[str]:
    """One overlong line at its blanks, or anywhere that is not inside an entity or link."""
    current = ""
    for whole in _WHOLE.findall(line):
        token = whole if len(whole) <= room else whole[:room]
        if len(current) + len(token) > room:
            blank = current.rfind(" ", room // 2) + 1
            # Only a blank outside <...> is a place to cut.
            cut = blank if blank and current.rfind("<", 0, blank) <= current.rfind(">", 0, blank) else len(current)
            yield current[:cut]
            current = current[cut:]
        current += token
    if current:
        yield current
