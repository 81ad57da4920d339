"""Finds candidates for a query by meaning and by words among the live entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.base import Vectors
from knowledge.embedding import unit
from knowledge.fairlock import FairLock
from knowledge.index import VectorIndex
from knowledge.index_rows import Blocks, Mask
from knowledge.lexical import Lexical
from knowledge.models import Entry, Kind, Query
from knowledge.shelf import Shelf, Spine, digest
from knowledge.tokens import GENERIC, tokens

GATES = 256  # audiences for which is remembered what they may see
POOL = 50  # candidates taken from each side before fusion
WORDS = 3  # a passage with fewer words of substance ("thanks, solved!") answers nothing by itself

Bits = tuple[NDArray[np.uint8], int]
Named = Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that either side found: best passage and its cosine, BM25, and what share of the query it holds."""

    spine: Spine
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


@dataclass(frozen=True, slots=True)
class Gate:
    """What may be seen, by row of the vector index and by slot of the keyword index, eight to a byte."""

    rows: Bits
    slots: Bits

    @classmethod
    def of(cls, *masks: Mask) -> Gate:
        """The gate that lets through what both masks do."""
        return cls(*[(np.packbits(mask), len(mask)) for mask in masks])

    @staticmethod
    def mask(bits: Bits) -> Mask:
        """The mask that `bits` were packed from."""
        return np.unpackbits(bits[0], count=bits[1]).view(np.bool_)


class Finder:
    """Shelf, keyword index and vector index behind one lock; every call holds it for a few milliseconds.

    One thread at a time calls `show`, `drop` and `tidy`; any number searches.
    """

    def __init__(self, index: VectorIndex, lexical: Lexical | None = None, shelf: Shelf | None = None) -> None:
        self._lock = FairLock()
        self._index, self._lexical, self._shelf = index, lexical or Lexical(), shelf or Shelf()
        self._gates = dict[tuple[frozenset[str], frozenset[Kind]], Gate]()

    def __len__(self) -> int:
        return len(self._shelf)

    @property
    def passages(self) -> int:
        """Number of searchable vectors."""
        return self._index.passages

    def holds(self, entry: Entry) -> bool:
        """Whether the vectors of just this text are indexed."""
        with self._lock:
            return self._index.stamp(entry.id) == stamp(entry)

    def differing(self, live: Sequence[tuple[int, int, float]]) -> tuple[list[int], list[int]]:
        """See Shelf.differing."""
        with self._lock:
            return self._shelf.differing(live)

    def show(self, entry: Entry, vectors: Vectors | None = None) -> None:
        """Make the entry findable; without `vectors` (one a passage) those already indexed still hold."""
        text = entry.text()
        words, passages, numbers = digest(text), stamp(entry), substantial(entry.passages())
        self._index.reserve(len(numbers), entry.id)
        with self._changing():
            if self._shelf.text(entry.id) != words:
                self._lexical.put(entry.id, text)
            self._shelf.put(entry, words)
            if vectors is not None:
                self._index.put(entry.id, vectors[numbers], passages, numbers)

    def update(self, entry: Entry) -> None:
        """Show new feedback counts of an entry that is findable; others stay hidden."""
        with self._changing():
            if (text := self._shelf.text(entry.id)) is not None:
                self._shelf.put(entry, text)

    def drop(self, entry_id: int) -> None:
        """Make the entry unfindable; unknown ids are fine."""
        with self._changing():
            self._shelf.remove(entry_id)
            self._lexical.remove(entry_id)
            self._index.remove(entry_id)

    def tidy(self, whole: bool = False) -> None:
        """Put in order what changes leave behind, where it is much; `whole` leaves nothing removed in memory.

        The work is done aside and takes up to a second or two; searches go on meanwhile.
        """
        for part in (self._index, self._lexical, self._shelf):
            if (made := part.renewed(whole)) is not None:
                with self._changing():
                    former = part.adopt(made)  # type: ignore[arg-type]
                del made, former  # much memory to give back: not under the lock

    def find(self, query: Query, vector: Vectors) -> Found:
        """The best of both sides that the query's audience, kinds and exclusions let through, each with all measures."""
        with self._lock:
            gate, own = self._gate(query), self._shelf.of_sources(query.exclude)
            scan, most = self._lexical.scan(query.words), POOL + len(own)
            nearest = [
                match for match in self._index.near(vector, Gate.mask(gate.rows), most) if match.entry_id not in own
            ]
            best = [
                entry_id for entry_id, _ in self._lexical.top(scan, Gate.mask(gate.slots), most) if entry_id not in own
            ]
            near, by_words = {match.entry_id: match for match in nearest[:POOL]}, best[:POOL]
            lacking = [entry_id for entry_id in by_words if entry_id not in near]
            near |= {match.entry_id: match for match in self._index.compare(vector, lacking)}
            words = self._lexical.at(scan, list(near))
            spines = self._shelf.spines(list(near))
            rarest = self._lexical.rarest
        matched = [(spine, near[spine.entry_id], words.of(spine.entry_id)) for spine in spines]
        candidates = tuple(Candidate(spine, match.passage, match.cosine, *said) for spine, match, said in matched)
        return Found(candidates, scan.specific / scan.total if scan.total else 0.0, rarest, words.named)

    def _gate(self, query: Query) -> Gate:
        """What the query's readers may see of the kinds it wants; kept until anything here changes. Call with the lock."""
        wanted = query.audience.scopes, query.kinds
        if wanted not in self._gates:
            if len(self._gates) == GATES:
                self._gates.clear()
            allowed = self._shelf.mask(query.audience, query.kinds)
            self._gates[wanted] = Gate.of(self._index.open(allowed), self._lexical.open(allowed))
        return self._gates[wanted]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Holds the lock for a change, after which no gate stands."""
        with self._lock:
            self._gates.clear()
            yield

    def blocks(self) -> tuple[dict[str, object], Blocks]:
        """(head, arrays) of what can be searched, for `of`; call `tidy(whole=True)` before. Holds nothing removed."""
        with self._lock:
            blocks = {**self._index.blocks(), **self._lexical.blocks(), **self._shelf.blocks()}
            return {"groups": self._shelf.groups()}, blocks

    @classmethod
    def of(cls, dim: int, head: Mapping[str, object], blocks: Blocks) -> Finder:
        """The finder that `head` and `blocks` came from."""
        shelf = Shelf.of(blocks, head["groups"])  # type: ignore[arg-type]
        return cls(VectorIndex.of(dim, blocks), Lexical.of(blocks), shelf)


def stamp(entry: Entry) -> int:
    """A number that changes with the entry's passages, so that vectors of another text are never taken for its own."""
    return digest("\0".join(entry.passages()))


def middle(rows: Vectors) -> Vectors:
    """The direction between all rows (n x dim unit vectors), as one row of length 1; zero when they are."""
    row: Vectors = unit(rows.sum(axis=0, keepdims=True))[0]
    return row


def substantial(passages: Sequence[str]) -> list[int]:
    """Numbers of the passages that say something; all of them when none does."""
    words = [sum(token not in GENERIC for token in tokens(text[:400])) for text in passages]
    kept = [n for n, count in enumerate(words) if count >= (WORDS if n else 1)]  # a problem may be put in one word
    return kept or list(range(len(passages)))
