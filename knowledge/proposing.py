"""Judges what is proposed against what is known and files it: for approval, as a duplicate, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from knowledge.base import EntryStore
from knowledge.curation import as_open, same
from knowledge.models import (
    EVERYONE,
    Audience,
    Case,
    Entry,
    Hit,
    Kind,
    KnowledgeError,
    Query,
    Relation,
    Status,
    Verdict,
)
from knowledge.screening import screen
from knowledge.steps import Because, Deed
from knowledge.waiting import Waiting

Judge = Callable[[Case, Sequence[Hit]], Verdict]
FILED = {
    Relation.THIN: (Status.RETIRED, Deed.REFUSED),
    Relation.PRIVATE: (Status.RETIRED, Deed.REFUSED),
    Relation.DUPLICATE: (Status.SUPERSEDED, Deed.MERGED),
}


class Proposals:
    """The half of knowledge.curated that judges; see KnowledgeBase for `redact`."""

    _store: EntryStore
    _redact: Callable[[str], str]
    _judge: Judge
    _waiting: Waiting

    def search(self, query: Query) -> list[Hit]:
        """See KnowledgeBase."""
        raise NotImplementedError

    def refresh(self) -> int:
        """See KnowledgeBase."""
        raise NotImplementedError

    def propose(self, case: Case, actor: str, now: float, readers: Audience | None = None) -> Entry:
        """Store a case for approval, judged against what its `readers` (by default its audience) may see.

        What is known comes back as it stands: the same text, or the entry that a duplicate strengthens; a case that is
        too thin or too private comes back retired, and `reason` tells why.
        """
        clean = self._named(case.redacted(self._redact))
        known, verdict = self._store.by_source(clean.source), None
        if known is not None and not same(known.case, clean) and known.status is Status.LIVE:
            clean = replace(clean, source=f"{clean.source}~{known.version + 1}")  # the live text stays until approval
            verdict = self._judge_revision(clean, known)
            known = self._store.by_source(clean.source)
        if known is not None and same(known.case, clean):
            return self._stands_for(known)
        return self._file(clean, screen(clean) or verdict or self.review(clean, now, readers), actor, now)

    def refuses(self, case: Case) -> str:
        """Why the case would not even be proposed, whatever else is known; "" when it may be."""
        verdict = screen(case.redacted(self._redact))
        return verdict.why if verdict is not None else ""

    def _judge_revision(self, case: Case, live: Entry) -> Verdict:
        """A thread that went on replaces what it taught before, unless it says the same."""
        verdict = self._judge(replace(case, source=f"{case.source}?"), [_as_hit(live)])
        if verdict.relation is Relation.DUPLICATE:
            return verdict
        return Verdict(Relation.SUCCESSOR, live, f"the thread that entry {live.id} was learned from went on")

    def _file(self, case: Case, verdict: Verdict, actor: str, now: float) -> Entry:
        """Store a judged case as its verdict says."""
        other = verdict.entry.id if verdict.entry is not None and verdict.relation is not Relation.NEW else 0
        status, deed = FILED.get(verdict.relation, (Status.PROPOSED, Deed.PROPOSED))
        entry = self._store.put([case], status, actor, now, because=Because(deed, verdict.why, other))[0]
        known = verdict.entry if verdict.relation is Relation.DUPLICATE else None
        says = known is not None and as_open(case, known.case)
        self._store.bind(entry.id, other, verdict.relation, says, now)
        self.refresh()
        return self._stands_for(entry)

    def _stands_for(self, entry: Entry) -> Entry:
        """The entry itself, or the one that it was found to be a duplicate of."""
        if entry.status is not Status.SUPERSEDED:
            return entry
        own = [b for b in self._store.bonds([entry.id]) if b.entry_id == entry.id and b.relation is Relation.DUPLICATE]
        return (self._store.get(own[0].other) if own else None) or entry

    def reason(self, entry_id: int) -> str:
        """Why the entry stands as it does: the reason of its latest step, else what that was, "" without any."""
        steps = self._store.steps(entry_id)
        return steps[-1].reason or str(steps[-1].deed) if steps else ""

    def review(self, case: Case, now: float, readers: Audience | None = None) -> Verdict:
        """How a case stands to the live cases that its readers may see, and to those that wait for approval."""
        seen = readers or Audience(case.audience.scopes | {EVERYONE})
        text, own = f"{case.problem}\n{case.title}", frozenset({case.source})
        query = Query(text, seen, now=now, exclude=own, kinds=frozenset({Kind.CASE}))
        verdict = self._judge(case, self.search(query))
        if verdict.relation is not Relation.NEW:
            return verdict
        near = [entry for entry in self._waiting.cases() if entry.case.audience == case.audience]
        alike = self._judge(case, [_as_hit(e) for e in near if e.case.source != case.source])
        return alike if alike.relation is Relation.DUPLICATE else verdict

    def _against(self, entry_id: int) -> tuple[int, Relation] | None:
        """The case that a proposed one would succeed or contradicts, with the relation."""
        kinds = (Relation.SUCCESSOR, Relation.CONTRADICTION)
        own = [b for b in self._store.bonds([entry_id]) if b.entry_id == entry_id and b.relation in kinds]
        return (own[0].other, own[0].relation) if own else None

    def against(self, entry_id: int) -> tuple[Entry, Relation] | None:
        """What somebody who approves should see beside the entry: the case it would replace or contradicts."""
        found = self._against(entry_id)
        other = self._store.get(found[0]) if found else None
        return (other, found[1]) if other is not None and found is not None else None

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


def _as_hit(entry: Entry) -> Hit:
    """An entry that no search found, to be judged by its words alone."""
    return Hit(entry, 0.0, 0.0, "", 0.0, 0.0)
