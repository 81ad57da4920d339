"""The words and patterns that a team wants kept: what they cover is not redacted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import re2

from knowledge.models import KnowledgeError
from knowledge.redaction_model import Finding

MOST, LONGEST = 100, 200
_MEMORY = 1 << 20
# A pattern that takes these, made up in the forms that matter most, would let secrets through unseen.
_NEVER = (
    "ghp_" + "aB3dE5fG7h" * 4,
    "AKIA" + "Q7" * 8,
    "eyJhbGciOiJub25lIn0" + ".eyJ4IjoxfQ.c2ln",
    "Tr0ub4dor&3x",
    "4111111111111111",
)


@dataclass(frozen=True, slots=True)
class Keep:
    """Literal words, and patterns between slashes (`/…/`, RE2), in any case of letters; see `keep_list`."""

    pattern: Any = None

    def spared(self, text: str, found: Iterable[Finding]) -> list[Finding]:
        """The findings that do not lie wholly within something to be kept."""
        if self.pattern is None:
            return list(found)
        kept = [match.span() for match in self.pattern.finditer(text)]
        return [one for one in found if not _within(one, kept)]


def _within(one: Finding, kept: list[tuple[int, int]]) -> bool:
    place = bisect_right(kept, (one.start, one.end + 1)) - 1
    return place >= 0 and kept[place][0] <= one.start and one.end <= kept[place][1]


def keep_list(entries: Iterable[str]) -> Keep:
    """The list as configured; raises KnowledgeError that names the first entry that is broken, empty, too long or too wide."""
    patterns = []
    for number, entry in enumerate(entries, 1):
        if number > MOST:
            raise KnowledgeError(
                f"holds more than {MOST} entries: use a pattern between slashes for those that are alike"
            )
        patterns.append(_pattern(entry))
    return Keep(_compiled("|".join(patterns))) if patterns else Keep()


def _pattern(entry: str) -> str:
    if len(entry) > LONGEST or not entry.strip():
        raise KnowledgeError(f"{entry[:40]!r} is empty or longer than {LONGEST} characters")
    slashed = len(entry) > 2 and entry.startswith("/") and entry.endswith("/")
    pattern = f"(?:{entry[1:-1]})" if slashed else re2.escape(entry)
    compiled = _compiled(pattern)
    if compiled.search("") or any(match.span() == (0, len(one)) for one in _NEVER for match in compiled.finditer(one)):
        raise KnowledgeError(f"{entry!r} is too wide: it would keep tokens and passwords; name what is to be kept")
    return pattern


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = _MEMORY, False, False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as wrong:
        said = wrong.args[0].decode() if wrong.args and isinstance(wrong.args[0], bytes) else wrong
        raise KnowledgeError(f"/{pattern}/ is no pattern that RE2 takes: {said}") from None
