"""Small cases for the tests of the knowledge library."""

from __future__ import annotations

from typing import Any

from knowledge.models import Audience, Case, Kind

EVERYONE = Audience.everyone()


def section(title: str, text: str, source: str = "", **more: Any) -> Case:
    """A document's section that everyone may read."""
    fields = {"audience": EVERYONE, **more}
    return Case(Kind.SECTION, title, title, text, source=source or f"file:{title}", **fields)


def solved(problem: str, resolution: str, source: str = "", **more: Any) -> Case:
    """A case learned from a thread of two people."""
    fields = {"audience": EVERYONE, "authors": ("U-ann", "U-bob"), **more}
    return Case(Kind.CASE, problem[:40], problem, resolution, source=source or f"thread:{problem}", **fields)


def precedent(problem: str, reply: str, source: str = "", **more: Any) -> Case:
    """A thread that got a helper's reply."""
    fields = {"audience": EVERYONE, "authors": ("U-ann", "U-bob"), **more}
    return Case(Kind.PRECEDENT, problem[:40], problem, reply, source=source or f"thread:{problem}", **fields)
