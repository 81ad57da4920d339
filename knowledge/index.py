"""FAISS over passages' vectors by entry: every vector is compared while they are few, the likely ones when they are many.

Many vectors are sifted by their signs first (one bit a dimension, Hamming distance; Charikar 2002 has the theory) and the
nearest of them compared in full. On real text that finds more for the same time than inverted lists, needs no training
that could go stale, and keeps its recall under any mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.base import Vectors
from knowledge.index_faiss import differing, products, signs_of
from knowledge.index_rows import Blocks, Mask, Numbers, Rows

CROSSOVER = 10_000  # vectors let through by the mask, from which sifting by signs is quicker than comparing each
SIFTED = 1_024  # vectors compared in full after the sifting: recall against time
DEAD_SHARE = 1 / 3  # above this share of removed rows they are written anew
LEAST = 256


@dataclass(frozen=True, slots=True)
class Match:
    """The passage of an entry that lies nearest to a query, and its cosine."""

    entry_id: int
    passage: int
    cosine: float


class VectorIndex:
    """Inner-product search; several vectors an entry. It chooses by itself how to search, by the number of vectors.

    One thread at a time writes. `put`, `remove` and `adopt` are short and no search may run meanwhile: the caller
    holds a lock. `reserve` and `renewed` may take longer and change nothing that a search sees. Each entry carries a
    `stamp` (any number that names its text), so that a loaded cache can be compared.
    """

    def __init__(self, dim: int, crossover: int = CROSSOVER, sifted: int = SIFTED) -> None:
        self.dim = dim
        self._crossover, self._sifted = crossover, sifted
        self._rows = Rows(dim)

    def __len__(self) -> int:
        return len(self._rows.ids())

    @property
    def passages(self) -> int:
        """Number of searchable vectors."""
        return self._rows.living

    def ids(self) -> Numbers:
        """Ids of all that is indexed, rising."""
        return self._rows.ids()

    def stamp(self, entry_id: int) -> int | None:
        """The stamp given with the entry's vectors, None when it is not indexed."""
        return self._rows.stamp(entry_id)

    def reserve(self, vectors: int, highest: int) -> None:
        """Make room for so many more vectors and for ids up to `highest`, so that `put` is short."""
        self._rows.reserve(vectors, highest)

    def put(self, entry_id: int, vectors: Vectors, stamp: int = 0, passages: Sequence[int] | None = None) -> None:
        """Index the entry's vectors (n x dim, unit length) in place of its former ones; `passages` numbers them."""
        self._rows.put(entry_id, vectors, stamp, passages)

    def remove(self, entry_id: int) -> None:
        """Make the entry unfindable at once and blot out its vectors; unknown ids are fine."""
        self._rows.remove(entry_id)

    def search(self, vector: Vectors, allowed: Mask | None = None, limit: int = 10, exact: bool = False) -> list[Match]:
        """As `near`; `allowed` is a mask by entry id."""
        return self.near(vector, self.open(allowed), limit, exact)

    def near(self, vector: Vectors, open_: Mask, limit: int, exact: bool = False) -> list[Match]:
        """The best passage of each of the `limit` nearest entries, best first; `open_` is a mask by row (see `open`).

        `exact` compares every vector, however many there are.
        """
        count = int(np.count_nonzero(open_))
        if not count or limit < 1:
            return []
        query = self._query(vector)
        sifted = max(self._sifted, 4 * limit)
        while True:
            everything = exact or count <= max(self._crossover, sifted)
            rows = np.flatnonzero(open_) if everything else self._alike(query, open_, sifted)
            found = self._best(rows, query, limit)
            if len(found) >= limit or everything:
                return found
            sifted *= 4

    def _query(self, vector: Vectors) -> Vectors:
        return np.ascontiguousarray(vector, dtype=np.float32).reshape(self.dim)

    def open(self, allowed: Mask | None) -> Mask:
        """By row: living and let through by a mask by entry id; holds until something is put, removed or adopted."""
        used = self._rows.used
        alive, owner = self._rows.alive[:used], self._rows.owner[:used]
        if allowed is None:
            return alive
        if not len(allowed):
            return np.zeros_like(alive)
        return alive & allowed.take(owner, mode="clip") & (owner < len(allowed))

    def _alike(self, query: Vectors, open_: Mask, wanted: int) -> Numbers:
        """The open rows whose signs agree most with the query's, at least `wanted`."""
        signs = self._rows.signs[: self._rows.used]
        alike = (8 * signs.shape[1] + 1 - differing(signs, signs_of(query[np.newaxis]))) * open_  # 0: not open
        return np.flatnonzero(alike >= np.partition(alike, -wanted)[-wanted])

    def _best(self, rows: Numbers, query: Vectors, limit: int) -> list[Match]:
        """Of these rows the nearest one of each of the `limit` nearest entries."""
        cosines = products(self._rows.vectors, query, rows)
        wanted = max(32, 2 * limit)
        while True:
            top = np.argpartition(-cosines, wanted)[:wanted] if wanted < len(rows) else np.arange(len(rows))
            top = top[np.argsort(-cosines[top], kind="stable")]
            _, first = np.unique(self._rows.owner[rows[top]], return_index=True)  # where each entry comes first
            if len(first) >= limit or wanted >= len(rows):
                best = top[np.sort(first)[:limit]]
                return self._matches(rows[best], cosines[best].tolist())
            wanted *= 4

    def _matches(self, rows: Numbers, cosines: Sequence[float]) -> list[Match]:
        return list(map(Match, self._rows.owner[rows].tolist(), self._rows.passage[rows].tolist(), cosines))

    def compare(self, vector: Vectors, entry_ids: Sequence[int]) -> list[Match]:
        """The best passage of each of these entries, in their order; those without vectors are left out."""
        known = [span for entry_id in entry_ids if (span := self._rows.of(entry_id))]
        if not known:
            return []
        rows = np.concatenate([np.arange(one.start, one.stop) for one in known])
        cosines = products(self._rows.vectors, self._query(vector), rows)
        stops = np.cumsum([len(one) for one in known]).tolist()
        starts = [stop - len(one) for one, stop in zip(known, stops, strict=True)]
        best = np.array([a + int(np.argmax(cosines[a:b])) for a, b in zip(starts, stops, strict=True)])
        return self._matches(rows[best], cosines[best].tolist())

    def renewed(self, whole: bool = False) -> Rows | None:
        """Rows for `adopt` to put in place of these, without the removed ones; None while those are few (or none)."""
        dead = self._rows.used - self._rows.living
        return self._rows.compacted() if dead > (0 if whole else max(LEAST, DEAD_SHARE * self._rows.used)) else None

    def adopt(self, rows: Rows) -> Rows:
        """Put in place what `renewed` made; what was there before."""
        former, self._rows = self._rows, rows
        return former

    def blocks(self) -> Blocks:
        """What to keep of the index, the removed rows left out; rows removed later may turn to zeros in it."""
        return self._rows.blocks()

    @classmethod
    def of(cls, dim: int, blocks: Blocks) -> VectorIndex:
        """The index that `blocks` came from; feed it nothing whose checksum was not compared."""
        index = cls(dim)
        index._rows = Rows.restored(dim, blocks)
        return index
