"""The life of an entry from proposal to retirement: approved, edited, superseded, taken back, each step written down."""

from __future__ import annotations

from dataclasses import replace

from knowledge.models import Case, Entry, Kind, KnowledgeError, Relation, Status
from knowledge.proposing import Proposals
from knowledge.steps import Because, Deed
from knowledge.undoing import undo


class CuratedEntries(Proposals):
    """What KnowledgeBase does with single entries; see there for `second_approver`."""

    _second_approver: bool

    def approve(self, entry_id: int, actor: str, now: float, replaces: bool | None = None) -> Entry:
        """Make a proposed case live, in place of the one it succeeds.

        `replaces` overrules the judgement: True puts it in place of the case it was compared with, False leaves both.
        Raises KnowledgeError when it is not proposed, or when `actor` is its only author and a second person must look.
        """
        entry = self._get(entry_id)
        if entry.status is Status.LIVE:
            return entry
        if entry.status is not Status.PROPOSED:
            raise KnowledgeError(f"entry {entry_id} is {entry.status}: only a proposed entry can be approved")
        if self._second_approver and is_only_author(entry, actor):
            raise KnowledgeError(f"entry {entry_id} was written by you: somebody else must approve it")
        return self._approve(entry, actor, now, Because(Deed.APPROVED), replaces)

    def approve_by_agreement(self, entry_id: int, reason: str, actor: str, now: float) -> Entry:
        """Make a new case live because people agreed on it (`reason` says how); what touches a known case must be looked at."""
        entry = self._get(entry_id)
        beside = self._against(entry.id) or self._met_since(entry, now)
        if entry.status is not Status.PROPOSED or beside or len(set(entry.case.authors)) < 2:
            raise KnowledgeError(f"entry {entry_id} needs somebody to look at it")
        return self._approve(entry, actor, now, Because(Deed.AUTO_APPROVED, reason), None)

    def _approve(self, entry: Entry, actor: str, now: float, because: Because, replaces: bool | None) -> Entry:
        other, relation = self._against(entry.id) or self._met_since(entry, now) or (0, Relation.NEW)
        if replaces and other:
            relation = Relation.SUCCESSOR
        elif replaces is False and relation is Relation.SUCCESSOR:
            other, relation = 0, Relation.NEW
        self._store.bind(entry.id, other, relation, False, now)
        live = self._store.change_state([entry.id], Status.LIVE, actor, now, replace(because, other=other))[0]
        self._make_way(live, actor, now)
        self.refresh()
        return live

    def _met_since(self, entry: Entry, now: float) -> tuple[int, Relation] | None:
        """What was approved since the case was proposed; another channel's case does not give way without a look."""
        verdict = self.review(entry.case, now)
        if verdict.entry is None or verdict.relation not in (Relation.SUCCESSOR, Relation.CONTRADICTION):
            return None
        elsewhere = verdict.entry.case.container != entry.case.container
        return verdict.entry.id, Relation.CONTRADICTION if elsewhere else verdict.relation

    def _make_way(self, live: Entry, actor: str, now: float) -> None:
        """What an entry succeeds is superseded as long as it is live."""
        found = self._against(live.id) if live.status is Status.LIVE else None
        other = self._store.get(found[0]) if found and found[1] is Relation.SUCCESSOR else None
        if other is not None and other.status is Status.LIVE:
            because = Because(Deed.SUPERSEDED, f"entry {live.id} took its place", live.id)
            self._store.change_state([other.id], Status.SUPERSEDED, actor, now, because)

    def edit(self, entry_id: int, case: Case, actor: str, now: float, reason: str = "") -> Entry:
        """Store a new text of an entry; an edited case must be approved (again) unless one person may do both.

        Who edits is the sole author from then on (turns and links keep where it came from): no self-approval by editing.
        """
        entry = self._get(entry_id)
        clean = replace(case.redacted(self._redact), source=entry.case.source, kind=entry.case.kind, authors=(actor,))
        waits = entry.case.kind is Kind.CASE and (self._second_approver or entry.status is not Status.LIVE)
        status = Status.PROPOSED if waits else Status.LIVE
        edited = self._store.put([clean], status, actor, now, entry_id, Because(Deed.EDITED, reason))[0]
        self.refresh()
        return edited

    def reject(self, entry_id: int, actor: str, now: float, reason: str = "") -> Entry:
        """Take a proposed case out; raises KnowledgeError when it is not proposed any more."""
        if self._get(entry_id).status is not Status.PROPOSED:
            raise KnowledgeError(f"entry {entry_id} is not proposed any more: retire it instead")
        return self._retire(entry_id, actor, now, Because(Deed.REJECTED, reason))

    def retire(self, entry_id: int, actor: str, now: float, reason: str = "") -> Entry:
        """Make an entry unfindable; it can come back by undo."""
        self._get(entry_id)
        return self._retire(entry_id, actor, now, Because(Deed.RETIRED, reason))

    def _retire(self, entry_id: int, actor: str, now: float, because: Because) -> Entry:
        retired = self._store.change_state([entry_id], Status.RETIRED, actor, now, because)[0]
        self.refresh()
        return retired

    def confirm(self, entry_id: int, actor: str, now: float) -> Entry:
        """Somebody looked at a live entry and found it right; raises KnowledgeError for its only author, and when not live."""
        entry = self._get(entry_id)
        if entry.status is not Status.LIVE:
            raise KnowledgeError(f"entry {entry_id} is {entry.status}: only a live entry can be confirmed")
        if self._second_approver and is_only_author(entry, actor):
            raise KnowledgeError(f"entry {entry_id} was written by you: somebody else must confirm it")
        self._store.note(entry, actor, now, Because(Deed.CONFIRMED))
        return entry

    def undo(self, entry_id: int, actor: str, now: float, step: int = 0) -> Entry:
        """Take a step of an entry back, by default its last; see knowledge.undoing."""
        undone = undo(self._store, self._get(entry_id), actor, now, step)
        self._make_way(undone, actor, now)
        self.refresh()
        return undone


def is_only_author(entry: Entry, actor: str) -> bool:
    """Whether nobody but `actor` stands behind the text: the one who proposed or last edited it, or its sole author."""
    return actor == entry.proposed_by or set(entry.case.authors) == {actor}
