"""What FAISS does for the vector index: products with chosen rows, and how many signs of each row differ from a query's."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from knowledge.base import Vectors

WORD = 8  # bytes: signs are compared by machine words
Signs = NDArray[np.uint8]


def _faiss() -> ModuleType:
    """FAISS on one thread: queries come one at a time, and threads would only wait for each other."""
    import faiss  # heavy: only a process that searches pays for it

    faiss.omp_set_num_threads(1)  # holds for the calling thread
    return faiss


def products(matrix: Vectors, query: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Inner product of `query` (dim) with each of these rows of `matrix` (n x dim, C order), without copying them."""
    faiss, found = _faiss(), np.empty(len(rows), dtype=np.float32)
    pointers = [faiss.swig_ptr(part) for part in (found, query, matrix, np.ascontiguousarray(rows))]
    faiss.fvec_inner_products_by_idx(*pointers, matrix.shape[1], 1, len(rows))
    return found


def differing(signs: Signs, query: Signs) -> NDArray[np.int32]:
    """In how many signs each row (n x bytes, see `signs_of`) differs from the query's one row."""
    faiss, found = _faiss(), np.empty(len(signs), dtype=np.int32)
    pointers = [faiss.swig_ptr(part) for part in (query, signs)]
    faiss.hammings(*pointers, len(query), len(signs), signs.shape[1], faiss.swig_ptr(found))
    return found


def signs_of(vectors: Vectors) -> Signs:
    """One bit a dimension: whether it is positive (n x dim becomes n x bytes, whole words)."""
    packed = np.packbits(vectors > 0, axis=1)
    whole = np.zeros((len(packed), -(-packed.shape[1] // WORD) * WORD), dtype=np.uint8)
    whole[:, : packed.shape[1]] = packed
    return whole
