"""The values and the one rule form that the redaction rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

_BEFORE, _AFTER = 80, 80


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret or a piece of personal data: its kind (`secret:token`) and where it stands, in characters."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that has the shape of a secret, with a little of what stands around it."""

    value: str
    before: str
    after: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Finds one kind of thing; where none of `patterns` (RE2 syntax) matches, `find` finds nothing and need not be run."""

    patterns: tuple[str, ...]
    find: Callable[[str], Iterator[Finding]]


def always(candidate: Candidate) -> bool:
    """The shape alone is proof enough."""
    return True


def pattern_rule(kind: str, pattern: str, accept: Callable[[Candidate], bool] = always) -> Rule:
    """A rule that hides group 1 of each match of `pattern` (RE2 syntax) that `accept` takes."""
    compiled: Any = re2.compile(pattern)

    def find(text: str) -> Iterator[Finding]:
        for match in compiled.finditer(text):
            start, end = match.span(1)
            before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
            groups = tuple(group or "" for group in match.groups())
            if accept(Candidate(match.group(1), before, after, groups)):
                yield Finding(kind, start, end)

    return Rule((pattern,), find)
