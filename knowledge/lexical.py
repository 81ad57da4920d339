"""Keyword search (BM25) for what embeddings blur: error codes, flag names, versions, and CJK words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.lexical_documents import Documents
from knowledge.lexical_postings import Blocks, Counts, Slots
from knowledge.tokens import GENERIC, is_pair, tokens

__all__ = ["Lexical", "Scan", "Words", "tokens"]

K1 = 1.2  # how soon repeating a word stops counting
B = 0.75  # how much a long text is held against itself
LONGEST = 8000  # characters of a query that are read
QUERY_TERMS = 48  # of a pasted log only the rarest words are looked up
GENERIC_WEIGHT = 0.25  # words such as "help", "error", "please" say little about the subject
CHANCE = 0.5  # a pair of CJK characters that stands nowhere is often the end of one word and the beginning of the next
POSTINGS = 200_000  # of a query's words, rarest first, so many places are added up; the rest counts for the likely only
LIKELY = 500  # documents for which the commonest words are looked up as well
GROUP = 32  # documents of which the best is looked at first

NOWHERE, NEVER = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint16)
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scan:
    """One query against every document: BM25 scores by slot, and the query's whole weight.

    `specific` is the weight of the query's words that are not generic, `rare` its words with their weight, rarest
    first, and `times` how much more each counts in scores for being said again (the root of how often it is). Words from
    number `counted` on are so common that they are not in `scores`.
    """

    scores: Floats
    total: float
    specific: float
    rare: tuple[tuple[str, float], ...]
    times: Floats
    counted: int


@dataclass(frozen=True, slots=True)
class Words:
    """How some entries hold a query's words: by entry its place in `scores`, `coverage` and the columns of `holds`.

    `scores` are BM25, `coverage` the share of the query's weight in 0..1, `holds` tells by the words of `rare` and entry.
    """

    places: Mapping[int, int]
    scores: Sequence[float]
    coverage: Sequence[float]
    holds: NDArray[np.bool_]
    rare: tuple[tuple[str, float], ...]

    def of(self, entry_id: int) -> tuple[float, float]:
        """(BM25 score, covered share) of an entry, zeros for one that is not known."""
        place = self.places.get(entry_id)
        return (0.0, 0.0) if place is None else (self.scores[place], self.coverage[place])

    def named(self, entry_id: int) -> tuple[tuple[str, float], ...]:
        """The query's words that the entry holds with their weight, rarest first."""
        place = self.places.get(entry_id)
        return () if place is None else tuple(self.rare[n] for n in np.flatnonzero(self.holds[:, place]).tolist())


