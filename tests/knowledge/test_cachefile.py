"""The cache file: it comes back as it was written, and a single flipped bit or a cut voids it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from knowledge.cachefile import FORMAT, CacheRefused, Head, load, save
from knowledge.mirror import read

HEAD = {"model": "m", "groups": [["everyone"], "section"]}
BLOCKS = {
    "ids": np.arange(5),
    "rows": np.linspace(0, 1, 12, dtype=np.float32).reshape(4, 3),
    "empty": np.zeros((0, 3), dtype=np.float32),
    "count": np.array([7], dtype=np.uint16),
}


def any_head(head: Head) -> bool:
    return True


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "vectors"
    save(path, HEAD, BLOCKS)
    loaded = load(path, lambda head: head["model"] == "m")
    assert loaded is not None
    head, blocks = loaded
    assert head["groups"] == HEAD["groups"]
    assert list(blocks) == list(BLOCKS)
    for name, array in BLOCKS.items():
        assert blocks[name].dtype == array.dtype
        assert np.array_equal(blocks[name], array)
    assert [file.name for file in path.parent.iterdir()] == ["vectors"]


def test_a_file_that_is_missing_or_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    assert load(path, any_head) is None
    save(path, HEAD, BLOCKS)
    assert load(path, lambda head: head["model"] == "other") is None
    assert load(tmp_path, any_head) is None


def test_every_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    save(path, HEAD, BLOCKS)
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(bytes(damaged))
        assert load(path, any_head) is None, place
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert load(path, any_head) is None, length
    path.write_bytes(whole + b"x")
    assert load(path, any_head) is None


def test_a_failed_save_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    save(path, HEAD, BLOCKS)
    whole = path.read_bytes()
    (tmp_path / "taken").mkdir()
    with pytest.raises(CacheRefused, match="taken"):
        save(tmp_path / "taken", HEAD, BLOCKS)
    assert path.read_bytes() == whole
    assert sorted(file.name for file in tmp_path.iterdir()) == ["taken", "vectors"]


def test_what_a_killed_process_left_half_written_goes_with_the_next_save(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = (f"vectors.{ended.pid}.tmp", f"vectors.{os.getppid()}.tmp", f"others.{ended.pid}.tmp")
    for name in names:
        (tmp_path / name).write_bytes(b"the words of an entry")
    save(path, HEAD, BLOCKS)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["vectors", *names[1:]])


@pytest.mark.parametrize(
    ("kind", "shape"), [("|O", [5]), ("<i8", [-5]), ("<i8", [10**15]), ("<i8", []), ("x", [5]), ("V8", [5]), (7, 7)]
)
def test_a_forged_head_with_the_right_checksum_is_refused(tmp_path: Path, kind: object, shape: object) -> None:
    path = tmp_path / "vectors"
    line = json.dumps({**HEAD, "blocks": {"ids": [kind, shape]}}).encode()
    path.write_bytes(
        FORMAT + b"\n%08x" % zlib.crc32(line) + line + b"\n" + b"\0" * 40 + b"%08x" % zlib.crc32(b"\0" * 40)
    )
    assert load(path, any_head) is None


def test_vectors_of_another_kind_are_none_of_ours(tmp_path: Path) -> None:
    """Whole, with the right checksums, of the right model: FAISS would read beside what is there."""
    path = tmp_path / "vectors"
    numbers = np.arange(4, dtype=np.int64)
    for vectors in (np.zeros((4, 3)), np.zeros((4, 2), dtype=np.float32), np.zeros((2, 3), dtype=np.float32)):
        blocks = {"ids": numbers, "stamps": numbers, "owner": numbers, "passage": numbers, "vectors": vectors}
        save(path, {"model": "m", "dim": 3, "change": 1}, blocks)
        assert read(path, "m", 3, 1) is None
