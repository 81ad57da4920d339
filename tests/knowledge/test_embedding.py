"""Embedders: the hashing stand-in, the cache before any, and the model that comes along."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge.base import Vectors
from knowledge.embedding import CachedEmbedder, HashingEmbedder, SentenceEmbedder, unit
from knowledge.graph import runs
from knowledge.models import KnowledgeError
from knowledge.pretrained import DEFAULT_MODEL, encoder, load


def test_hashed_texts_of_like_wording_lie_nearer() -> None:
    rows = HashingEmbedder().embed(["the pool is exhausted", "pools get exhausted", "volume quota of a namespace", ""])
    assert rows.shape == (4, 256)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows[:3], axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert rows[0] @ rows[1] > 0.4 > rows[0] @ rows[2]
    assert not rows[3].any()


def test_hashing_is_the_same_in_every_process() -> None:
    code = "from knowledge.embedding import *; print(HashingEmbedder().embed(['disk full NW-4031']).tobytes().hex())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert printed == HashingEmbedder().embed(["disk full NW-4031"]).tobytes().hex()


class Counting:
    """A hashing embedder that notes what it was asked."""

    def __init__(self) -> None:
        self.inner = HashingEmbedder(32)
        self.model, self.dim = self.inner.model, self.inner.dim
        self.asked: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return self.inner.embed(texts)


def test_the_cache_asks_for_what_is_missing_once_and_in_one_batch() -> None:
    inner = Counting()
    cached = CachedEmbedder(inner)
    cached.embed(["a b c", "d e f"])
    rows = cached.embed(["d e f", "g h i", "a b c", "g h i"])
    assert inner.asked == [["a b c", "d e f"], ["g h i"]]
    assert np.array_equal(rows, HashingEmbedder(32).embed(["d e f", "g h i", "a b c", "g h i"]))
    assert (cached.hits, cached.misses, cached.texts) == (3, 3, 3)
    assert cached.seconds > 0
    assert cached.embed([]).shape == (0, 32)


def test_the_cache_forgets_the_least_recently_used() -> None:
    inner = Counting()
    cached = CachedEmbedder(inner, size=2)
    for text in ("one", "two", "one", "three", "one", "two"):
        cached.embed([text])
    assert inner.asked == [["one"], ["two"], ["three"], ["two"]]


def test_the_cache_serves_many_threads() -> None:
    cached = CachedEmbedder(Counting(), size=50)
    texts = [f"text number {n}" for n in range(100)]
    expected = HashingEmbedder(32).embed(texts)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: cached.embed(texts), range(8)):
            assert np.array_equal(rows, expected)


def test_importing_the_library_loads_nothing_heavy() -> None:
    code = "import sys, knowledge.library; print([m for m in ('torch', 'faiss', 'sentence_transformers') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_wrong_model_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"cannot load the embedding model .*\[embedding\] model") as caught:
        SentenceEmbedder(str(tmp_path)).embed(["x"])
    assert "\n" not in str(caught.value)


def test_the_model_that_comes_along_knows_a_paraphrase() -> None:
    embedder = SentenceEmbedder()
    texts = [
        "checkout pods cannot reach the database",
        "connection refused by postgres from the shop",
        "lunch at noon?",
    ]
    rows = embedder.embed([*texts, "x " * 3000])
    assert rows.shape == (4, embedder.dim)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1] * 4, abs=1e-5)
    assert rows[0] @ rows[1] > 0.3 > rows[0] @ rows[2]
    assert embedder.model.startswith("all-MiniLM-L6-v2:")


TEXTS = ["disk", "pods cannot reach the database after the upgrade to 4.2", "why? " * 300, "磁盘满了"]


def test_a_model_is_written_down_once_and_says_the_same_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    encode, engine = encoder(DEFAULT_MODEL, 1)
    graph, checksum = sorted((tmp_path / "vigil").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert (graph.suffix, checksum.suffix) == (".onnx", ".blake2b"), "nothing half written lies about"
    first = unit(encode(TEXTS))
    original = load(DEFAULT_MODEL, 1).encode(TEXTS, normalize_embeddings=True)
    assert engine == "onnxruntime"
    assert np.abs((first * original).sum(1) - 1).max() < 1e-5

    code = "from knowledge.embedding import SentenceEmbedder as S; import sys; e = S(threads=1); "
    code += f"v = e.embed({TEXTS!r}); print('torch' in sys.modules, e.runs_on); print(v.tobytes().hex())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, rows = done.stdout.strip().splitlines()
    assert said == "False onnxruntime"
    assert np.array_equal(np.frombuffer(bytes.fromhex(rows), dtype=np.float32).reshape(first.shape), first)

    graph.chmod(0o666)  # others may have written it: made anew, with a mode of its own
    encoder(DEFAULT_MODEL, 1)
    assert not graph.stat().st_mode & 0o022

    damaged = bytearray(graph.read_bytes())
    damaged[len(damaged) // 4 : len(damaged) // 2] = bytes(len(damaged) // 2 - len(damaged) // 4)
    graph.write_bytes(damaged)
    encode, engine = encoder(DEFAULT_MODEL, 1)
    assert engine == "onnxruntime", "a damaged graph is made anew from the model"
    assert np.array_equal(unit(encode(TEXTS)), first)


def test_a_cache_that_cannot_be_written_leaves_the_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    encode, engine = encoder(DEFAULT_MODEL, 1)
    assert engine.startswith("sentence-transformers: the model cannot be written as a graph (")
    assert encode(TEXTS).shape == (len(TEXTS), 384)


def test_texts_of_like_length_run_together() -> None:
    lengths = [9, 100, 10, 50, 104, 9, *[20] * 20]
    found = list(runs(lengths))
    assert sorted(at for group in found for at in group) == list(range(len(lengths)))
    assert [sorted({lengths[at] for at in group}) for group in found] == [[9], [10], [20], [20], [50], [100, 104]]
    assert list(runs([])) == []
