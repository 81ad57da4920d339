"""The rows of a vector index in plain arrays: whose vector each is, which still count, and where an entry's rows stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.base import Vectors
from knowledge.index_faiss import Signs, signs_of

LEAST = 256
AT_ONCE = 8192  # rows whose signs are taken in one step
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Blocks = Mapping[str, NDArray[Any]]
T = TypeVar("T", bound=np.generic)


class Rows:
    """Vectors and their signs in order of arrival; an entry's stand together.

    Arrays grow ahead of need; those by entry id are as long as the highest id. Only `reserve` and `compacted` take long,
    and neither changes what a search running meanwhile sees.
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.used = 0  # rows with a vector, living or blotted out
        self.living = 0
        self.vectors: Vectors = np.zeros((0, dim), dtype=np.float32)
        self.signs: Signs = signs_of(self.vectors)
        self.owner: Numbers = np.zeros(0, dtype=np.int64)
        self.passage: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.alive: Mask = np.zeros(0, dtype=np.bool_)
        self._first: Numbers = np.zeros(0, dtype=np.int64)  # by entry id, like the next two
        self._many: NDArray[np.int32] = np.zeros(0, dtype=np.int32)  # -1: not here
        self._stamp: NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)

    def ids(self) -> Numbers:
        """Ids of all entries, rising."""
        return np.flatnonzero(self._many >= 0)

    def of(self, entry_id: int) -> range | None:
        """Where the entry's rows stand, None when it is not here."""
        if entry_id >= len(self._many) or self._many[entry_id] < 0:
            return None
        first = int(self._first[entry_id])
        return range(first, first + int(self._many[entry_id]))

    def stamp(self, entry_id: int) -> int | None:
        """The stamp given with the entry's vectors, None when it is not here."""
        return None if self.of(entry_id) is None else int(self._stamp[entry_id])

    def reserve(self, rows: int, highest: int) -> None:
        """Make room for so many more rows and for ids up to `highest`."""
        if self.used + rows > len(self.owner):
            size = max(LEAST, (self.used + rows) * 3 // 2)  # memory is taken when a row is written, not before
            vectors = np.empty((size, self.dim), dtype=np.float32)
            signs = np.empty((size, self.signs.shape[1]), dtype=np.uint8)
            vectors[: self.used], signs[: self.used] = self.vectors[: self.used], self.signs[: self.used]
            self.owner, self.passage = longer(self.owner, size, -1), longer(self.passage, size, 0)
            self.alive, self.vectors, self.signs = longer(self.alive, size, False), vectors, signs
        if highest >= len(self._many):
            size = max(LEAST, (highest + 1) * 3 // 2)
            self._first, self._stamp = longer(self._first, size, 0), longer(self._stamp, size, 0)
            self._many = longer(self._many, size, -1)

    def put(self, entry_id: int, vectors: Vectors, stamp: int, passages: Sequence[int] | None) -> None:
        """Append the entry's vectors (n x dim) in place of its former ones."""
        self.remove(entry_id)
        count = len(vectors)
        self.reserve(count, entry_id)
        rows = slice(self.used, self.used + count)
        self.vectors[rows], self.signs[rows] = vectors, signs_of(vectors)
        self.owner[rows] = entry_id
        self.passage[rows] = range(count) if passages is None else passages
        self.alive[rows] = True
        self._first[entry_id], self._many[entry_id], self._stamp[entry_id] = self.used, count, stamp
        self.used += count
        self.living += count

    def remove(self, entry_id: int) -> None:
        """Take the entry out and blot its vectors out, so that nothing of them is left in memory; unknown ids are fine."""
        rows = self.of(entry_id)
        if rows is not None:
            for array in (self.alive, self.vectors, self.signs):
                array[rows.start : rows.stop] = 0
            self._many[entry_id] = -1
            self.living -= len(rows)

    def compacted(self) -> Rows:
        """A copy without the removed rows."""
        return self.restored(self.dim, self.blocks())

    def blocks(self) -> Blocks:
        """What `restored` makes the same rows of, the removed ones left out."""
        ids, kept = self.ids(), np.flatnonzero(self.alive[: self.used])
        whole = len(kept) == self.used
        return {
            "ids": ids,
            "stamps": self._stamp[ids],
            "owner": self.owner[kept],
            "passage": self.passage[kept],
            "vectors": self.vectors[: self.used] if whole else self.vectors.take(kept, axis=0),
        }

    @classmethod
    def restored(cls, dim: int, blocks: Blocks) -> Rows:
        """The rows that `blocks` came from; there may be room behind the vectors. Raises ValueError and its kin on others."""
        rows, ids, owner, vectors = cls(dim), blocks["ids"], blocks["owner"], blocks["vectors"]
        if vectors.dtype != np.float32 or vectors.shape[1:] != (dim,) or len(owner) > len(vectors):
            raise ValueError("these are no vectors of this model")  # FAISS would read beside them
        rows.vectors, rows.owner = vectors, longer(owner, len(vectors), -1)
        rows.passage = longer(blocks["passage"], len(vectors), 0)
        rows.signs = np.empty((len(vectors), rows.signs.shape[1]), dtype=np.uint8)
        for start in range(0, len(owner), AT_ONCE):
            stop = min(len(owner), start + AT_ONCE)
            rows.signs[start:stop] = signs_of(vectors[start:stop])
        rows.alive = np.arange(len(vectors)) < len(owner)
        rows.used = rows.living = len(owner)
        rows.reserve(0, int(ids[-1]) if len(ids) else 0)
        rows._stamp[ids] = blocks["stamps"]
        rows._many[ids] = 0
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        rows._first[owner[starts]] = starts
        rows._many[owner[starts]] = np.diff(starts, append=len(owner))
        return rows


def longer(array: NDArray[T], size: int, filler: int | bool) -> NDArray[T]:
    """The array with `filler` after it up to `size` cells."""
    grown = np.full(size, filler, dtype=array.dtype)
    grown[: len(array)] = array
    return grown
