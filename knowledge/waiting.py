"""The cases that wait for approval, kept decoded: each new one is compared with them."""

from __future__ import annotations

from knowledge.base import EntryStore
from knowledge.models import Entry, Kind, Status


class Waiting:
    """The `limit` newest proposed entries; of a call's entries only those that changed since the last are read."""

    def __init__(self, store: EntryStore, limit: int) -> None:
        self._store, self._limit = store, limit
        self._known = dict[int, Entry]()  # replaced as a whole: several threads may ask at once

    def cases(self) -> list[Entry]:
        """The cases among them, newest change first."""
        proposed, before = self._store.changes(Status.PROPOSED, self._limit), self._known
        known = {id: before[id] for id, change, _ in proposed if id in before and before[id].change == change}
        fresh = self._store.get_many([id for id, *_ in proposed if id not in known])
        known |= {entry.id: entry for entry in fresh if entry.status is Status.PROPOSED}
        self._known = known
        return [known[id] for id, *_ in proposed if id in known and known[id].case.kind is Kind.CASE]
