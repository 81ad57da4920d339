"""Finds candidates for a query by meaning and by words among the live entries held in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.base import Vectors
from knowledge.cachefile import save
from knowledge.embedding import unit
from knowledge.index import VectorIndex
from knowledge.lexical import Lexical, Scan
from knowledge.models import Entry, Query
from knowledge.shelf import Shelf
from knowledge.tokens import GENERIC, tokens

POOL = 50  # candidates taken from each side before fusion
WORDS = 3  # a passage with fewer words of substance ("thanks, solved!") answers nothing by itself

Named = Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that either side found: best passage and its cosine, BM25, and what share of the query it holds."""

    entry: Entry
    passage: int
    cosine: float
    bm25: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Found:
    """Both sides' candidates for a query.

    `specific` is 0..1: how much of the query's weight is not generic words; `rarest` the weight of a word that a single
    entry holds; `named` gives the query's words that an entry (by id) holds with their weight, rarest first. `meaning`
    is False where cosines say nothing (a language that the model cannot read) and coverage stands in their place.
    """

    candidates: tuple[Candidate, ...]
    specific: float
    rarest: float = 1.0
    named: Callable[[int], Named] = lambda entry_id: ()
    meaning: bool = True

    def by_words_alone(self) -> Found:
        """The same candidates without what the model made of them; pairs across words keep coverage low, hence the root."""
        worded = tuple(replace(c, cosine=c.coverage**0.5) for c in self.candidates)
        return replace(self, candidates=worded, meaning=False)


class Finder:
    """Shelf, keyword index and vector index behind one lock; every call holds it for a millisecond or two."""

    def __init__(self, index: VectorIndex) -> None:
        self._lock = threading.Lock()
        self._shelf, self._lexical, self._index = Shelf(), Lexical(), index

    def __len__(self) -> int:
        return len(self._shelf)

    def holds(self, entry: Entry) -> bool:
        """Whether the vectors of just this text are indexed."""
        with self._lock:
            return self._index.stamp(entry.id) == stamp(entry)

    def show(self, entry: Entry, vectors: Vectors | None = None) -> None:
        """Make the entry findable; without `vectors` (one a passage) those already indexed still hold."""
        with self._lock:
            known = self._shelf.get(entry.id)
            self._shelf.put(entry)
            if known is None or known.case != entry.case:
                self._lexical.put(entry.id, entry.case.text())
            if vectors is not None:
                numbers = substantial(entry.case.passages())
                self._index.put(entry.id, vectors[numbers], stamp(entry), numbers)

    def update(self, entry: Entry) -> None:
        """Show new feedback counts of an entry that is findable; others stay hidden."""
        with self._lock:
            if self._shelf.get(entry.id) is not None:
                self._shelf.put(entry)

    def drop(self, entry_id: int) -> None:
        """Make the entry unfindable; unknown ids are fine."""
        with self._lock:
            self._shelf.remove(entry_id)
            self._lexical.remove(entry_id)
            self._index.remove(entry_id)

    def prune(self) -> None:
        """Leave no vector behind of what is not live, and no removed one in memory."""
        with self._lock:
            for entry_id in self._index.stamps().keys() - self._shelf.ids():
                self._index.remove(entry_id)
            self._index.compact()

    def save(self, path: Path, model: str, change: int) -> None:
        """Write the vector cache; OSError when the disk refuses (the old file stays whole)."""
        with self._lock:
            save(self._index, path, model, change)

    def find(self, query: Query, vector: Vectors) -> Found:
        """The best of both sides that the query's audience, kinds and exclusions let through, each with all measures."""
        with self._lock:
            allowed = self._shelf.mask(query)
            scan = self._lexical.scan(query.words)
            near = {match.entry_id: match for match in self._index.search(vector, allowed, POOL)}
            words = [entry_id for entry_id, _ in self._lexical.top(scan, allowed, POOL)]
            lacking = [entry_id for entry_id in words if entry_id not in near]
            near |= {match.entry_id: match for match in self._index.compare(vector, lacking)}
            candidates = [
                Candidate(entry, near[entry_id].passage, near[entry_id].cosine, *self._lexical.at(scan, entry_id))
                for entry_id in near
                if (entry := self._shelf.get(entry_id)) is not None
            ]
            rarest = self._lexical.rarest
        specific = scan.specific / scan.total if scan.total else 0.0
        return Found(tuple(candidates), specific, rarest, lambda entry_id: self._named(scan, entry_id))

    def _named(self, scan: Scan, entry_id: int) -> Named:
        with self._lock:
            return self._lexical.matched(scan, entry_id)


def stamp(entry: Entry) -> int:
    """A number that changes with the entry's passages, so that vectors of another text are never taken for its own."""
    joined = "\0".join(entry.case.passages()).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")


def middle(rows: Vectors) -> Vectors:
    """The direction between all rows (n x dim unit vectors), as one row of length 1; zero when they are."""
    row: Vectors = unit(rows.sum(axis=0, keepdims=True))[0]
    return row


def substantial(passages: Sequence[str]) -> list[int]:
    """Numbers of the passages that say something; all of them when none does."""
    words = [sum(token not in GENERIC for token in tokens(text[:400])) for text in passages]
    kept = [n for n, count in enumerate(words) if count >= (WORDS if n else 1)]  # a problem may be put in one word
    return kept or list(range(len(passages)))
