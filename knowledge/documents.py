"""The values that readers of files make: a Document with its cases, a Section before it becomes a Case."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import re2

from knowledge.models import Audience, Case, Kind, KnowledgeError

OnSkip = Callable[[Path, str], None]
MOST_SECTIONS = 20_000  # of one page or file; collections of documents (JSONL) may hold more

_UPDATED: Any = re2.compile(
    r"(?im)^[>*_ \t-]{0,6}(?:(?:last )?(?:updated|modified|reviewed)(?: on| at)?|(?:最后)?更新(?:于|时间|日期)?)[*_]{0,2}[ \t]*[:：]"
    r"[*_ \t]{0,4}([^\n*_|·;(]{6,30})"
)
_DATE_FORMS = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d", "%d.%m.%Y")
_NOT_IN_SLUG: Any = re2.compile(r"[^\p{L}\p{M}\p{N}_\- ]")


class UnreadableError(KnowledgeError):
    """A file that cannot be read as what it claims to be; the message is the reason that the person is told."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file, or one channel of an export, as cases; `complete` is False when parts of it could not be read."""

    container: str
    cases: tuple[Case, ...]
    complete: bool = True


ReadFile = Callable[[Path, Path, Audience, OnSkip, str], Iterator[Document]]
"""Reads a file below a root, for whom and from which address: one document, several, or none and a reason to skip."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document: its anchor ("" for the beginning), the headings that lead to it, and its text."""

    anchor: str
    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is read for: its path, its name below the ingested root (`docs/db/pool.md`) and who may read it."""

    path: Path
    name: str
    audience: Audience
    base_url: str = ""

    @property
    def container(self) -> str:
        return f"file:{self.name}"

    def url(self, anchor: str) -> str:
        """The permalink: below `base_url` (the root folder's address) when there is one, else the file's name."""
        fragment = f"#{quote(anchor, safe='=-._~/%')}" if anchor else ""
        if not self.base_url:
            return f"{self.name}{fragment}"
        below = self.name.partition("/")[2] or self.name
        return urljoin(self.base_url.rstrip("/") + "/", quote(below)) + fragment


def document(place: Place, title: str, sections: Iterable[Section], happened_at: float) -> Document:
    """The sections that hold text as cases of one document; raises UnreadableError when none does."""
    cases = tuple(_case(place, title, section, happened_at) for section in sections if section.text.strip())
    if len(cases) > MOST_SECTIONS:
        raise UnreadableError(f"it has more than {MOST_SECTIONS} sections")
    if not cases:
        raise UnreadableError("there is no text in it")
    return Document(place.container, cases)


def _case(place: Place, title: str, section: Section, happened_at: float) -> Case:
    headings = section.headings if section.headings[:1] == (title,) else (title, *section.headings)
    return Case(
        Kind.SECTION,
        title,
        " > ".join(headings),
        section.text.strip(),
        place.audience,
        source=f"{place.container}#{section.anchor}" if section.anchor else place.container,
        url=place.url(section.anchor),
        happened_at=happened_at,
        container=place.container,
    )


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading: lower case, marks dropped, spaces as hyphens."""
    return str(_NOT_IN_SLUG.sub("", unicodedata.normalize("NFC", heading).strip().lower())).replace(" ", "-")


def unique(anchors: Iterable[str]) -> Iterator[str]:
    """The anchors again, repeated ones told apart by -1, -2 as GitHub does."""
    seen: dict[str, int] = {}
    for anchor in anchors:
        name = anchor
        while name in seen:
            seen[anchor] += 1
            name = f"{anchor}-{seen[anchor]}"
        seen[name] = 0
        yield name


def updated_at(text: str, path: Path, stated: str = "") -> float:
    """When the document was last changed: the date it states (front matter, `Updated:`), else the file's own."""
    match = None if stated else _UPDATED.search(text[:4000])
    moment = parse_date(stated or (match.group(1) if match else ""))
    return moment if moment is not None else path.stat().st_mtime


def parse_date(text: str) -> float | None:
    """Epoch seconds of a date in ISO form or in words, midnight UTC where it names no time; None when it is no date."""
    text = text.strip().strip("\"'.")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        known = (found for form in _DATE_FORMS if (found := _strptime(text, form)) is not None)
        if (named := next(known, None)) is None:
            return None
        moment = named
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _strptime(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def whole(text: str) -> str:
    """The text with halves of characters, which JSON can carry and nothing after it can, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with BOM, else Latin-1; raises UnreadableError when it is binary."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:8192]:
        raise UnreadableError("it is binary, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
