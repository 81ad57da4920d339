"""Tells in one pass over a text which redaction rules can find anything in it: for nearly every message, none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import re2

from knowledge.redaction_model import Rule

_ANYTHING = r"(?s)^"  # always matches: a result without it means that RE2 ran out of memory and knows nothing
_MEMORY = 16 << 20  # bytes of states that one set may keep; with 8 MiB real talk makes it start over again and again


class Sieve:
    """Rules compiled together. Safe to use from several threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._owner: list[int] = []  # by number of a pattern in the set: its rule
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        self._set: Any = re2.Set.SearchSet(options)
        for number, rule in enumerate(self._rules):
            for pattern in rule.patterns:
                self._set.Add(pattern)
                self._owner.append(number)
        self._set.Add(_ANYTHING)
        self._set.Compile()

    def worth_trying(self, text: str) -> Iterator[Rule]:
        """The rules that may find something in `text`, in their order; all of them when that cannot be told."""
        matched = set(self._set.Match(text))
        if len(self._owner) not in matched:
            yield from self._rules
        elif len(matched) > 1:
            named = {self._owner[pattern] for pattern in matched if pattern < len(self._owner)}
            yield from (self._rules[number] for number in sorted(named))
