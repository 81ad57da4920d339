"""Cuts a text into sentences, bullets and whole code blocks, each knowing the paragraph and heading it stands under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^\s{0,6}(```|~~~)")
BULLET = re.compile(r"^\s{0,12}(?:[-*•+]|\d{1,3}[.)])\s+")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
END = re.compile(
    r"(?<=[.!?])[\"')\]]{0,2}\s+(?=[\"'(\[`*]{0,2}[A-Z0-9\u4e00-\u9fff`])|(?<=[。！？])(?![”’」』）])|(?<=[。！？][”’」』）])"
)
NEARBY_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((?!https?://)[^)\s]{0,500}\)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, a bullet or a whole code block; `block` numbers the paragraph it stands in."""

    text: str
    kind: str
    block: int
    heading: str = ""


def units(text: str) -> list[Unit]:
    """The text in order as sentences, bullets and whole code blocks; headings stay as the units' own heading."""
    found: list[Unit] = []
    heading = ""
    for number, (kind, block) in enumerate(_blocks(text)):
        if kind == "heading":
            heading = HEADING.sub("", block).strip()
            continue
        parts = (
            [NEARBY_LINK.sub(r"\1", block)]
            if kind == "bullet"
            else [block]
            if kind == "code"
            else [part.strip() for part in END.split(flat(block))]
        )
        found.extend(Unit(part, kind, number, heading) for part in parts if part)
    return found


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(kind, lines) in order: code (fences kept), heading, bullet (with its continuation lines), or prose."""
    kind, lines, fence = "", [], ""
    for line in text.splitlines():
        mark = FENCE.match(line)
        starts = _kind(line)
        if fence:
            lines.append(line)
            if mark and mark.group(1) == fence:
                yield "code", "\n".join(lines)
                kind, lines, fence = "", [], ""
            continue
        if lines and (mark or starts in ("", "heading", "bullet") or kind == "heading"):
            yield kind, "\n".join(lines)
            kind, lines = "", []
        if mark:
            fence, kind, lines = mark.group(1), "code", [line]
        elif starts:
            kind, lines = kind or starts, [*lines, line.strip()]
    if lines:
        yield kind, "\n".join([*lines, fence] if fence else lines)


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    if HEADING.match(line):
        return "heading"
    return "bullet" if BULLET.match(line) else "prose"


def flat(block: str) -> str:
    """On one line, with links that only work inside their own document reduced to their words."""
    return NEARBY_LINK.sub(r"\1", " ".join(block.split()))
