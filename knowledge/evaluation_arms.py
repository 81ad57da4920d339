"""Plain ways of searching, to measure the knowledge base against: keywords, one vector a document, and both fused."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.base import Vectors
from knowledge.embedding import Embedder
from knowledge.tokens import tokens

K1, B = 1.2, 0.75
RANKS = 60  # of reciprocal rank fusion, as it was published: a lower rank's weight falls slowly
DEEP = 100  # documents of a ranking
AT_ONCE = 128
Scores = NDArray[np.float64]


class Keywords:
    """Okapi's BM25 of texts, every word weighed alike but for its rarity."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = np.zeros(len(texts))
        for place, text in enumerate(texts):
            counts = Counter(tokens(text))
            lengths[place] = counts.total()
            for word, count in counts.items():
                self._postings[word].append((place, count))
        self._norm = K1 * (1 - B + B * lengths / max(1.0, float(lengths.mean())))

    def scores(self, question: str) -> Scores:
        """One score a text, 0 for those that share no word with the question."""
        scores = np.zeros(len(self._norm))
        for word in set(tokens(question)):
            if held := self._postings.get(word):
                places, counts = np.array(held).T
                rarity = math.log1p((len(self._norm) - len(held) + 0.5) / (len(held) + 0.5))
                scores[places] += rarity * counts * (K1 + 1) / (counts + self._norm[places])
        return scores


class Arms:
    """The three plain searches over the same texts; `progress` hears how many were embedded so far."""

    def __init__(self, texts: Sequence[str], embedder: Embedder, progress: Callable[[int], None]) -> None:
        self._keywords, self._embedder = Keywords(texts), embedder
        rows: list[Vectors] = []
        for start in range(0, len(texts), AT_ONCE):
            rows.append(embedder.embed(texts[start : start + AT_ONCE]))
            progress(min(start + AT_ONCE, len(texts)))
        self._vectors = np.concatenate(rows)

    def rankings(self, question: str) -> dict[str, list[int]]:
        """The places of the best DEEP texts by each arm: bm25, dense, fused."""
        words = best(self._keywords.scores(question), 0.0)
        near = best((self._vectors @ self._embedder.embed([question])[0]).astype(np.float64))
        return {"bm25": words, "dense": near, "fused": fused(words, near)}


def best(scores: Scores, above: float = -math.inf) -> list[int]:
    """Places of the DEEP highest scores above a bound, highest first; of equals the first."""
    order = np.argsort(-scores, kind="stable")[:DEEP]
    return [int(place) for place in order if scores[place] > above]


def fused(*rankings: Sequence[int]) -> list[int]:
    """Rankings into one by reciprocal ranks."""
    sums: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, place in enumerate(ranking, 1):
            sums[place] += 1 / (RANKS + rank)
    return sorted(sums, key=lambda place: (-sums[place], place))[:DEEP]
