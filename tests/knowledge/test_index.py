"""The vector index: best passage an entry, masks, removal, and a cache file that a single flipped byte voids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.base import Vectors
from knowledge.cachefile import load, save
from knowledge.embedding import unit
from knowledge.index import VectorIndex

DIM = 16


def rows(count: int, seed: int = 1) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float32))


def filled(entries: int = 40, passages: int = 3) -> tuple[VectorIndex, Vectors]:
    index, vectors = VectorIndex(DIM), rows(entries * passages)
    for n in range(entries):
        index.put(n + 1, vectors[n * passages : (n + 1) * passages], stamp=1000 + n)
    return index, vectors


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
    assert VectorIndex(DIM).search(vectors[0]) == []


def test_named_entries_are_compared_without_a_search() -> None:
    index, vectors = filled()
    index.put(99, vectors[:0])
    found = index.compare(vectors[23], [5, 8, 99, 12345])
    expected = {match.entry_id: match for match in index.search(vectors[23], limit=40)}
    assert [(match.entry_id, match.passage) for match in found] == [(i, expected[i].passage) for i in (5, 8)]
    assert [match.cosine for match in found] == pytest.approx([expected[i].cosine for i in (5, 8)], abs=1e-5)
    assert index.compare(vectors[23], []) == []


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
    assert index.stamp(311) == 7


def test_a_saved_index_comes_back_the_same(tmp_path: Path) -> None:
    index, vectors = filled()
    index.remove(2)
    path = tmp_path / "cache" / "vectors"
    save(index, path, "m", 77)
    loaded = load(path, "m", DIM, 80)
    assert loaded is not None
    again, change = loaded
    assert change == 77
    assert again.stamps() == index.stamps()
    assert again.search(vectors[30], limit=39) == index.search(vectors[30], limit=39)
    again.put(2, vectors[3:6])
    assert again.search(vectors[4], limit=1)[0].entry_id == 2
    assert [file.name for file in path.parent.iterdir()] == ["vectors"]


def test_a_cache_of_another_model_width_or_future_is_refused(tmp_path: Path) -> None:
    index, _ = filled(2)
    path = tmp_path / "vectors"
    save(index, path, "m", 5)
    assert load(path, "other", DIM, 9) is None
    assert load(path, "m", DIM + 1, 9) is None
    assert load(path, "m", DIM, 4) is None
    assert load(tmp_path / "nothing", "m", DIM, 9) is None
    empty = tmp_path / "empty"
    save(VectorIndex(DIM), empty, "m", 0)
    assert load(empty, "m", DIM, 0) is not None


def test_every_damage_is_found_before_it_is_read(tmp_path: Path) -> None:
    index, _ = filled(3)
    path = tmp_path / "vectors"
    save(index, path, "m", 5)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(bytes(damaged))
        assert load(path, "m", DIM, 9) is None, place
    for length in (0, 1, 20, 90, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert load(path, "m", DIM, 9) is None


def test_a_failed_save_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    index, _ = filled(3)
    path = tmp_path / "vectors"
    save(index, path, "m", 5)
    whole = path.read_bytes()
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        save(index, tmp_path / "taken", "m", 6)
    assert path.read_bytes() == whole
    assert sorted(file.name for file in tmp_path.iterdir()) == ["taken", "vectors"]
