"""Takes secrets and personal data out of text and leaves typed placeholders such as `[secret:token]` in their place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import re2

from knowledge.redaction_model import Finding
from knowledge.redaction_personal import PERSONAL_RULES
from knowledge.redaction_secrets import NAMED_RULES, SHAPED_RULES
from knowledge.redaction_sieve import Sieve

# The shapes of tokens apart from the rules that hang on words: in one sieve they would need many times the memory.
_SIEVES = (Sieve(SHAPED_RULES), Sieve((*NAMED_RULES, *PERSONAL_RULES)))
_PLACEHOLDER = re2.compile(r"\[(?:secret|personal):[a-z-]{2,20}\]")
# Each round only replaces text that is no placeholder yet; real text settles in one or two.
_ROUNDS = 8


def redact(text: str) -> str:
    """`text` with every finding replaced by `[kind]`; idempotent, linear in the text's length, never raises."""
    for _ in range(_ROUNDS):
        found = findings(text)
        if not found:
            break
        text = _replace(text, found)
    return text


def findings(text: str) -> list[Finding]:
    """Where secrets and personal data stand in `text`: in order, not overlapping, offsets in characters."""
    readable = _readable(text)
    found = [finding for sieve in _SIEVES for rule in sieve.worth_trying(readable) for finding in rule.find(readable)]
    if not found:
        return found
    kept = [(m.start(), m.end()) for m in _PLACEHOLDER.finditer(readable)]
    if kept:
        found = [f for f in found if not any(f.start < end and start < f.end for start, end in _near(kept, f))]
    return _joined(found)


def _readable(text: str) -> str:
    """The same text, character for character, with lone surrogates (which RE2 cannot read) as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _near(spans: Sequence[tuple[int, int]], finding: Finding) -> Iterable[tuple[int, int]]:
    """The spans that may touch `finding`; placeholders are sorted, so a bisection keeps this linear overall."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][1] <= finding.start:
            low = middle + 1
        else:
            high = middle
    return spans[low : low + 1]


def _joined(found: Iterable[Finding]) -> list[Finding]:
    """Overlapping findings as one that covers them all, under the kind of the longest (the earlier rule on a tie)."""
    joined: list[Finding] = []
    longest = 0
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        size = finding.end - finding.start
        if joined and finding.start < joined[-1].end:
            last = joined[-1]
            kind = finding.kind if size > longest else last.kind
            joined[-1] = Finding(kind, last.start, max(last.end, finding.end))
            longest = max(longest, size)
        else:
            joined.append(finding)
            longest = size
    return joined


def _replace(text: str, found: Iterable[Finding]) -> str:
    parts: list[str] = []
    position = 0
    for finding in found:
        parts += (text[position : finding.start], f"[{finding.kind}]")
        position = finding.end
    return "".join((*parts, text[position:]))