class Lexical:
    """BM25 over documents keyed by entry id; `put` replaces.

    One thread at a time writes. All but `renewed` are short, and no search may run during `put`, `remove` or `adopt`:
    the caller holds a lock.
    """

    def __init__(self, postings: int = POSTINGS) -> None:
        self._documents = Documents()
        self._postings = postings

    def __len__(self) -> int:
        return self._documents.living

    def put(self, entry_id: int, text: str) -> None:
        """Index `text` for the entry, in place of what was there."""
        self._documents.put(entry_id, Counter(tokens(text)))

    def remove(self, entry_id: int) -> None:
        """Forget the entry's text; unknown ids are fine."""
        self._documents.remove(entry_id)

    def scan(self, text: str) -> Scan:
        """BM25 of `text` against every document; a word said n times counts the root of n as much."""
        said = Counter(tokens(text[:LONGEST]))
        weighed, lengths = self._weigh(said), self._documents.lengths()
        times = np.sqrt(np.array([said[token] for token, _ in weighed], dtype=np.float32))
        postings, sizes = [], list[int]()
        for token, _ in weighed:
            parts = self._documents.postings(token)
            size = sum(len(slots) for slots, _ in parts)
            if sum(sizes) and sum(sizes) + size > self._postings:
                break
            postings += parts
            sizes.append(size)
        slots = np.concatenate([NOWHERE, *(slots for slots, _ in postings)])
        counts = np.concatenate([NEVER, *(counts for _, counts in postings)])
        weights = np.repeat((_weights(weighed) * times)[: len(sizes)], sizes)
        gains = weights * _gain(counts, self._norm(lengths).take(slots))
        scores = np.zeros(len(lengths), dtype=np.float32)
        np.add.at(scores, slots, gains)
        specific = sum(weight for token, weight in weighed if token not in GENERIC)
        return Scan(scores, sum(weight for _, weight in weighed), specific, tuple(weighed), times, len(sizes))

    def _norm(self, lengths: Floats) -> Floats:
        """What a document's length does to the counts of its words."""
        return np.float32(K1 * B / max(self._documents.average, 1.0)) * lengths + np.float32(K1 * (1 - B))

    def _weigh(self, said: Iterable[str]) -> list[tuple[str, float]]:
        """The query's words, rarest first, each with its inverse document frequency."""
        weighed = []
        for token in said:
            held = self._documents.frequency(token)
            share = GENERIC_WEIGHT if token in GENERIC else CHANCE if not held and is_pair(token) else 1.0
            weighed.append((token, self._rarity(held) * share))
        return sorted(weighed, key=lambda pair: (-pair[1], pair[0]))[:QUERY_TERMS]

    def _rarity(self, held: int) -> float:
        return math.log1p((len(self) - held + 0.5) / (held + 0.5))

    @property
    def rarest(self) -> float:
        """The weight of a word that one document alone holds."""
        return self._rarity(1) if len(self) else 0.0

    def open(self, allowed: Mask | None) -> Mask:
        """By slot: living and let through by a mask by entry id; holds until something is put, removed or adopted."""
        return self._documents.open(allowed)

    def top(self, scan: Scan, open_: Mask, limit: int) -> list[tuple[int, float]]:
        """The best `limit` (entry id, score) of a scan; `open_` is a mask by slot (see `open`)."""
        scores = scan.scores * open_
        complete = scan.counted == len(scan.rare)
        if limit < 1:
            return []
        slots = _highest(scores, limit if complete else max(limit, LIKELY))
        best = scores[slots] + self._gains(scan, slots, scan.counted).sum(axis=0)
        order = np.argsort(-best, kind="stable")[:limit]
        return list(zip(self._documents.entries(slots[order]), best[order].tolist(), strict=True))

    def _gains(self, scan: Scan, slots: Slots, first: int = 0) -> Floats:
        """What each of the query's words from number `first` on adds to the score of these slots (words x slots)."""
        words = scan.rare[first:]
        counts = self._documents.counts([token for token, _ in words], slots)
        weights = _weights(words) * scan.times[first:]
        return weights[:, np.newaxis] * _gain(counts, self._norm(self._documents.lengths()[slots]))

    def search(self, text: str, allowed: Mask | None = None, limit: int = 10) -> list[tuple[int, float]]:
        """The best `limit` (entry id, BM25 score) that `allowed` (a mask by entry id) lets through, best first."""
        return self.top(self.scan(text), self.open(allowed), limit)

    def at(self, scan: Scan, entry_ids: Sequence[int]) -> Words:
        """How these entries hold the words of a scan; unknown ids are left out."""
        slots = self._documents.slots(entry_ids)
        gains = self._gains(scan, slots)
        holds = gains > 0
        covered = np.minimum(1.0, _weights(scan.rare) @ holds / (scan.total or 1.0))
        places = {entry_id: place for place, entry_id in enumerate(self._documents.entries(slots))}
        return Words(places, gains.sum(axis=0).tolist(), covered.tolist(), holds, scan.rare)

    def renewed(self, whole: bool = False) -> Documents | None:
        """Documents for `adopt` to put in place of these; None while few are recent or removed and not `whole`."""
        return self._documents.renewed(whole)

    def adopt(self, documents: Documents) -> Documents:
        """Put in place what `renewed` made; what was there before."""
        former, self._documents = self._documents, documents
        return former

    def blocks(self) -> Blocks:
        """What to keep of the index after `renewed(whole=True)` was adopted: nothing recent and nothing removed."""
        return self._documents.blocks()

    @classmethod
    def of(cls, blocks: Blocks, postings: int = POSTINGS) -> Lexical:
        """The index that `blocks` came from; feed it nothing whose checksum was not compared."""
        lexical = cls(postings)
        lexical._documents = Documents.restored(blocks)
        return lexical


def _weights(words: Sequence[tuple[str, float]]) -> Floats:
    return np.array([weight for _, weight in words], dtype=np.float32)


def _gain(counts: Counts, norm: Floats) -> Floats:
    """What a word of weight 1, standing so often in documents of that norm, adds to their scores."""
    often = counts.astype(np.float32)
    return np.float32(K1 + 1) * often / (often + norm)


def _highest(scores: Floats, limit: int) -> Slots:
    """Places of the `limit` highest scores above 0, and of equals of the last, rising."""
    floor, columns = 0.0, len(scores) // GROUP
    if limit <= columns:
        # the limit-th highest of the best of each group cannot lie above the limit-th highest score
        floor = _nth(scores[: GROUP * columns].reshape(GROUP, columns).max(axis=0), limit)
    places = np.flatnonzero(scores >= floor) if floor > 0 else np.flatnonzero(scores)
    if limit < len(places):
        places = places[scores[places] >= _nth(scores[places], limit)]
    return places.astype(np.int32)


def _nth(values: Floats, n: int) -> float:
    """The n-th highest, 0 when there are fewer."""
    return float(np.partition(values, -n)[-n]) if n <= len(values) else 0.0
