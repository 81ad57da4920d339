"""The live entries in memory, with the mask that says which of them a query may see."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from knowledge.models import Audience, Entry, Kind, Query

KINDS = tuple(Kind)
ABSENT = -1
Mask = NDArray[np.bool_]


class Shelf:
    """Entries by id with their audience and kind as small numbers, so that a mask is one table look-up.

    Arrays are as long as the highest id: ids are row numbers of a database. Not thread-safe: the caller holds a lock.
    """

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._audiences: dict[frozenset[str], int] = {}
        self._audience: NDArray[np.int32] = np.full(256, ABSENT, dtype=np.int32)
        self._kind: NDArray[np.int8] = np.zeros(256, dtype=np.int8)
        self._origins: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, entry_id: int) -> Entry | None:
        """The live entry of that id."""
        return self._entries.get(entry_id)

    def ids(self) -> set[int]:
        """Ids of all live entries."""
        return set(self._entries)

    def put(self, entry: Entry) -> None:
        """Show `entry`, in place of its former version."""
        self.remove(entry.id)
        while entry.id >= len(self._audience):
            self._audience = np.concatenate([self._audience, np.full_like(self._audience, ABSENT)])
            self._kind = np.concatenate([self._kind, np.zeros_like(self._kind)])
        self._entries[entry.id] = entry
        scopes = entry.case.audience.scopes
        self._audience[entry.id] = self._audiences.setdefault(scopes, len(self._audiences))
        self._kind[entry.id] = KINDS.index(entry.case.kind)
        self._origins.setdefault(origin(entry.case.source), set()).add(entry.id)

    def remove(self, entry_id: int) -> None:
        """Hide the entry; unknown ids are fine."""
        entry = self._entries.pop(entry_id, None)
        if entry is not None:
            self._audience[entry_id] = ABSENT
            self._origins[origin(entry.case.source)].discard(entry_id)

    def mask(self, query: Query) -> Mask:
        """By entry id: live, of a wanted kind, open to every reader, and not from an excluded source."""
        open_to = [_opens(scopes, query.audience) for scopes in self._audiences]
        of_kind = np.array([kind in query.kinds for kind in KINDS])
        # the extra last cell answers for ABSENT, which indexes from the end
        allowed = np.array([*open_to, False])[self._audience] & of_kind[self._kind]
        allowed[list(self._excluded(query.exclude))] = False
        return np.asarray(allowed, dtype=np.bool_)

    def _excluded(self, sources: Iterable[str]) -> set[int]:
        return set().union(*(self._origins.get(origin(source), set()) for source in sources))


def _opens(scopes: frozenset[str], readers: Audience) -> bool:
    return Audience(scopes).opens_to(readers)


def origin(source: str) -> str:
    """What a source key and the keys derived from it (`case:...`, `...~2`) have in common."""
    return source.removeprefix("case:").partition("~")[0]
