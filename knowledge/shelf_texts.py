"""Whole entries in few bytes: packed text in one long array, read back when a search has found them."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from knowledge.index_rows import Blocks, Numbers, longer
from knowledge.models import Audience, Case, Entry, Kind, Link, Said, Status

LEAST = 4096  # fresh texts that may wait to be joined
FRESH_SHARE = 1 / 8
DEAD_SHARE = 1 / 3  # of the bytes: above it they are written anew


class Texts:
    """Entries by id. As Python objects they would take four times the memory, and the garbage collector seconds.

    What is removed is blotted out at once. `renewed` takes long and changes nothing here; the caller holds a lock for
    the rest.
    """

    def __init__(self) -> None:
        self._bytes: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)
        self._start: Numbers = np.zeros(0, dtype=np.int64)  # by entry id; starts and stops are equal where none is
        self._stop: Numbers = np.zeros(0, dtype=np.int64)
        self._fresh: dict[int, bytes] = {}
        self._dead = 0

    def get(self, entry_id: int) -> bytes:
        """The packed entry (see `unpacked`), empty when it is not here."""
        fresh = self._fresh.get(entry_id)
        return self._bytes[self._span(entry_id)].tobytes() if fresh is None else fresh

    def _span(self, entry_id: int) -> slice:
        if entry_id >= len(self._start):
            return slice(0, 0)
        return slice(int(self._start[entry_id]), int(self._stop[entry_id]))

    def put(self, entry: Entry) -> None:
        """Keep the entry, in place of its former version."""
        self.remove(entry.id)
        self._fresh[entry.id] = packed(entry)

    def remove(self, entry_id: int) -> None:
        """Leave nothing of the entry; unknown ids are fine."""
        self._fresh.pop(entry_id, None)
        span = self._span(entry_id)
        if span.stop > span.start:
            self._bytes[span] = 0
            self._stop[entry_id] = self._start[entry_id]
            self._dead += span.stop - span.start

    def renewed(self, whole: bool = False) -> Texts | None:
        """The same in one array and without holes where they are much; None while there is little to do (or nothing)."""
        thin = self._dead > DEAD_SHARE * len(self._bytes)
        many = len(self._fresh) > (0 if whole else max(LEAST, FRESH_SHARE * np.count_nonzero(self._stop > self._start)))
        if not (thin or many):
            return None
        ids = np.flatnonzero(self._stop > self._start)
        lengths, kept = self._stop[ids] - self._start[ids], self._bytes
        starts = self._start[ids]
        if thin:
            kept = np.concatenate([kept[:0], *(self._bytes[self._span(entry_id)] for entry_id in ids.tolist())])
            starts = np.cumsum(lengths) - lengths
        more = np.array([len(text) for text in self._fresh.values()], dtype=np.int64)
        joined = np.concatenate([kept, np.frombuffer(b"".join(self._fresh.values()), dtype=np.uint8)])
        stops = np.concatenate([starts + lengths, len(kept) + np.cumsum(more)])
        named = np.array([*ids.tolist(), *self._fresh], dtype=np.int64)  # said, for there may be none left
        return self._of(joined, named, stops - np.concatenate([lengths, more]), stops)

    @classmethod
    def _of(cls, joined: NDArray[np.uint8], ids: Numbers, starts: Numbers, stops: Numbers) -> Texts:
        texts, size = cls(), int(ids.max(initial=0)) + 1
        texts._bytes, texts._dead = joined, len(joined) - int((stops - starts).sum())
        texts._start, texts._stop = longer(texts._start, size, 0), longer(texts._stop, size, 0)
        texts._start[ids], texts._stop[ids] = starts, stops
        return texts

    def blocks(self) -> Blocks:
        """What `of` makes the same of, after `renewed(whole=True)` was put in place."""
        ids = np.flatnonzero(self._stop > self._start)
        return {"texts": self._bytes, "text_of": ids, "text_start": self._start[ids], "text_stop": self._stop[ids]}

    @classmethod
    def of(cls, blocks: Blocks) -> Texts:
        """The texts that `blocks` came from."""
        return cls._of(blocks["texts"], blocks["text_of"], blocks["text_start"], blocks["text_stop"])


def packed(entry: Entry) -> bytes:
    """The entry without its id in few bytes."""
    case = entry.case
    links = [(link.title, link.url) for link in case.links]
    told = (case.kind, case.title, case.problem, case.resolution, sorted(case.audience.scopes), case.source, case.url)
    more = (case.environment, case.cause, links, case.authors, case.happened_at, case.turns, case.container)
    said = [(said.turn, said.text) for said in case.said]
    state = (entry.version, entry.status, entry.change, entry.updated_at, entry.helpful, entry.unhelpful)
    row = (told, more, state, (entry.proposed_by, entry.approved_by), entry.phrasings, said)
    return json.dumps(row, separators=(",", ":")).encode()


def unpacked(entry_id: int, data: bytes) -> Entry:
    """The entry that `packed` made bytes of."""
    told, more, state, people, phrasings, said = json.loads(data.decode())
    kind, title, problem, resolution, scopes, source, url = told
    environment, cause, links, authors, happened_at, turns, container = more
    case = Case(
        Kind(kind), title, problem, resolution, Audience(frozenset(scopes)), source, url, environment, cause,
        tuple(Link(*link) for link in links) if links else (), tuple(authors), happened_at, tuple(turns), container,
        tuple(Said(*part) for part in said),
    )  # fmt: skip
    version, status, *counted = state
    return Entry(entry_id, case, version, Status(status), *counted, *people, *[tuple(phrasings)])
