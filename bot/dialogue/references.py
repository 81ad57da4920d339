"""Reads which case a button or a typed number means; imports nothing heavy, since a listener uses it."""

from __future__ import annotations

import re

VALUE = re.compile(r"#?(\d{1,12})(?:\.(\d{1,9}))?")


def reference(value: str) -> tuple[int, int] | None:
    """(entry id, version or 0) of a card's button or of a number that somebody typed; None for anything else."""
    found = VALUE.fullmatch(value.strip())
    return (int(found[1]), int(found[2] or 0)) if found else None
