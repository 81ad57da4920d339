"""An EntryStore in plain dictionaries, for tests that are not about SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from knowledge.base import Vectors
from knowledge.models import Case, Entry, Kind, KnowledgeError, Relation, Status
from knowledge.steps import UNSAID, Because, Bond, Step, usual


class MemoryStore:
    """Keeps entries, versions, vectors and erasures; counts calls of the costly reads."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.versions: dict[int, list[Case]] = {}
        self.rows: dict[tuple[int, int, str], Vectors] = {}
        self.erased: list[tuple[int, int]] = []
        self.change = 0
        self.next_id = 1
        self.reads = 0
        self.log: list[Step] = []
        self.bound: dict[int, Bond] = {}

    def put(
        self, cases: Sequence[Case], status: Status, actor: str, now: float, entry_id: int | None = None,
        because: Because = UNSAID,
    ) -> list[Entry]:  # fmt: skip
        stored = []
        for case in cases:
            before = self.entries.get(entry_id) if entry_id is not None else self.by_source(case.source)
            stored.append(self._put(case, status, actor, now, entry_id))
            if before is not None or case.kind is Kind.CASE:
                self._note(stored[-1], before, actor, now, because)
        return stored

    def _note(self, entry: Entry, before: Entry | None, actor: str, now: float, because: Because) -> None:
        deed = because.deed or usual(entry.status, before is None)
        was = (before.status, before.version) if before else (None, 0)
        number = len(self.log) + 1
        self.log.append(
            Step(number, entry.id, now, actor, deed, because.reason, because.other, entry.status, entry.version, *was)
        )

    def note(self, entry: Entry, actor: str, now: float, because: Because) -> None:
        self._note(entry, entry, actor, now, because)

    def steps(self, entry_id: int) -> list[Step]:
        return [step for step in self.log if step.entry_id == entry_id]

    def restore(self, entry_id: int, step: Step, status: Status, actor: str, now: float, because: Because) -> Entry:
        wanted = step.was_version or step.version
        if self._get(entry_id).version == wanted:
            return self.change_state([entry_id], status, actor, now, because)[0]
        case = self.versions[entry_id][wanted - 1]
        return self.put([case], status, actor, now, entry_id, because)[0]

    def bind(self, entry_id: int, other: int, relation: Relation, says: bool, now: float) -> None:
        self.bound.pop(entry_id, None)
        if other:
            self.bound[entry_id] = Bond(entry_id, other, relation, says, now)
        self._phrase()

    def _phrase(self) -> None:
        """Entries are searched for by their duplicates' problems too."""
        for entry in list(self.entries.values()):
            said = [self.entries[b.entry_id] for b in self.bound.values() if b.other == entry.id and b.says]
            found = tuple(dict.fromkeys(e.case.problem for e in said if e.status is Status.SUPERSEDED))
            if found != entry.phrasings:
                self._keep(replace(entry, phrasings=found))

    def bonds(self, entry_ids: Sequence[int]) -> list[Bond]:
        return [b for b in self.bound.values() if {b.entry_id, b.other} & set(entry_ids)]

    def _put(self, case: Case, status: Status, actor: str, now: float, entry_id: int | None) -> Entry:
        known = self.entries.get(entry_id) if entry_id is not None else self.by_source(case.source)
        approved = actor if status is Status.LIVE else ""
        if known is None:
            entry = Entry(self.next_id, case, 1, status, 0, now, proposed_by=actor, approved_by=approved)
            self.next_id += 1
        else:
            entry = replace(known, case=case, version=known.version + 1, status=status, updated_at=now)
            entry = replace(entry, approved_by=approved)
        self.versions.setdefault(entry.id, []).append(case)
        return self._keep(entry)

    def _keep(self, entry: Entry) -> Entry:
        self.change += 1
        self.entries[entry.id] = replace(entry, change=self.change)
        return self.entries[entry.id]

    def _get(self, entry_id: int) -> Entry:
        if entry_id not in self.entries:
            raise KnowledgeError(f"there is no entry {entry_id}")
        return self.entries[entry_id]

    def change_state(
        self, entry_ids: Sequence[int], status: Status, actor: str, now: float, because: Because = UNSAID
    ) -> list[Entry]:
        approved = {"approved_by": actor} if status is Status.LIVE else {}
        entries = [self._get(entry_id) for entry_id in entry_ids]
        moved = [self._keep(replace(entry, status=status, updated_at=now, **approved)) for entry in entries]
        for before, after in zip(entries, moved, strict=True):
            self._note(after, before, actor, now, because)
        self._phrase()
        return [self.entries[entry_id] for entry_id in entry_ids]

    def get(self, entry_id: int) -> Entry | None:
        return self.entries.get(entry_id)

    def get_many(self, entry_ids: Sequence[int]) -> list[Entry]:
        return [self.entries[entry_id] for entry_id in entry_ids if entry_id in self.entries]

    def changes(self, status: Status, limit: int = -1) -> list[tuple[int, int, float]]:
        return [(e.id, e.change, e.updated_at) for e in self.with_status(status, limit)]

    def by_source(self, source: str) -> Entry | None:
        found = [entry for entry in self.entries.values() if entry.case.source == source]
        return max(found, key=lambda entry: entry.change, default=None)

    def in_container(self, container: str) -> list[Entry]:
        return [e for e in self.entries.values() if e.case.container == container and e.status is not Status.RETIRED]

    def with_status(self, status: Status, limit: int = -1) -> list[Entry]:
        found = sorted((e for e in self.entries.values() if e.status is status), key=lambda entry: -entry.change)
        return found[: limit if limit >= 0 else None]

    def since(self, change: int, limit: int = 1000) -> list[Entry]:
        self.reads += 1
        newer = [entry for entry in self.entries.values() if entry.change > change]
        return sorted(newer, key=lambda entry: entry.change)[:limit]

    def erased_since(self, change: int) -> list[tuple[int, int]]:
        return [pair for pair in self.erased if pair[0] > change]

    def erase(self, entry_ids: Sequence[int], now: float) -> None:
        for entry_id in entry_ids:
            self.entries.pop(entry_id, None)
            self.versions.pop(entry_id, None)
            self.rows = {key: row for key, row in self.rows.items() if key[0] != entry_id}
            self.change += 1
            self.erased.append((self.change, entry_id))

    def revert(self, entry_id: int, actor: str, now: float) -> Entry:
        versions = self.versions[entry_id]
        if len(versions) < 2:
            raise KnowledgeError(f"entry {entry_id} has no former version")
        return self._put(versions[-2], self._get(entry_id).status, actor, now, entry_id)

    def count(self, entry_id: int, helpful: int, unhelpful: int) -> None:
        entry = self._get(entry_id)
        self._keep(replace(entry, helpful=entry.helpful + helpful, unhelpful=entry.unhelpful + unhelpful))

    def vectors(self, entries: Sequence[Entry], model: str) -> dict[int, Vectors]:
        keys = [(entry.id, entry.version, model) for entry in entries]
        return {key[0]: self.rows[key] for key in keys if key in self.rows}

    def save_vectors(self, rows: Iterable[tuple[Entry, Vectors]], model: str) -> None:
        self.rows.update({(entry.id, entry.version, model): vectors for entry, vectors in rows})

    def last_change(self) -> int:
        return self.change
