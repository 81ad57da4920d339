"""Keeps what can be searched in step with the entry store, by change number."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from knowledge.base import EntryStore, Vectors
from knowledge.cachefile import Written, load, save, written
from knowledge.embedding import Embedder
from knowledge.finder import Finder, Found
from knowledge.index import VectorIndex
from knowledge.lasting import lasting
from knowledge.models import Entry, KnowledgeError, Query, Status

PAGE = 200  # entries read from the store at once: Python works on so many without a break, and a search waits
EMBEDDED_AT_ONCE = 128  # passages: what is embedded is kept, should the process end before the rest


class Mirror:
    """What of the store can be searched; searches and refreshes may run in different threads."""

    def __init__(self, store: EntryStore, embedder: Embedder, cache: Path | None) -> None:
        self._store = store
        self._embedder = embedder
        self._cache = cache
        self._seen = 0
        self._saved: tuple[int, Written] = (-1, None)
        self._refreshing = threading.RLock()  # held by the one that writes; searches do not wait for it
        self._saving = threading.Lock()
        self._live: Finder | None = None

    def __len__(self) -> int:
        return len(self._live) if self._live else 0

    @property
    def started(self) -> bool:
        """Whether the first refresh has been made."""
        return self._live is not None

    def refresh(self) -> int:
        """Apply the store's changes since the last call; the number of entries touched. Cheap when nothing changed."""
        with self._refreshing:
            newest = self._store.last_change()
            if self._live is None:
                with lasting():
                    return self._start(newest)
            if newest == self._seen:
                return 0
            return self.rebuild() if newest < self._seen else self._follow(self._live, newest)

    def rebuild(self) -> int:
        """Begin anew from the store, taking nothing from the cache file; the number of entries read."""
        with self._refreshing:
            newest = self._store.last_change()
            return self._begin(Finder(VectorIndex(self._embedder.dim)), newest)

    def _start(self, newest: int) -> int:
        model, dim, before = self._embedder.model, self._embedder.dim, written(self._cache)
        cached = read(self._cache, model, dim, newest) if self._cache else None
        if cached is None:
            if before is not None:
                logging.getLogger(__name__).warning(
                    "%s does not fit its checksums, this store or the model: it is made anew", self._cache
                )
            return self.rebuild()
        finder, change = cached
        self._saved = change, before
        return self._begin(finder, newest)

    def _begin(self, fresh: Finder, newest: int) -> int:
        """Bring a finder up to date aside, then put it in place, so that a search meets the old one or the whole new one."""
        gone, missing = fresh.differing(self._store.changes(Status.LIVE))
        for entry_id in (*gone, *missing):  # erased, retired or changed while the cache was written or lay on disk
            fresh.drop(entry_id)
        for start in range(0, len(missing), PAGE):
            self._apply(fresh, self._store.get_many(missing[start : start + PAGE]))
            fresh.tidy()
        fresh.tidy(whole=bool(gone))
        self._live, self._seen = fresh, newest
        return len(gone) + len(missing)

    def _follow(self, live: Finder, newest: int) -> int:
        before, seen, applied = self._seen, self._seen, 0
        while batch := self._store.since(seen, PAGE):
            self._apply(live, batch)
            applied += len(batch)
            seen = batch[-1].change
            live.tidy()
        erased = self._store.erased_since(before)  # read last: an entry erased meanwhile must not stay
        for _, entry_id in erased:
            live.drop(entry_id)
        if erased:
            live.tidy(whole=True)
        self._seen = max(seen, newest)
        return applied + len(erased)

    def _apply(self, live: Finder, entries: Sequence[Entry]) -> None:
        stale = []
        for entry in entries:
            if entry.status is not Status.LIVE:
                live.drop(entry.id)
            elif live.holds(entry):
                live.show(entry)
            else:
                stale.append(entry)
        kept = self._store.vectors(stale, self._embedder.model) if stale else {}
        missing = []
        for entry in stale:
            vectors = kept.get(entry.id)
            if vectors is not None and vectors.shape == (len(entry.passages()), self._embedder.dim):
                live.show(entry, vectors)
            else:
                missing.append(entry)
        for chunk in chunks(missing):
            self._embed(live, chunk)

    def _embed(self, live: Finder, entries: Sequence[Entry]) -> None:
        passages = [entry.passages() for entry in entries]
        rows = self._embedder.embed([text for texts in passages for text in texts])
        parts: list[Vectors] = np.split(rows, np.cumsum([len(texts) for texts in passages])[:-1])
        pairs = list(zip(entries, parts, strict=True))
        self._store.save_vectors(pairs, self._embedder.model)
        for entry, vectors in pairs:
            live.show(entry, vectors)

    def update(self, entry: Entry) -> None:
        """Show new feedback counts of a live entry without a refresh."""
        if self._live is not None:
            self._live.update(entry)

    def find(self, query: Query, vector: Vectors) -> Found:
        """See Finder.find; raises KnowledgeError before the first refresh."""
        if self._live is None:
            raise KnowledgeError("the knowledge base is not loaded yet: refresh it first")
        return self._live.find(query, vector)

    def save(self) -> None:
        """Write the cache when something has changed; CacheRefused when the disk refuses (the old file stays whole).

        Changes go on being applied while it is written. A file that another process wrote meanwhile is written anew: it
        may hold what has been erased since that process read it.
        """
        with self._saving:
            with self._refreshing:
                if self._cache is None or self._live is None or self._saved == (self._seen, written(self._cache)):
                    return
                seen, model = self._seen, self._embedder.model
                self._live.tidy(whole=True)
                head, blocks = self._live.blocks()
            save(self._cache, {**head, "model": model, "dim": self._embedder.dim, "change": seen}, blocks)
            self._saved = seen, written(self._cache)


def read(path: Path, model: str, dim: int, newest: int) -> tuple[Finder, int] | None:
    """(finder, its change number); None unless the cache is whole, of this model, and not newer than change `newest`."""
    kept = load(
        path, lambda head: (head["model"], head["dim"]) == (model, dim) and head["change"] <= newest, {"vectors"}
    )
    try:
        return (Finder.of(dim, *kept), int(kept[0]["change"])) if kept else None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return None  # whole, and yet nothing that Vigil wrote


def chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries in groups of about EMBEDDED_AT_ONCE passages."""
    group: list[Entry] = []
    size = 0
    for entry in entries:
        group.append(entry)
        size += len(entry.passages())
        if size >= EMBEDDED_AT_ONCE:
            yield group
            group, size = [], 0
    if group:
        yield group
