"""What a reading child and its parent say to each other: one JSON line a request, a case, a skipped part or an end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from knowledge.documents import Place
from knowledge.models import Audience, Case, Kind

_TEXTS = ("title", "problem", "resolution", "source", "url", "container")
_KINDS = (Kind.SECTION, Kind.PRECEDENT)


class NonsenseError(ValueError):
    """A line that no reader of ours writes."""


def line(what: str, **more: Any) -> bytes:
    """One line; halves of characters, which JSON can carry and a database cannot, become question marks."""
    return json.dumps({"what": what, **more}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def understood(data: bytes) -> Mapping[str, Any]:
    """The line again; raises NonsenseError."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as broken:
        raise NonsenseError from broken
    if not isinstance(found, dict) or not isinstance(found.get("what"), str):
        raise NonsenseError
    return found


def request(root: Path, path: Path, base_url: str, seconds: float) -> bytes:
    """What to read: names that are no UTF-8 survive it."""
    asked = {"root": str(root), "path": str(path), "base_url": base_url, "seconds": seconds}
    return json.dumps(asked).encode() + b"\n"


def case_line(case: Case) -> bytes:
    """A case as its reader makes it; who may read it is the parent's to say."""
    texts = {name: getattr(case, name) for name in _TEXTS}
    return line(
        "case", kind=case.kind, authors=case.authors, turns=case.turns, happened_at=case.happened_at, texts=texts
    )


def case_of(said: Mapping[str, Any], place: Place) -> Case:
    """The case again, for whom the parent says; raises NonsenseError where it is none, or of another file."""
    try:
        texts: dict[str, Any] = {name: str(said["texts"][name]) for name in _TEXTS}
        kind, at = Kind(said["kind"]), float(said["happened_at"])
        authors, turns = (tuple(str(one) for one in said[name]) for name in ("authors", "turns"))
    except (KeyError, TypeError, ValueError) as wrong:
        raise NonsenseError from wrong
    if kind not in _KINDS or not (within(place, texts["source"]) and within(place, texts["container"])):
        raise NonsenseError
    audience: Audience = place.audience
    return Case(kind=kind, audience=audience, authors=authors, turns=turns, happened_at=at, **texts)


def within(place: Place, name: str) -> bool:
    """Whether a source or container is the file's own."""
    return name == place.container or name.startswith(f"{place.container}#")
