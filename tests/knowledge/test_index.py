"""The vector index: best passage an entry, masks, removal, sifting by signs, and what is kept of it."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.base import Vectors
from knowledge.embedding import unit
from knowledge.index import VectorIndex

DIM = 16
MANY, WIDE = 4000, 128


def rows(count: int, seed: int = 1, dim: int = DIM) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32))


def filled(entries: int = 40, passages: int = 3) -> tuple[VectorIndex, Vectors]:
    index, vectors = VectorIndex(DIM), rows(entries * passages)
    for n in range(entries):
        index.put(n + 1, vectors[n * passages : (n + 1) * passages], stamp=1000 + n)
    return index, vectors


def clustered(count: int, seed: int = 1) -> Vectors:
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(7).normal(size=(60, WIDE))
    noise = rng.normal(size=(count, WIDE))
    return unit((middles[rng.integers(60, size=count)] + 0.8 * noise).astype(np.float32))


def sifting(vectors: Vectors) -> VectorIndex:
    """An index small enough for a test and yet beyond its crossover."""
    index = VectorIndex(WIDE, crossover=200, sifted=400)
    for n, vector in enumerate(vectors, 1):
        index.put(n, vector[np.newaxis], stamp=n)
    return index


def recall(index: VectorIndex, queries: Vectors, allowed: np.ndarray | None = None) -> float:  # type: ignore[type-arg]
    found = []
    for query in queries:
        best = {match.entry_id for match in index.search(query, allowed, exact=True)}
        assert len(best) == 10
        found.append(len(best & {match.entry_id for match in index.search(query, allowed)}) / 10)
    return float(np.mean(found))


def test_each_entry_is_found_once_by_its_nearest_passage() -> None:
    index, vectors = filled()
    found = index.search(vectors[3 * 7 + 2], limit=40)
    assert (found[0].entry_id, found[0].passage) == (8, 2)
    assert found[0].cosine == pytest.approx(1.0, abs=1e-5)
    assert sorted(match.entry_id for match in found) == list(range(1, 41))
    cosines = [match.cosine for match in found]
    assert cosines == sorted(cosines, reverse=True)
    everything = vectors @ vectors[23]
    assert cosines == pytest.approx(sorted(everything.reshape(40, 3).max(axis=1), reverse=True), abs=1e-5)


def test_the_mask_lets_through_what_it_names_and_nothing_else() -> None:
    index, vectors = filled()
    allowed = np.zeros(10, dtype=np.bool_)
    allowed[[3, 5]] = True
    assert {match.entry_id for match in index.search(vectors[23], allowed, 10)} == {3, 5}
    assert index.search(vectors[23], np.zeros(0, dtype=np.bool_), 10) == []
    assert index.search(vectors[23], np.zeros(10, dtype=np.bool_), 10) == []
    assert VectorIndex(DIM).search(vectors[0]) == []


def test_named_entries_are_compared_without_a_search() -> None:
    index, vectors = filled()
    index.put(99, vectors[:0])
    found = index.compare(vectors[23], [5, 8, 99, 12345])
    expected = {match.entry_id: match for match in index.search(vectors[23], limit=40)}
    assert [(match.entry_id, match.passage) for match in found] == [(i, expected[i].passage) for i in (5, 8)]
    assert [match.cosine for match in found] == pytest.approx([expected[i].cosine for i in (5, 8)], abs=1e-5)
    assert index.compare(vectors[23], []) == []
    assert index.compare(vectors[23], [99]) == []


def test_removed_and_replaced_vectors_are_gone() -> None:
    index, vectors = filled(400, 1)
    for entry_id in range(1, 300):
        index.remove(entry_id)
    index.remove(12345)
    assert (len(index), index.passages) == (101, 101)
    assert index.search(vectors[310], limit=1)[0].entry_id == 311
    assert all(match.entry_id >= 300 for match in index.search(vectors[5], limit=200))
    index.put(311, rows(2, seed=9), stamp=7, passages=[0, 4])
    assert index.search(rows(2, seed=9)[1], limit=1)[0].passage == 4
    assert (index.stamp(311), index.stamp(1), index.stamp(12345)) == (7, None, None)


def test_rows_are_written_anew_when_many_are_dead_and_whenever_nothing_may_stay() -> None:
    index, vectors = filled(600, 1)
    index.remove(1)
    assert index.renewed() is None
    whole = index.renewed(whole=True)
    assert whole is not None
    assert whole.used == 599
    for entry_id in range(1, 400):
        index.remove(entry_id)
    fresh = index.renewed()
    assert fresh is not None
    before = index.search(vectors[500], limit=50)
    index.adopt(fresh)
    assert index.search(vectors[500], limit=50) == before
    assert (len(index), index.passages, index.renewed(whole=True)) == (201, 201, None)
    index.put(1, vectors[:1], stamp=5)
    assert index.search(vectors[0], limit=1)[0].entry_id == 1


def test_what_is_removed_is_blotted_out_at_once() -> None:
    index, vectors = filled(3, 1)
    held = index.blocks()["vectors"]
    assert vectors[1].tobytes() in held.tobytes()
    index.remove(2)
    assert vectors[1].tobytes() not in held.tobytes()
    assert vectors[1].tobytes() not in index.blocks()["vectors"].tobytes()


def test_an_index_comes_back_the_same_from_its_blocks() -> None:
    index, vectors = filled()
    index.put(99, vectors[:0], stamp=3)
    index.remove(2)
    again = VectorIndex.of(DIM, index.blocks())
    assert again.ids().tolist() == index.ids().tolist()
    assert [again.stamp(i) for i in range(1, 100)] == [index.stamp(i) for i in range(1, 100)]
    assert again.search(vectors[30], limit=39) == index.search(vectors[30], limit=39)
    again.put(2, vectors[3:6])
    assert again.search(vectors[4], limit=1)[0].entry_id == 2
    assert len(VectorIndex.of(DIM, VectorIndex(DIM).blocks())) == 0


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01])
def test_sifting_by_signs_finds_nearly_all_under_any_mask(share: float) -> None:
    index, allowed = sifting(clustered(MANY)), np.random.default_rng(3).random(MANY + 1) < share
    assert recall(index, clustered(40, seed=2), allowed) >= 0.97


def test_a_wider_net_is_cast_when_one_entry_takes_all_places() -> None:
    index, vectors = VectorIndex(WIDE, crossover=100, sifted=200), clustered(1500)
    for n in range(1, 101):
        index.put(n, vectors[n : n + 1])
    index.put(500, np.repeat(vectors[:1], 900, axis=0))
    found = index.search(vectors[0], limit=30)
    assert found[0].entry_id == 500
    assert len({match.entry_id for match in found}) == len(found) == 30


def test_recall_is_kept_when_most_entries_were_changed() -> None:
    index, later = sifting(clustered(MANY)), clustered(MANY, seed=5)
    for n in range(0, MANY, 2):
        index.put(n + 1, later[n : n + 1], stamp=-n % 97)
        index.remove((n * 7) % MANY)
    before = index.search(later[2], limit=20)
    fresh = index.renewed()
    assert fresh is not None
    index.adopt(fresh)
    assert index.search(later[2], limit=20) == before
    assert recall(index, clustered(40, seed=2)) >= 0.97
    assert recall(VectorIndex.of(WIDE, index.blocks()), clustered(10, seed=2)) == 1.0  # few enough to compare all
