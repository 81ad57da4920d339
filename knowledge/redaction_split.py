"""Finds vendor tokens that are broken apart: over lines, in joined strings, by marks of emphasis or by spaces."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import re2

from knowledge.redaction_model import Finding
from knowledge.redaction_views import View

Find = Callable[[str], list[Finding]]
# What may stand between two halves: the end of a line (with its backslash, quote marks, indent), `" + "`, `**`.
_GAP: Any = re2.compile(
    r"""[ \t]*\\?\r?\n[ \t>|]*|["'][ \t]*[+.&]?[ \t]*\\?(?:\r?\n)?[ \t>|]*[+.&]?[ \t]*["']|[*`]{1,3}|~~|<br ?/?>"""
)
_SPACED: Any = re2.compile(r"(?:^|\s)((?:[A-Za-z0-9_.:/+=~-][ \t]){14,}[A-Za-z0-9_.:/+=~-])(?:$|[\s,;。，])")
_PREFIX = (
    r"(?:^|[^A-Za-z0-9])((?:gh[pousr]_|github_pat|gl[a-z]{2,5}-|xox[a-z]-|xapp-|sk-|[sr]k_(?:live|test)_|AIza|GOCSPX-"
    r"|AKIA|ASIA|LTAI|npm_|pypi-|eyJ|hv[sbr]\.|hf_|do[opr]_v1_|shp[a-z]{2}_|SG\.|SK[0-9a-f]{2}|dapi|gls?[ac]_|tskey-|ntn_"
    r"|vc[aciprk]_|lin_api_|NRAK-|dckr_|key-|ATATT3|[0-9]{8,10}:AA|[A-Za-z0-9_~.]{3}[78]Q~|gsk_|sbp_|pplx-|xai-|PMAK-)"
    r"[A-Za-z0-9_.~+/=-]*)[ \t]+[A-Za-z0-9_.~+/=-]"
)
_AFTER_PREFIX: Any = re2.compile(_PREFIX)
_PIECES: Any = re2.compile(r"[A-Za-z0-9_.~+/=-]+")
_PIECE = re.compile(r"(?:[A-Za-z0-9_.:+/=-]|~(?!~))+")  # tried at one place only, where RE2 would first copy the text
_LEAST = 20  # no vendor's token is shorter
_GAP_SIGNS = "\n\"'*~`<"
_MOST_GAPS, _TRIMS = 64, 8  # a token goes over so many lines at most; so many words behind it are told from it
_GROUP = 16  # characters of a group whose like is taken for one too
_REACH = 400  # characters over which a token in groups may stretch
_TOKEN_MARKS = frozenset("_-.:+/=~")


def joined(text: str, find: Find) -> Iterator[Finding]:
    """Tokens that `find` (which knows shapes of tokens only) finds across ends of lines, quotes and marks of emphasis."""
    if not any(sign in text for sign in _GAP_SIGNS):
        return
    for start, end, gaps in _chains(text):
        chain = View(text[start:end]).without((a - start, b - start, "") for a, b in gaps)
        for found in _moved(chain.back(find(chain.text)), start):
            first = bisect_left(gaps, (found.start,))
            inner = [gap for gap in gaps[first : first + _MOST_GAPS] if gap[1] < found.end]
            if inner:
                yield Finding(found.kind, found.start, _end(text, found, inner, find))


def _chains(text: str) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(start, end, gaps) of pieces with nothing but gaps between them that together are long enough for a token."""
    gaps: list[tuple[int, int]] = []
    begin = end = 0
    for match in _GAP.finditer(text):
        start, after = match.span()
        if gaps and start != end:
            yield from _long(text, begin, end, gaps)
            gaps = []
        begin = begin if gaps else _word_before(text, start)
        if begin < start and after < (stop := _piece_end(text, after)):
            gaps.append((start, after))
            end = stop
    yield from _long(text, begin, end, gaps)


def _long(
    text: str, begin: int, end: int, gaps: list[tuple[int, int]]
) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    if gaps and _telling(text[begin:end]):
        yield begin, end, gaps


def _word_before(text: str, end: int) -> int:
    start = end
    while start and _of_token(text[start - 1]) and not text.startswith("~~", start - 2):
        start -= 1
    return start


def _piece_end(text: str, start: int) -> int:
    found = _PIECE.match(text, start)
    return found.end() if found else start


def _telling(chain: str) -> bool:
    return len(chain) > _LEAST and any(c.isdigit() or c == "_" for c in chain)


def _moved(found: list[Finding], by: int) -> Iterator[Finding]:
    return (Finding(one.kind, one.start + by, one.end + by) for one in found)


def _of_token(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in _TOKEN_MARKS)


def _end(text: str, found: Finding, gaps: list[tuple[int, int]], find: Find) -> int:
    """Where the token ends: what follows it on the next line is not part of it when that is a word and it does without."""
    end = found.end
    for start, after in reversed(gaps[-_TRIMS:]):
        if (
            "\n" not in text[start:after]
            or _plausible(text[after:end])
            or not find(_closed(text, found.start, start, gaps))
        ):
            break
        end = start
    return end


def _closed(text: str, start: int, end: int, gaps: list[tuple[int, int]]) -> str:
    places = [start, *(place for gap in gaps if gap[1] <= end for place in gap), end]
    return "".join(text[a:b] for a, b in zip(places[::2], places[1::2], strict=True))


def _plausible(piece: str) -> bool:
    """Whether a piece looks generated rather than written: a digit, or capitals that no word has."""
    turns = sum(a.islower() and b.isupper() for a, b in pairwise(piece))
    return any(c.isdigit() for c in piece) or turns > 0 or "_" in piece


def spaced(text: str, find: Find) -> Iterator[Finding]:
    """`g h p _ a b c`: one space after each character."""
    for match in _SPACED.finditer(text):
        start, run = match.start(1), match.group(1)
        yield from (Finding(one.kind, start + 2 * one.start, start + 2 * one.end - 1) for one in find(run[::2]))


def grouped(text: str, find: Find) -> Iterator[Finding]:
    """`ghp_ aB3d E5fG`: a known beginning, and groups behind it that look generated or are as long as the one before."""
    done = 0
    for match in _AFTER_PREFIX.finditer(text):
        start = match.start(1)
        if start < done:
            continue  # looked at already
        pieces = list(_groups(text[start : start + _REACH]))
        done = start + pieces[-1][1]
        joined = View(text[start : start + _REACH]).without(
            [(a[1], b[0], "") for a, b in pairwise(pieces)] + [(pieces[-1][1], min(_REACH, len(text) - start), "")]
        )
        for one in joined.back(find(joined.text)):
            if one.start == 0 and one.end > len(match.group(1)):
                yield Finding(one.kind, start, start + one.end)


def _groups(window: str) -> Iterator[tuple[int, int]]:
    """Where the pieces stand, up to the first that is a word; a last one may be shorter than the others."""
    size, count, done = 0, 0, 0
    for match in _PIECES.finditer(window):
        start, end = match.span()
        piece, gap = match.group(), window[done:start]
        even = not piece.islower() and (len(piece) == size or (count > 2 and len(piece) < size)) and size <= _GROUP
        if gap.strip(" \t") or (count and not even and not _plausible(piece)):
            return
        yield start, end
        if count and len(piece) < size:
            return
        size, count, done = len(piece), count + 1, end


SPACED, GROUPED = (_SPACED.pattern,), (_PREFIX,)
