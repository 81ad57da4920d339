"""Takes secrets and personal data out of text and leaves typed placeholders such as `[secret:token]` in their place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import re2

from knowledge.redaction_encoded import ENCODED, encoded
from knowledge.redaction_keep import Keep
from knowledge.redaction_model import Finding, Rule
from knowledge.redaction_personal import PERSONAL_RULES
from knowledge.redaction_secrets import NAMED_RULES, SHAPED_RULES, TOKEN_RULES
from knowledge.redaction_sieve import Sieve
from knowledge.redaction_split import GROUPED, SPACED, grouped, joined, spaced
from knowledge.redaction_streets import STREET_RULES
from knowledge.redaction_views import undisguised

# Apart from each other: in one sieve they would need many times the memory.
_SIEVES = (Sieve(SHAPED_RULES), Sieve((*NAMED_RULES, *PERSONAL_RULES)), Sieve(STREET_RULES))
_TOKENS = Sieve(TOKEN_RULES)
_PLACEHOLDER = re2.compile(r"\[(?:secret|personal):[a-z-]{2,20}\]")
# Each round only replaces text that is no placeholder yet; real text settles in one or two.
_ROUNDS = 8
_NOTHING = Keep()


@dataclass(frozen=True, slots=True)
class Redaction:
    """`redact` with a team's list of what is to be kept."""

    keep: Keep = _NOTHING

    def __call__(self, text: str) -> str:
        return redact(text, self.keep)

    def findings(self, text: str) -> list[Finding]:
        """See `findings`."""
        return findings(text, self.keep)


def redact(text: str, keep: Keep = _NOTHING) -> str:
    """`text` with every finding replaced by `[kind]`; idempotent, linear in the text's length, never raises."""
    return _replaced(text, findings(text, keep))


def findings(text: str, keep: Keep = _NOTHING) -> list[Finding]:
    """What `redact` masks in `text`: in order, not overlapping, offsets in characters."""
    masks: list[Finding] = []
    readable = now = _readable(text)
    for _ in range(_ROUNDS):
        found = _outside_placeholders(now, keep.spared(now, _found(now)))
        if not found:
            break
        masks = sorted((*masks, *_back(found, masks)), key=lambda mask: mask.start)
        now = _replaced(readable, masks)
    return masks


def _readable(text: str) -> str:
    """The same text, character for character, with lone surrogates (which RE2 cannot read) as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _found(text: str) -> list[Finding]:
    """Findings in the text as it stands, in what it means when its disguises are taken off, and in tokens put together."""
    found = _plainly(text, _SIEVES)
    view = undisguised(text)
    if view.text != text:
        found += view.back(_plainly(view.text, _SIEVES))
    apart = [*_plainly(view.text, (_APART,)), *joined(view.text, _tokens)]
    return _joined([*found, *view.back(apart)])


def _plainly(text: str, sieves: Iterable[Sieve]) -> list[Finding]:
    return [finding for sieve in sieves for rule in sieve.worth_trying(text) for finding in rule.find(text)]


def _tokens(text: str) -> list[Finding]:
    return _plainly(text, (_TOKENS,))


# What was encoded is searched like any text: it is shorter than its code, so this ends, and costs no more than the text.
_APART = Sieve(
    (
        Rule(SPACED, partial(spaced, find=_tokens)),
        Rule(GROUPED, partial(grouped, find=_tokens)),
        Rule(ENCODED, partial(encoded, find=_found)),
    )
)


def _outside_placeholders(text: str, found: list[Finding]) -> list[Finding]:
    kept = [(m.start(), m.end()) for m in _PLACEHOLDER.finditer(text)] if found else []
    return [one for one in found if not any(one.start < end and start < one.end for start, end in _near(kept, one))]


def _near(spans: Sequence[tuple[int, int]], finding: Finding) -> Sequence[tuple[int, int]]:
    """The spans that may touch `finding`; they are sorted, so a bisection keeps this linear overall."""
    first = bisect_right(spans, finding.start, key=lambda span: span[1])
    return spans[first : first + 1]


def _back(found: Iterable[Finding], masks: Sequence[Finding]) -> Iterable[Finding]:
    """Findings of a text in which `masks` are replaced already, at their places in the original."""
    shift, waiting = 0, list(reversed(masks))
    for one in found:
        while waiting and waiting[-1].start < one.start + shift:
            mask = waiting.pop()
            shift += mask.end - mask.start - len(mask.kind) - 2
        yield Finding(one.kind, one.start + shift, one.end + shift)


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


def _replaced(text: str, masks: Iterable[Finding]) -> str:
    parts: list[str] = []
    position = 0
    for mask in masks:
        parts += (text[position : mask.start], f"[{mask.kind}]")
        position = mask.end
    return "".join((*parts, text[position:]))
