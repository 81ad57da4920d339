"""The knowledge base: one search over all that is live, and the life of an entry from proposal to erasure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from knowledge import curation
from knowledge.base import EntryStore
from knowledge.curated import CuratedEntries, is_only_author
from knowledge.embedding import Embedder
from knowledge.finder import middle
from knowledge.languages import mostly_cjk, reads_cjk
from knowledge.mirror import Mirror
from knowledge.models import Case, Entry, Hit, Kind, KnowledgeError, Query, Status
from knowledge.proposing import Judge
from knowledge.ranking import rank
from knowledge.waiting import Waiting

PENDING = 50  # proposed cases that a new one is compared with, the newest

__all__ = ["Judge", "KnowledgeBase", "is_only_author"]


class KnowledgeBase(CuratedEntries):
    """The door to what Vigil knows. Every write goes to the store and is searchable when the call returns.

    `cache` is the file of the vector index (None: memory only), `redact` takes secrets and personal data out of a
    text, `second_approver` forbids people to approve what they wrote alone. Safe to use from several threads.
    """

    def __init__(
        self,
        store: EntryStore,
        embedder: Embedder,
        cache: Path | None,
        redact: Callable[[str], str],
        second_approver: bool = True,
        judge: Judge = curation.judge,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._redact = redact
        self._second_approver = second_approver
        self._judge = judge
        self._waiting = Waiting(store, PENDING)
        self._cjk: bool | None = None  # asked of the model at the first such question
        self._mirror = Mirror(store, embedder, cache)

    @property
    def store(self) -> EntryStore:
        """The entries behind the search."""
        return self._store

    @property
    def second_approver(self) -> bool:
        """Whether nobody may approve what they wrote alone."""
        return self._second_approver

    @property
    def redact(self) -> Callable[[str], str]:
        """What takes secrets and personal data out of every case before it is stored."""
        return self._redact

    @property
    def size(self) -> int:
        """Number of live entries in memory."""
        return len(self._mirror)

    def search(self, query: Query) -> list[Hit]:
        """The best `query.limit` live entries that all its readers may see, best first, by meaning and words at once."""
        if not query.audience.scopes or not query.text.strip() or query.limit < 1:
            return []
        if not self._mirror.started:
            self._mirror.refresh()
        found = self._mirror.find(query, middle(self._embedder.embed([query.text, *query.views])))
        if mostly_cjk(query.text) and not self._reads_cjk():
            found = found.by_words_alone()
        return rank(found, query)

    def _reads_cjk(self) -> bool:
        if self._cjk is None:
            self._cjk = reads_cjk(self._embedder)
        return self._cjk

    def refresh(self) -> int:
        """Take over what other processes changed; the number of entries touched."""
        return self._mirror.refresh()

    def rebuild(self) -> None:
        """Build the indexes anew from the store."""
        self._mirror.rebuild()

    def save_cache(self) -> None:
        """Write the vector index to its file if it changed; raises CacheRefused when the disk refuses."""
        self._mirror.save()

    def put(self, cases: Sequence[Case], actor: str, now: float) -> list[Entry]:
        """Store documents and precedents, live at once; raises KnowledgeError for a case, which must be approved."""
        if any(case.kind is Kind.CASE for case in cases):
            raise KnowledgeError("a case goes live by approval only: propose it")
        entries = self._store.put([case.redacted(self._redact) for case in cases], Status.LIVE, actor, now)
        self.refresh()
        return entries

    def erase(self, entry_ids: Sequence[int], now: float) -> None:
        """Remove entries for good, from the store, from memory and from the cache file."""
        self._store.erase(entry_ids, now)
        self.refresh()
        self.save_cache()

    def feedback(self, entry_id: int, helpful: int, unhelpful: int) -> None:
        """Add to an entry's counts (negative takes back), which are shown; see knowledge.usefulness for what ratings do."""
        self._store.count(entry_id, helpful, unhelpful)
        entry = self._store.get(entry_id)
        if entry is not None:
            self._mirror.update(entry)
