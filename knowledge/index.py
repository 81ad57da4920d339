"""FAISS over passages' vectors by entry: exact search that can always be rebuilt from the entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.base import Vectors

DEAD_SHARE = 1 / 3  # above this share of removed rows the index is written anew
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Match:
    """The passage of an entry that lies nearest to a query, and its cosine."""

    entry_id: int
    passage: int
    cosine: float


class VectorIndex:
    """Exact inner-product search; several vectors an entry. Not thread-safe: the caller holds a lock.

    Each entry carries a `stamp` (any number that names its text), so that a loaded cache can be compared.
    """

    def __init__(self, dim: int) -> None:
        import faiss  # heavy: only a process that searches pays for it

        faiss.omp_set_num_threads(1)  # one query at a time: threads only wait for each other
        self._faiss: Any = faiss
        self.dim = dim
        self._flat: Any = faiss.IndexFlatIP(dim)
        self._owner: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # these three grow by doubling, like the rows
        self._passage: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._alive: Mask = np.zeros(0, dtype=np.bool_)
        self._rows: dict[int, range] = {}
        self._stamps: dict[int, int] = {}
        self._living = 0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def passages(self) -> int:
        """Number of searchable vectors."""
        return self._living

    def stamps(self) -> dict[int, int]:
        """Stamp by entry id of all that is indexed."""
        return dict(self._stamps)

    def stamp(self, entry_id: int) -> int | None:
        """The stamp given with the entry's vectors, None when it is not indexed."""
        return self._stamps.get(entry_id)

    def put(self, entry_id: int, vectors: Vectors, stamp: int = 0, passages: Sequence[int] | None = None) -> None:
        """Index the entry's vectors (n x dim, unit length) in place of its former ones; `passages` numbers them."""
        self.remove(entry_id)
        start, count = int(self._flat.ntotal), len(vectors)
        self._grow(start + count)
        self._flat.add(np.ascontiguousarray(vectors, dtype=np.float32))
        rows = slice(start, start + count)
        self._owner[rows] = entry_id
        self._passage[rows] = range(count) if passages is None else passages
        self._alive[rows] = True
        self._rows[entry_id] = range(start, start + count)
        self._stamps[entry_id] = stamp
        self._living += count

    def _grow(self, needed: int) -> None:
        if needed > len(self._owner):
            more = max(256, needed, 2 * len(self._owner)) - len(self._owner)
            self._owner = np.concatenate([self._owner, np.full(more, -1, dtype=np.int64)])
            self._passage = np.concatenate([self._passage, np.zeros(more, dtype=np.int32)])
            self._alive = np.concatenate([self._alive, np.zeros(more, dtype=np.bool_)])

    def remove(self, entry_id: int) -> None:
        """Make the entry unfindable at once; unknown ids are fine."""
        rows = self._rows.pop(entry_id, None)
        if rows is None:
            return
        del self._stamps[entry_id]
        self._alive[rows.start : rows.stop] = False
        self._living -= len(rows)
        total = int(self._flat.ntotal)
        if total > 256 and total - self._living > DEAD_SHARE * total:
            self.compact()

    def compact(self) -> None:
        """Write the index anew without the removed rows, so that nothing of them is left in memory either."""
        kept = np.flatnonzero(self._alive[: int(self._flat.ntotal)])
        vectors = self._vectors()[kept]
        self._restore(vectors, self._owner[kept], self._passage[kept], self._stamps)

    def _vectors(self) -> Vectors:
        total = int(self._flat.ntotal)
        flat = self._faiss.rev_swig_ptr(self._flat.get_xb(), total * self.dim) if total else np.zeros(0, np.float32)
        return np.asarray(flat, dtype=np.float32).reshape(total, self.dim)

    def _restore(
        self, vectors: Vectors, owner: NDArray[np.int64], passage: NDArray[np.int32], stamps: dict[int, int]
    ) -> None:
        copied = np.array(vectors, dtype=np.float32, order="C")
        self._flat = self._faiss.IndexFlatIP(self.dim)
        self._flat.add(copied)
        self._owner, self._passage = owner.copy(), passage.copy()
        self._alive = np.ones(len(owner), dtype=np.bool_)
        self._living = len(owner)
        self._stamps = dict(stamps)
        starts = np.flatnonzero(np.diff(owner, prepend=-1)).tolist()  # the rows of one entry stand together
        self._rows = {entry_id: range(0) for entry_id in stamps}
        for start, stop in pairwise([*starts, len(owner)]):
            self._rows[int(owner[start])] = range(start, stop)

    def search(self, vector: Vectors, allowed: Mask | None = None, limit: int = 10) -> list[Match]:
        """The best passage of each of the `limit` nearest entries; `allowed` is a mask by entry id, best first."""
        total = int(self._flat.ntotal)
        mask = self._mask(allowed, total)
        living = int(np.count_nonzero(mask))
        if not living or limit < 1:
            return []
        selector = self._faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        wanted = max(32, 2 * limit)
        while True:
            found = self._nearest(vector, selector, min(wanted, living), limit)
            if len(found) >= limit or wanted >= living:
                return found
            wanted *= 4

    def compare(self, vector: Vectors, entry_ids: Sequence[int]) -> list[Match]:
        """The best passage of each of these entries, in their order; those without vectors are left out."""
        known = [entry_id for entry_id in entry_ids if self._rows.get(entry_id)]
        rows = np.array([row for entry_id in known for row in self._rows[entry_id]], dtype=np.int64)
        cosines = self._vectors()[rows] @ np.asarray(vector, dtype=np.float32)
        found, start = [], 0
        for entry_id in known:
            stop = start + len(self._rows[entry_id])
            best = start + int(np.argmax(cosines[start:stop]))
            found.append(Match(entry_id, int(self._passage[rows[best]]), float(cosines[best])))
            start = stop
        return found

    def _mask(self, allowed: Mask | None, total: int) -> Mask:
        alive = self._alive[:total]
        if allowed is None:
            return alive
        if not len(allowed):
            return np.zeros_like(alive)
        owner = self._owner[:total]
        inside = owner < len(allowed)
        return alive & inside & allowed[np.where(inside, owner, 0)]

    def _nearest(self, vector: Vectors, selector: Any, wanted: int, limit: int) -> list[Match]:
        parameters = self._faiss.SearchParameters(sel=selector)
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, self.dim)
        cosines, rows = self._flat.search(query, wanted, params=parameters)
        best: dict[int, Match] = {}
        for row, cosine in zip(rows[0].tolist(), cosines[0].tolist(), strict=True):
            if row >= 0 and len(best) < limit:
                entry_id = int(self._owner[row])
                best.setdefault(entry_id, Match(entry_id, int(self._passage[row]), cosine))
        return list(best.values())

    def blocks(self) -> tuple[bytes, ...]:
        """What to keep of the index: entry ids, stamps, rows' owners, their passages, and FAISS's own form."""
        self.compact()
        return (
            np.fromiter(self._stamps.keys(), dtype=np.int64).tobytes(),
            np.fromiter(self._stamps.values(), dtype=np.uint64).tobytes(),
            self._owner.tobytes(),
            self._passage.tobytes(),
            np.asarray(self._faiss.serialize_index(self._flat)).tobytes(),
        )

    @classmethod
    def of(cls, dim: int, blocks: Sequence[bytes]) -> VectorIndex:
        """The index that `blocks` came from; feed it nothing whose checksum was not compared."""
        ids, stamps, owner, passage, flat = blocks
        index = cls(dim)
        index._flat = index._faiss.deserialize_index(np.frombuffer(flat, np.uint8))
        known = zip(np.frombuffer(ids, np.int64).tolist(), np.frombuffer(stamps, np.uint64).tolist(), strict=True)
        index._restore(index._vectors(), np.frombuffer(owner, np.int64), np.frombuffer(passage, np.int32), dict(known))
        return index
