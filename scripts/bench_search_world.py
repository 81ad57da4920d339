"""Entries, questions and vectors for the search bench, seeded so that two runs measure the same world, and its clock."""

from __future__ import annotations

import itertools
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.memory import open_memory
from knowledge.base import Vectors
from knowledge.embedding import unit
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Case, Kind, Query

DIM = 384
BATCH = 200  # entries of one transaction, as when a corpus is ingested
CLUSTERS, TOPICS = 4_000, 250
WORDS, FLAT = 60_000, 10  # of the vocabulary; the commonest stands in about half of all texts, as in real corpora
CHANNELS = 200
SYLLABLES = [a + b for a, b in itertools.product("bdfgklmnprstvz", ("a", "e", "i", "o", "u", "ar", "en", "ost"))]
FLAGS = [
    f"--{a}-{b}" for a, b in itertools.product(("max", "min", "no", "with", "log"), ("conn", "retries", "ttl", "cache"))
]
Figures = dict[str, Any]
Report = Callable[[str, int, int], None]


class World:
    """Texts of Zipf's words with codes and flags, and vectors that lie in overlapping clusters."""

    def __init__(self, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self._words = np.array(
            ["".join(SYLLABLES[i] for i in row) for row in rng.integers(len(SYLLABLES), size=(WORDS, 3))]
        )
        weights = 1 / (np.arange(WORDS) + FLAT)
        self._cumulative = np.cumsum(weights / weights.sum())
        spread = (np.arange(DIM) + 3.0) ** -0.4  # a few directions tell most, as with texts
        self._spread = (spread / np.linalg.norm(spread)).astype(np.float32)
        topics = self._noise(rng, TOPICS)
        self._middles = unit(topics[rng.integers(TOPICS, size=CLUSTERS)] + 0.9 * self._noise(rng, CLUSTERS))

    def _noise(self, rng: np.random.Generator, count: int) -> Vectors:
        return rng.standard_normal((count, DIM), dtype=np.float32) * self._spread

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A unit vector a text, the same for the same text; neighbours share a cluster or lie in the next one."""
        rows = np.empty((len(texts), DIM), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            rng = np.random.default_rng(zlib.crc32(text.encode()))
            row[:] = self._middles[rng.integers(CLUSTERS)] + 0.9 * self._noise(rng, 1)[0]
        return unit(rows)

    def _said(self, rng: np.random.Generator, count: int) -> list[str]:
        places = np.searchsorted(self._cumulative, rng.random(count))
        return self._words[np.minimum(places, WORDS - 1)].tolist()  # type: ignore[no-any-return]

    def case(self, number: int, version: int = 0) -> Case:
        """Entry `number` as its text stands in a version: 70 % for everyone, the others for one of many channels."""
        rng = np.random.default_rng((7, number, version))
        words = self._said(rng, int(np.clip(rng.lognormal(4.1, 0.5), 12, 400)))
        words[3:3] = [f"NW-{int(rng.integers(9000)) + 1000}"] * bool(rng.random() < 0.3) + [FLAGS[number % len(FLAGS)]]
        words.append(f"id-{number}-{version}")
        where = Audience.everyone() if rng.random() < 0.7 else Audience.of(f"channel:{number % CHANNELS}")
        return Case(
            Kind.SECTION, " ".join(words[:5]), " ".join(words[:5]), " ".join(words[5:]), where, f"file:{number}"
        )

    def queries(self, count: int, seed: int = 3) -> list[Query]:
        """Questions of 3 to 8 words, of 15 to 45 (most), and pasted logs of 80 to 200, for readers of one channel."""
        return [self._query(np.random.default_rng((seed, number)), number) for number in range(count)]

    def _query(self, rng: np.random.Generator, number: int) -> Query:
        low, high = ((3, 9), (15, 46), (15, 46), (15, 46), (80, 201))[number % 5]
        words = self._said(rng, int(rng.integers(low, high)))
        if rng.random() < 0.4:
            words.append(f"NW-{int(rng.integers(9000)) + 1000}")
        return Query(" ".join(words), Audience.of("everyone", f"channel:{number % CHANNELS}"), now=1e9)


class Drawn:
    """An Embedder whose vectors cost next to nothing, so that searching alone is measured."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, Vectors] = {}

    @property
    def model(self) -> str:
        """The key of its vectors."""
        return "drawn"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return DIM

    def remember(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Draw the vectors of these texts now; they cost nothing later."""
        rows = self._world.vectors(texts)
        self._known |= dict(zip(texts, rows, strict=True))
        return rows

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        known = [self._known.get(text) for text in texts]
        return np.stack(known) if known and all(row is not None for row in known) else self._world.vectors(texts)  # type: ignore[arg-type]


def base_at(folder: Path, embedder: Drawn) -> KnowledgeBase:
    """The knowledge base over the store in a folder, with its cache file."""
    return KnowledgeBase(open_memory(folder / "vigil.db").entries, embedder, folder / "vectors", lambda text: text)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(times: Sequence[float]) -> Figures:
    """Milliseconds: the middle, what one of a hundred exceeds, and the most."""
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "most": round(1000 * max(times), 2)}
