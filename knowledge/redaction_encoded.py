"""Finds base64 and hexadecimal text that, read plainly, holds a secret or personal data."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Any

import re2

from knowledge.redaction_model import Finding

_LEAST = 24
_RUN = r"[A-Za-z0-9+/_-]{24,}={0,2}"
_RUNS: Any = re2.compile(_RUN)
_NEXT_LINE: Any = re2.compile(r"^(?:=?[ \t]*\\?\r?\n[ \t>|]*)([A-Za-z0-9+/_-]{2,}={0,2})(?:\s|$)")
# Mail breaks base64 after 76 characters, PEM after 64; a shorter line is the last one.
_LINE, _LINES = 60, 64
_LONGEST_BREAK = 200


def encoded(text: str, find: Callable[[str], list[Finding]]) -> Iterator[Finding]:
    """Runs of base64 or hex digits in which, decoded, `find` finds something; over several lines where they go on."""
    done = 0
    for match in _RUNS.finditer(text):
        if match.start() < done:
            continue
        for start, end, plain in _plain(text, match.start(), match.end()):
            found = find(plain)
            if found:
                done = end
                yield Finding(found[0].kind, start, end)


def _plain(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """(start, end, decoded text) of the run, or of each part of it that decodes: a run may be a path with such a part."""
    start += 2 * text.startswith("0x", start)
    whole = text[start:end]
    if plain := _decoded(whole):
        end, more = _following(text, start, end) if len(whole) >= _LINE else (end, "")
        yield start, end, plain + more
        return
    for part in whole.split("/") if "/" in whole else ():
        if len(part) >= _LEAST and (plain := _decoded(part)):
            yield start, start + len(part), plain
        start += len(part) + 1


def _following(text: str, start: int, end: int) -> tuple[int, str]:
    """The end of a block of lines of base64, and what its further lines say."""
    said: list[str] = []
    while len(said) < _LINES:
        match = _NEXT_LINE.search(text[end : end + _LONGEST_BREAK])
        plain = _decoded(match.group(1), 1) if match else ""
        if not match or not plain:
            break
        said.append(plain)
        end += match.end(1)
        if len(match.group(1)) < _LINE:
            break
    return end, "".join(said)


def _decoded(run: str, least: int = 12) -> str:
    """The text that a run stands for; "" where it stands for none, as names, digests and random ids do."""
    for read in (_hex, _base64):
        plain = read(run)
        if len(plain) >= least and plain.isascii() and plain.replace("\n", "").replace("\r", "").isprintable():
            return plain
    return ""


def _hex(run: str) -> str:
    try:
        return bytes.fromhex(run).decode("latin-1")
    except ValueError:
        return ""


def _base64(run: str) -> str:
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


ENCODED = (_RUN,)
