"""Texts into unit vectors: the port, a sentence-transformers model, a hashing stand-in and a cache before any."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from knowledge.base import Vectors
from knowledge.lasting import lasting
from knowledge.pretrained import DEFAULT_MODEL, Encode, encoder
from knowledge.tokens import tokens

CHARACTERS = 2000  # the model reads 256 word pieces; what lies beyond would only cost tokenising time


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
    """A sentence-transformers model by name or folder, loaded at first use; the default needs no network.

    At its first use ever a model is written down as an ONNX graph, which onnxruntime reads from then on: the same
    vectors sooner, and without torch. Where that cannot be, sentence-transformers runs it; `runs_on` says which and why.
    """

    def __init__(self, model: str = "", threads: int = 0) -> None:
        self._name = model or DEFAULT_MODEL
        self._threads = threads
        self._lock = threading.Lock()
        self._encode: Encode | None = None
        self.runs_on = "nothing yet"

    @property
    def model(self) -> str:
        """Model name and number format."""
        return f"{self._name}:float32"

    @property
    def dim(self) -> int:
        """Vector length; loads the model unless it is the default one."""
        return 384 if self._name == DEFAULT_MODEL else self.embed(["length"]).shape[1]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`; one caller at a time is inside the model, which uses all its threads."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._lock:
            if self._encode is None:
                with lasting():
                    self._encode, self.runs_on = encoder(self._name, self._threads)
            rows = self._encode([text[:CHARACTERS] for text in texts])
        return unit(rows)


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

    def __init__(self, inner: Embedder, size: int = 8_000) -> None:
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

    @property
    def runs_on(self) -> str:
        """What runs the inner embedder, where it tells."""
        return str(getattr(self._inner, "runs_on", "its own code"))

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
