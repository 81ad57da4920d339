"""The one door to what Vigil knows: search, propose, approve, retire, erase and refresh."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.models import Case, Entry, Relation, Status
from knowledge.steps import UNSAID, Because, Bond, Step

Vectors = NDArray[np.float32]


class EntryStore(Protocol):
    """Where entries live; the database is the truth and every index is a cache that follows its change numbers."""

    def put(
        self,
        cases: Sequence[Case],
        status: Status,
        actor: str,
        now: float,
        entry_id: int | None = None,
        because: Because = UNSAID,
    ) -> list[Entry]:
        """Store cases: a new version of the entry with the same source (or of `entry_id`), else a new entry.

        Every change but the first putting of a document or precedent is written down as a step.
        """

    def change_state(
        self, entry_ids: Sequence[int], status: Status, actor: str, now: float, because: Because = UNSAID
    ) -> list[Entry]:
        """Move entries to `status`, each with a new change number and a step; raises KnowledgeError on an unknown id."""

    def restore(self, entry_id: int, step: Step, status: Status, actor: str, now: float, because: Because) -> Entry:
        """Let the entry stand in `status` with the text it had before `step`; raises KnowledgeError when that is gone."""

    def note(self, entry: Entry, actor: str, now: float, because: Because) -> None:
        """Write down a step that changes neither text nor state."""

    def steps(self, entry_id: int) -> list[Step]:
        """Everything that became of the entry, oldest first."""

    def bind(self, entry_id: int, other: int, relation: Relation, says: bool, now: float) -> None:
        """Write down how the entry stands to another one, in place of what stood there for it before."""

    def bonds(self, entry_ids: Sequence[int]) -> list[Bond]:
        """How these entries stand to others, and others to them, in any order."""

    def get(self, entry_id: int) -> Entry | None:
        """The entry as it now stands."""

    def get_many(self, entry_ids: Sequence[int]) -> list[Entry]:
        """Those of the entries that there are, as they now stand, in any order."""

    def changes(self, status: Status, limit: int = -1) -> list[tuple[int, int, float]]:
        """Id, change number and time of change of all entries in one state, or of the `limit` newest, newest change first.

        Their texts are not read.
        """

    def by_source(self, source: str) -> Entry | None:
        """The newest entry that came from `source`."""

    def in_container(self, container: str) -> list[Entry]:
        """All entries of a file or channel that are not retired."""

    def with_status(self, status: Status, limit: int = -1) -> list[Entry]:
        """All entries in one state, or the `limit` newest, newest change first."""

    def since(self, change: int, limit: int = 1000) -> list[Entry]:
        """Entries with a higher change number, oldest change first, in any state."""

    def erased_since(self, change: int) -> list[tuple[int, int]]:
        """(change, entry id) of entries erased after `change`."""

    def erase(self, entry_ids: Sequence[int], now: float) -> None:
        """Remove entries, their versions and vectors for good."""

    def revert(self, entry_id: int, actor: str, now: float) -> Entry:
        """Bring back the entry's former version as a new one; raises KnowledgeError when there is none."""

    def count(self, entry_id: int, helpful: int, unhelpful: int) -> None:
        """Add to the feedback counts of an entry (negative takes back)."""

    def vectors(self, entries: Sequence[Entry], model: str) -> dict[int, Vectors]:
        """Stored vectors (passages x dim, float32) of the entries' current versions, by entry id."""

    def save_vectors(self, rows: Iterable[tuple[Entry, Vectors]], model: str) -> None:
        """Keep vectors of entries' current versions."""

    def last_change(self) -> int:
        """The highest change number given so far, 0 when empty."""
