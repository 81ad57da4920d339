"""Reads a text as a disguise is meant to be read: look-alike letters as plain ones, escapes undone, the invisible gone."""

from __future__ import annotations

import html
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import re2

from knowledge.redaction_model import Finding

# Letters of other scripts that look like a Latin one, each beside the one it stands for.
_TWINS = (
    "аaеeоoрpсcуyхxіiјjѕsԁdһhԛqԝwкkвbмmтtнnгrɡgıiɑaοoνvρpαaιiκkυuτtχxγyАAВBЕEКKМMНHОOРPСCТTХXІIЈJЅSУYԌGᏀGΑAΒBΕEΖZΗHΙIΚKΜMΝN"
    "ΟOΡPΤTΥYΧX‐-‑-‒-–-−-﹣-ˍ_∕/⁄/․.։:"
)


def _plain() -> dict[int, str]:
    """Characters that are one ASCII letter, digit or mark of a token in another dress, such as full-width ones."""
    blocks = ((0x2460, 0x24FF), (0xFF0B, 0xFF5F), (0x1D400, 0x1D800), (0x2070, 0x20A0), (0x2100, 0x2150))
    found = {}
    for code in (code for start, end in blocks for code in range(start, end)):
        plain = unicodedata.normalize("NFKC", chr(code))
        # The full-width comma, colon and the like are everyday marks of Chinese text and part of no token.
        if len(plain) == 1 and ((plain.isascii() and plain.isalnum()) or plain in "+-./=@_~"):
            found[code] = plain
    return found | {ord(twin): plain for twin, plain in zip(_TWINS[::2], _TWINS[1::2], strict=True)}


PLAIN = _plain()
_INVISIBLE = (
    r"[\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{206F}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}\x{E0000}-\x{E01EF}\x{300}-\x{36F}]"
)
_ESCAPES = (
    r"%[0-7][0-9A-Fa-f]|&#[0-9]{1,7};?|&#[xX][0-9A-Fa-f]{1,6};?|&[A-Za-z]{2,8};|\\u\{?[0-9A-Fa-f]{4}\}?|\\x[0-9A-Fa-f]{2}"
    r"|\\[nrt]|\\[_*.~+=/:-]|</?(?:wbr|b|i|em|strong|code|span|mark|font)(?:[ \t][^<>\n]{0,60})?/?>"
)
_NOISE: Any = re2.compile(f"{_INVISIBLE}|{_ESCAPES}")
_SIGNS = frozenset("%&\\<")
# `%255F` and `&amp;#95;` are escaped twice; nobody reads what is escaped more often than that.
_LAYERS = 3


class View:
    """Another reading of a text: its own `text`, and the way back from its places to those of the text it was made of."""

    def __init__(self, text: str, starts: array[int] | None = None, ends: array[int] | None = None) -> None:
        self.text, self._starts, self._ends = text, starts, ends

    def back(self, found: Iterable[Finding]) -> list[Finding]:
        """The findings in this reading, at their places in the original."""
        if self._starts is None or self._ends is None:
            return list(found)
        return [Finding(one.kind, self._starts[one.start], self._ends[one.end - 1]) for one in found]

    def without(self, cuts: Iterable[tuple[int, int, str]]) -> View:
        """This reading with each (start, end, replacement of one character or none) carried out, in order; the way back leads to the same original."""
        starts, ends, done = array("L"), array("L"), 0
        parts: list[str] = []
        for start, end, new in (*cuts, (len(self.text), len(self.text), "")):
            parts += (self.text[done:start], new)
            starts.extend(range(done, start) if self._starts is None else self._starts[done:start])
            ends.extend(range(done + 1, start + 1) if self._ends is None else self._ends[done:start])
            if new:
                starts.append(start if self._starts is None else self._starts[start])
                ends.append(end if self._ends is None else self._ends[end - 1])
            done = end
        return View("".join(parts), starts, ends)


def undisguised(text: str) -> View:
    """`text` in plain letters, with escapes undone; where nothing is disguised, the text itself."""
    view = View(text if text.isascii() else text.translate(PLAIN))
    for _ in range(_LAYERS):
        if view.text.isascii() and _SIGNS.isdisjoint(view.text):
            break
        cuts = list(_cuts(view.text))
        if not cuts:
            break
        view = view.without(cuts)
    return view


def _cuts(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _NOISE.finditer(text):
        noise = match.group()
        plain = _decoded(noise)
        if plain != noise:
            yield match.start(), match.end(), plain


@lru_cache(1024)
def _decoded(noise: str) -> str:
    """What an escape stands for: one character or none; the escape itself where that cannot be part of a token."""
    first = noise[0]
    if first not in _SIGNS or first == "<":
        return ""
    read: dict[str, Callable[[str], str]] = {"%": _percent, "&": html.unescape, "\\": _backslash}
    plain = read[first](noise)
    if len(plain) != 1:
        return noise
    return plain.translate(PLAIN) if plain.isprintable() or plain in "\n\t" else ""


def _percent(noise: str) -> str:
    return chr(int(noise[1:], 16))


def _backslash(noise: str) -> str:
    if noise[1] in "ux":
        return chr(int(noise[2:].strip("{}"), 16))
    return " " if noise[1] in "nrt" else noise[1]
