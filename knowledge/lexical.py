"""Keyword search in memory (BM25) for what embeddings blur: error codes, flag names, versions, and CJK words."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.tokens import GENERIC, tokens

__all__ = ["Lexical", "Scan", "tokens"]

K1 = 1.2  # how soon repeating a word stops counting
B = 0.75  # how much a long text is held against itself
LONGEST = 8000  # characters of a query that are read
QUERY_TERMS = 48  # of a pasted log only the rarest words are looked up
GENERIC_WEIGHT = 0.25  # words such as "help", "error", "please" say little about the subject

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scan:
    """One query against every document: BM25 scores and matched word weights by slot, and the query's whole weight.

    `specific` is the weight of the query's words that are not generic, `rare` its words with their weight.
    """

    scores: NDArray[np.float32]
    covered: NDArray[np.float32]
    total: float
    specific: float
    rare: tuple[tuple[str, float], ...]


class Lexical:
    """BM25 over documents keyed by entry id; `put` replaces. Not thread-safe: the caller holds a lock."""

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._documents: list[array[int]] = []  # by term: slots, rising
        self._counts: list[array[float]] = []  # by term: how often the word stands in that slot
        self._frequency: list[int] = []  # by term: living documents that hold it
        self._slot: dict[int, int] = {}
        self._entry: array[int] = array("q")
        self._length: array[float] = array("f")
        self._alive = bytearray()
        self._held: list[array[int]] = []  # by slot: its terms
        self._words = 0.0

    def __len__(self) -> int:
        return len(self._slot)

    def put(self, entry_id: int, text: str) -> None:
        """Index `text` for the entry, in place of what was there."""
        self.remove(entry_id)
        counts: dict[str, int] = {}
        for token in tokens(text):
            counts[token] = counts.get(token, 0) + 1
        slot = len(self._held)
        held = array("i", [self._term(token) for token in counts])
        for term, count in zip(held, counts.values(), strict=True):
            self._documents[term].append(slot)
            self._counts[term].append(count)
            self._frequency[term] += 1
        length = float(sum(counts.values()))
        self._append(entry_id, slot, length, held)

    def _append(self, entry_id: int, slot: int, length: float, held: array[int]) -> None:
        self._slot[entry_id] = slot
        self._entry.append(entry_id)
        self._length.append(length)
        self._alive.append(1)
        self._held.append(held)
        self._words += length

    def _term(self, token: str) -> int:
        term = self._terms.setdefault(token, len(self._documents))
        if term == len(self._documents):
            self._documents.append(array("i"))
            self._counts.append(array("f"))
            self._frequency.append(0)
        return term

    def remove(self, entry_id: int) -> None:
        """Forget the entry's text; unknown ids are fine."""
        slot = self._slot.pop(entry_id, None)
        if slot is None:
            return
        self._alive[slot] = 0
        self._words -= self._length[slot]
        for term in self._held[slot]:
            self._frequency[term] -= 1
        self._held[slot] = array("i")
        if len(self._held) > 256 and len(self._held) > 2 * len(self._slot):
            self._compact()

    def _compact(self) -> None:
        alive = np.frombuffer(self._alive, dtype=np.bool_)
        moved = np.cumsum(alive, dtype=np.int32) - 1
        kept = np.flatnonzero(alive).tolist()
        terms: dict[str, int] = {}
        documents: list[array[int]] = []
        counts: list[array[float]] = []
        frequency: list[int] = []
        renumbered: dict[int, int] = {}
        for token, term in self._terms.items():
            if not self._frequency[term]:
                continue
            slots = np.frombuffer(self._documents[term], dtype=np.int32)
            stays = alive[slots]
            terms[token] = renumbered[term] = len(documents)
            documents.append(array("i", moved[slots[stays]].tobytes()))
            counts.append(array("f", np.frombuffer(self._counts[term], dtype=np.float32)[stays].tobytes()))
            frequency.append(self._frequency[term])
        self._terms, self._documents, self._counts, self._frequency = terms, documents, counts, frequency
        self._held = [array("i", [renumbered[term] for term in self._held[slot]]) for slot in kept]
        self._entry = array("q", [self._entry[slot] for slot in kept])
        self._length = array("f", [self._length[slot] for slot in kept])
        self._slot = {entry_id: slot for slot, entry_id in enumerate(self._entry)}
        self._alive = bytearray(b"\1" * len(kept))

    def scan(self, text: str) -> Scan:
        """BM25 of `text` against every document; a word said n times counts the root of n as much."""
        said = Counter(tokens(text[:LONGEST]))
        weighed = self._weigh(said)
        scores = np.zeros(len(self._held), dtype=np.float32)
        covered = np.zeros(len(self._held), dtype=np.float32)
        if self._held:
            lengths = np.frombuffer(self._length, dtype=np.float32)
            norm = K1 * (1 - B + B * lengths / max(self._words / max(len(self._slot), 1), 1.0))
            for token, weight in weighed:
                if (term := self._terms.get(token)) is not None:
                    slots = np.frombuffer(self._documents[term], dtype=np.int32)
                    counts = np.frombuffer(self._counts[term], dtype=np.float32)
                    scores[slots] += weight * said[token] ** 0.5 * (K1 + 1) * counts / (counts + norm[slots])
                    covered[slots] += weight
        specific = sum(weight for token, weight in weighed if token not in GENERIC)
        return Scan(scores, covered, sum(weight for _, weight in weighed), specific, tuple(weighed))

    def _weigh(self, said: Iterable[str]) -> list[tuple[str, float]]:
        """The query's words, rarest first, each with its inverse document frequency."""
        weighed = []
        for token in said:
            term = self._terms.get(token)
            rarity = self._rarity(0 if term is None else self._frequency[term])
            weighed.append((token, rarity * (GENERIC_WEIGHT if token in GENERIC else 1.0)))
        return sorted(weighed, key=lambda pair: (-pair[1], pair[0]))[:QUERY_TERMS]

    def _rarity(self, held: int) -> float:
        return math.log1p((len(self._slot) - held + 0.5) / (held + 0.5))

    @property
    def rarest(self) -> float:
        """The weight of a word that one document alone holds."""
        return self._rarity(1) if self._slot else 0.0

    def top(self, scan: Scan, allowed: Mask | None, limit: int) -> list[tuple[int, float]]:
        """The best `limit` (entry id, score) of a scan; `allowed` is a mask by entry id, ids beyond it are denied."""
        scores = np.where(self._mask(allowed), scan.scores, 0.0)
        best = np.argpartition(scores, -limit)[-limit:] if limit < len(scores) else np.arange(len(scores))
        ordered = best[np.argsort(-scores[best], kind="stable")]
        return [(self._entry[slot], float(scores[slot])) for slot in ordered.tolist() if scores[slot] > 0]

    def _mask(self, allowed: Mask | None) -> Mask:
        alive = np.frombuffer(self._alive, dtype=np.bool_)
        if allowed is None:
            return alive
        ids = np.frombuffer(self._entry, dtype=np.int64)
        inside = ids < len(allowed)
        return alive & inside & allowed[np.where(inside, ids, 0)] if len(allowed) else np.zeros_like(alive)

    def search(self, text: str, allowed: Mask | None = None, limit: int = 10) -> list[tuple[int, float]]:
        """The best `limit` (entry id, BM25 score) that `allowed` (a mask by entry id) lets through, best first."""
        return self.top(self.scan(text), allowed, limit)

    def at(self, scan: Scan, entry_id: int) -> tuple[float, float]:
        """(BM25 score, matched share of the query's weight in 0..1) of one entry in a scan."""
        slot = self._slot.get(entry_id)
        if slot is None or scan.total <= 0:
            return 0.0, 0.0
        return float(scan.scores[slot]), min(1.0, float(scan.covered[slot]) / scan.total)

    def matched(self, scan: Scan, entry_id: int) -> list[tuple[str, float]]:
        """The query's words that the entry holds, rarest first, with their weight."""
        held = set(self._held[self._slot[entry_id]]) if entry_id in self._slot else set()
        return [(token, weight) for token, weight in scan.rare if self._terms.get(token, -1) in held]
