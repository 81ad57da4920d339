"""Markdown and plain text into sections by heading, with the anchors that GitHub gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import re2
from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.documents import Document, Place, Section, decode, document, slug, unique, updated_at
from knowledge.rest import as_markdown

_FRONT: Any = re2.compile(r"\A---[ \t]*\n((?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\n|\z)")
_FIELD: Any = re2.compile(r"(?m)^([A-Za-z_-]+):[ \t]*(.+?)[ \t]*$")
_OWN_ID: Any = re2.compile(r"[ \t]*\{#([A-Za-z0-9_.:-]+)[^}]*\}[ \t]*$")
_LONGEST = 300  # letters of a heading
_DATES = ("updated", "last_updated", "lastmod", "last_modified", "modified", "date")


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    text: str
    anchor: str
    first_line: int
    next_line: int


def read_markdown(place: Place) -> Document:
    """A Markdown file by its headings; raises UnreadableError when it is binary or empty."""
    front, body = split_front_matter(decode(place.path.read_bytes()))
    stated = next((front[name] for name in _DATES if name in front), "")
    title = front.get("title", "")
    title, sections = split_markdown(body, title or "", place.path.stem)
    return document(place, title, sections, updated_at(body, place.path, stated))


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The plain `name: value` lines between the opening `---` lines, and the text below them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    match = _FRONT.match(text)
    if not match:
        return {}, text
    fields = {m.group(1).lower(): m.group(2).strip("\"'") for m in _FIELD.finditer(match.group(1))}
    return fields, text[match.end() :]


def split_markdown(
    text: str, title: str, fallback: str, anchors: Mapping[str, str] | None = None
) -> tuple[str, list[Section]]:
    """(title, sections): the title is the one given, else the first level-1 heading, else `fallback`.

    `anchors` gives headings the ids they have in the original page (HTML); the others get GitHub's.
    """
    lines = text.split("\n")
    headings = _headings(text, anchors or {})
    if not title:
        title = next((h.text for h in headings if h.level == 1), headings[0].text if headings else fallback)
    sections = [Section("", (title,), "\n".join(lines[: headings[0].first_line if headings else len(lines)]))]
    path: list[_Heading] = []
    ends = [*(h.first_line for h in headings[1:]), len(lines)]
    for heading, end in zip(headings, ends, strict=False):
        path = [*(h for h in path if h.level < heading.level), heading]
        content = "\n".join(lines[heading.next_line : end])
        sections.append(Section(heading.anchor, tuple(h.text for h in path), content))
    return title, sections


def _headings(text: str, anchors: Mapping[str, str]) -> list[_Heading]:
    """The headings outside code, quotes and lists, in order; the parser knows what only looks like one."""
    # Only the headings' own words are parsed below the block level: cheap, and hostile paragraphs cost nothing.
    blocks, words_of = MarkdownIt("commonmark"), MarkdownIt("commonmark")
    blocks.core.ruler.disable("inline")
    found: list[_Heading] = []
    for opening, inline in pairwise(blocks.parse(text)):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            words, own = _own_id(_plain(words_of.parseInline(inline.content[:_LONGEST])[0]))
            if words:
                anchor = own or anchors.get(words, "") or slug(words)
                found.append(_Heading(int(opening.tag[1:]), words, anchor, *opening.map))
    names = unique(heading.anchor for heading in found)
    return [replace(heading, anchor=name) for heading, name in zip(found, names, strict=True)]


def _plain(inline: Token) -> str:
    """A heading's words without its marks; its own id in braces stays, as the parser sees text there."""
    children = inline.children or ()
    words = (c.content if c.type in ("text", "code_inline") else " " * c.type.endswith("break") for c in children)
    return " ".join("".join(words).split())


def _own_id(words: str) -> tuple[str, str]:
    match = _OWN_ID.search(words)
    return (words[: match.start()], match.group(1)) if match else (words, "")


def read_text(place: Place) -> Document:
    """A plain text file as one section; its first line is the title when it is short enough to be one."""
    text = decode(place.path.read_bytes()).replace("\r\n", "\n").strip()
    first, _, rest = text.partition("\n")
    titled = bool(rest.strip()) and 0 < len(first.strip()) <= 100
    title, body = (first.strip(" #=*"), rest.strip(" \n=-~")) if titled else (place.path.stem, text)
    title = title or place.path.stem
    return document(place, title, [Section("", (title,), as_markdown(body))], updated_at(text, place.path))
