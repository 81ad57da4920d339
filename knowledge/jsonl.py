"""Collections of documents as JSON lines (`title`, `text`, perhaps `_id` and `url`), plain or gzipped."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from knowledge.documents import Document, OnSkip, Place, UnreadableError, parse_date, slug, unique, whole
from knowledge.models import Case, Kind
from knowledge.rest import as_markdown

_MOST_BYTES = 256 * 1024 * 1024
_LINE_BYTES = 4 * 1024 * 1024
_REPORTED = 5
_TOO_LONG = b"too long"


def read_jsonl(place: Place, on_skip: OnSkip) -> Document:
    """The rows that have a title and a text; bad lines are reported and make the document incomplete.

    Raises UnreadableError when no row has both (queries, transcripts) and when the file is damaged or unpacks too big.
    """
    rows: list[dict[str, Any]] = []
    bad: list[str] = []
    empty = 0
    for number, line in enumerate(_lines(place), start=1):
        row = _row(line)
        if isinstance(row, dict):
            row["text"] = as_markdown(row["text"])
            empty += not row["text"].strip()
            rows.append(row)
        elif row:
            bad.append(f"line {number}: {row}")
    if len(rows) == empty:
        why = f" ({bad[0]})" if bad else ""
        raise UnreadableError(f"no line has a title and a text: not a collection of documents{why}")
    for reason in bad[:_REPORTED]:
        on_skip(place.path, reason)
    if len(bad) > _REPORTED:
        on_skip(place.path, f"and {len(bad) - _REPORTED} more bad lines")
    if empty:
        on_skip(place.path, f"{empty} lines have an empty text")
    return Document(place.container, tuple(_cases(place, rows)), complete=not bad)


def _cases(place: Place, rows: list[dict[str, Any]]) -> Iterator[Case]:
    names = unique(str(row.get("_id") or row.get("id") or slug(str(row["title"]))) for row in rows)
    changed_at = place.path.stat().st_mtime
    for name, row in zip(names, rows, strict=True):
        if row["text"].strip():
            yield _case(place, name, row, changed_at)


def _lines(place: Place) -> Iterator[bytes]:
    packed = place.path.name.endswith(".gz")
    total, rest = 0, False  # the rest of a line that is too long is no line of its own
    try:
        with gzip.open(place.path, "rb") if packed else place.path.open("rb") as stream:
            while line := stream.readline(_LINE_BYTES):
                total += len(line)
                if total > _MOST_BYTES:
                    raise UnreadableError(f"it holds more than {_MOST_BYTES // 1024 // 1024} MB of text")
                ends = line.endswith(b"\n") or len(line) < _LINE_BYTES
                if not rest:
                    yield line if ends else _TOO_LONG
                rest = not ends
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableError(f"the gzip file is damaged ({error})") from error


def _row(line: bytes) -> dict[str, Any] | str:
    """The row, "" for a blank line, or what is wrong with it."""
    if not line.strip():
        return ""
    if line is _TOO_LONG:
        return f"longer than {_LINE_BYTES // 1024 // 1024} MB"
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "not JSON in UTF-8"
    if not isinstance(row, dict):
        return "not a JSON object"
    missing = [name for name in ("title", "text") if not isinstance(row.get(name), str)]
    if not missing and not row["title"].strip():
        missing = ["title"]
    if missing:
        return f"no {' and no '.join(missing)}"
    return {name: whole(value) if isinstance(value, str) else value for name, value in row.items()}


def _case(place: Place, name: str, row: dict[str, Any], changed_at: float) -> Case:
    url = row.get("url")
    if not isinstance(url, str) or not url:
        url = urljoin(place.base_url.rstrip("/") + "/", name) if place.base_url else place.url(name)
    stated = next((row[key] for key in ("updated", "date") if isinstance(row.get(key), str)), "")
    moment = parse_date(stated)
    return Case(
        Kind.SECTION,
        row["title"].strip(),
        row["title"].strip(),
        row["text"].strip(),
        place.audience,
        source=f"{place.container}#{name}",
        url=url,
        happened_at=changed_at if moment is None else moment,
        container=place.container,
    )
