"""Finds, and removes, copies of erased words that SQLite leaves between the rows of a page when it moves rows about.

`secure_delete` overwrites what is deleted; when a page is split or filled anew, though, what stood there before stays in
the part of the page that is free. No query finds it, and a look at the file does.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from bot.storage.sqlite import Database

log = structlog.get_logger("residue")

SHORTEST = 8
"""Bytes of a piece of text that is looked for: less is found anywhere by chance."""
LARGEST = 400_000_000
"""Bytes of a database that is written anew well within the ten seconds for which writers wait."""
AT_ONCE = 256  # pages
HEADER = 100  # bytes before the first page's own
TREES = {2: 12, 5: 12, 10: 8, 13: 8}  # kinds of pages that hold rows, and the length of their headers
BREAKS = re.compile(r'["\\\x00-\x1f]+')  # what JSON writes otherwise than it stands in the text


def scrub(database: Database, words: Sequence[str]) -> bool:
    """Write the database anew when a copy of such a text is left in it; returns whether that was so.

    While it is written (one or two seconds for 100 MB) other writers wait; where they would wait too long it is only
    said. The write-ahead log must have been emptied.
    """
    if not left(database.path, words):
        return False
    if database.path.stat().st_size > LARGEST:
        log.warning("copies of erased words are left in free parts of the store", action="stop Vigil, VACUUM the store")
        return False
    database.value("VACUUM")
    return True


def left(path: Path, words: Sequence[str]) -> bool:
    """Whether a part of one of these texts stands in the free part of a page."""
    found = {piece for text in words for piece in _pieces(text)}
    return bool(found) and any(piece in free for free in _free(path) for piece in found)


def _pieces(text: str) -> Iterator[bytes]:
    """The parts of a text that are stored the same in every form."""
    for part in BREAKS.split(text):
        if len(piece := part.strip().encode(errors="surrogatepass")) >= SHORTEST:
            yield piece


def _free(path: Path) -> Iterator[bytes]:
    """What stands in the free part of each page, zeros aside."""
    with path.open("rb") as file:
        size = struct.unpack(">H", file.read(18)[16:])[0]
        size = 65536 if size == 1 else size
        file.seek(0)
        first = True
        while block := file.read(size * AT_ONCE):
            for start in range(0, len(block), size):
                if free := _gap(block[start : start + size], HEADER if first else 0).strip(b"\0"):
                    yield free
                first = False


def _gap(page: bytes, at: int) -> bytes:
    """The bytes between a page's list of rows and its rows."""
    if len(page) < at + 8 or page[at] not in TREES:
        return b""
    rows, content = struct.unpack(">HH", page[at + 3 : at + 7])
    return page[at + TREES[page[at]] + 2 * rows : content or len(page)]
