"""The knowledge base: one search over all that is live, and the life of an entry from proposal to erasure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from knowledge import curation
from knowledge.base import EntryStore
from knowledge.embedding import Embedder
from knowledge.finder import middle
from knowledge.languages import mostly_cjk, reads_cjk
from knowledge.mirror import Mirror
from knowledge.models import Case, Entry, Hit, Kind, KnowledgeError, Link, Query, Relation, Status, Verdict
from knowledge.ranking import rank

Judge = Callable[[Case, Sequence[Hit]], Verdict]


class KnowledgeBase:
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
        self._cjk: bool | None = None  # asked of the model at the first such question
        self._mirror = Mirror(store, embedder, cache)

    @property
    def store(self) -> EntryStore:
        """The entries behind the search."""
        return self._store

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
        """Write the vector index to its file if it changed; raises OSError when the disk refuses."""
        self._mirror.save()

    def put(self, cases: Sequence[Case], actor: str, now: float) -> list[Entry]:
        """Store documents and precedents, live at once; raises KnowledgeError for a case, which must be approved."""
        if any(case.kind is Kind.CASE for case in cases):
            raise KnowledgeError("a case goes live by approval only: propose it")
        entries = self._store.put([self._clean(case) for case in cases], Status.LIVE, actor, now)
        self.refresh()
        return entries

    def propose(self, case: Case, actor: str, now: float) -> Entry:
        """Store a case for approval; what is already known (live duplicate, same text) comes back as it stands."""
        clean = self._named(self._clean(case))
        known = self._store.by_source(clean.source)
        if known is not None and (known.case.problem, known.case.resolution) == (clean.problem, clean.resolution):
            return known
        if known is not None and known.status is Status.LIVE:
            clean = replace(clean, source=f"{clean.source}~{known.version + 1}")  # the live text stays until approval
        verdict = self.review(clean, now)
        if verdict.relation is Relation.DUPLICATE and verdict.entry is not None:
            return verdict.entry
        entry = self._store.put([clean], Status.PROPOSED, actor, now)[0]
        self.refresh()
        return entry

    def review(self, case: Case, now: float) -> Verdict:
        """How a case stands to the live cases that its own readers may see."""
        text = f"{case.problem}\n{case.title}"
        query = Query(text, case.audience, now=now, exclude=frozenset({case.source}), kinds=frozenset({Kind.CASE}))
        return self._judge(case, self.search(query))

    def approve(self, entry_id: int, actor: str, now: float) -> Entry:
        """Make a proposed case live, in place of the one it succeeds.

        Raises KnowledgeError when it is not proposed, or when `actor` is its only author and a second person must look.
        """
        entry = self._get(entry_id)
        if entry.status is Status.LIVE:
            return entry
        if entry.status is not Status.PROPOSED:
            raise KnowledgeError(f"entry {entry_id} is {entry.status}: only a proposed entry can be approved")
        if self._second_approver and is_only_author(entry, actor):
            raise KnowledgeError(f"entry {entry_id} was written by you: somebody else must approve it")
        verdict = self.review(entry.case, now)
        live = self._store.change_state([entry_id], Status.LIVE, actor, now)[0]
        if verdict.relation is Relation.SUCCESSOR and verdict.entry is not None:
            self._store.change_state([verdict.entry.id], Status.SUPERSEDED, actor, now)
        self.refresh()
        return live

    def edit(self, entry_id: int, case: Case, actor: str, now: float) -> Entry:
        """Store a new text of an entry; an edited case must be approved (again) unless one person may do both.

        Who edits is the sole author from then on (turns and links keep where it came from): no self-approval by editing.
        """
        entry = self._get(entry_id)
        clean = replace(self._clean(case), source=entry.case.source, kind=entry.case.kind, authors=(actor,))
        waits = entry.case.kind is Kind.CASE and (self._second_approver or entry.status is not Status.LIVE)
        status = Status.PROPOSED if waits else Status.LIVE
        edited = self._store.put([clean], status, actor, now, entry_id)[0]
        self.refresh()
        return edited

    def reject(self, entry_id: int, actor: str, now: float) -> Entry:
        """Take a proposed case out; raises KnowledgeError when it is not proposed any more."""
        if self._get(entry_id).status is not Status.PROPOSED:
            raise KnowledgeError(f"entry {entry_id} is not proposed any more: retire it instead")
        return self.retire(entry_id, actor, now)

    def retire(self, entry_id: int, actor: str, now: float) -> Entry:
        """Make an entry unfindable; it can come back by undo."""
        self._get(entry_id)
        retired = self._store.change_state([entry_id], Status.RETIRED, actor, now)[0]
        self.refresh()
        return retired

    def undo(self, entry_id: int, actor: str, now: float) -> Entry:
        """Take the last step of an entry back: a live case is retired and what it superseded lives again.

        A document or precedent returns to its former version; one with a single version is retired.
        """
        entry = self._get(entry_id)
        if entry.status is Status.RETIRED and (entry.approved_by or entry.case.kind is not Kind.CASE):
            undone = self._store.change_state([entry_id], Status.LIVE, actor, now)[0]
        elif entry.case.kind is not Kind.CASE and entry.version > 1:
            undone = self._store.revert(entry_id, actor, now)
        else:
            undone = self._store.change_state([entry_id], Status.RETIRED, actor, now)[0]
            if former := self._superseded_with(entry):
                self._store.change_state(former, Status.LIVE, actor, now)
        self.refresh()
        return undone

    def _superseded_with(self, entry: Entry) -> list[int]:
        """What made way when `entry` went live: approval gives both the same moment."""
        if entry.status is not Status.LIVE:
            return []
        return [e.id for e in self._store.with_status(Status.SUPERSEDED) if e.updated_at == entry.updated_at]

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

    def _get(self, entry_id: int) -> Entry:
        entry = self._store.get(entry_id)
        if entry is None:
            raise KnowledgeError(f"there is no entry {entry_id}")
        return entry

    def _named(self, case: Case) -> Case:
        """The case under a source of its own, where a precedent of the same thread holds the plain one."""
        known = self._store.by_source(case.source)
        taken = known is not None and known.case.kind is not case.kind
        return replace(case, source=f"{case.kind}:{case.source}") if taken else case

    def _clean(self, case: Case) -> Case:
        redact = self._redact
        return replace(
            case,
            title=redact(case.title),
            problem=redact(case.problem),
            resolution=redact(case.resolution),
            environment=redact(case.environment) if case.environment else "",
            cause=redact(case.cause) if case.cause else "",
            links=tuple(Link(redact(link.title), redact(link.url)) for link in case.links),
        ).traced()


def is_only_author(entry: Entry, actor: str) -> bool:
    """Whether nobody but `actor` stands behind the text: the one who proposed or last edited it, or its sole author."""
    return actor == entry.proposed_by or set(entry.case.authors) == {actor}
