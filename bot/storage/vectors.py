"""Vectors of entries' passages, kept beside the entries so that no text is embedded twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bot.storage.sqlite import Database
from knowledge.base import Vectors
from knowledge.models import Entry


class SqliteVectors:
    """The vector half of knowledge.base.EntryStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def vectors(self, entries: Sequence[Entry], model: str) -> dict[int, Vectors]:
        """Stored vectors (passages x dim, float32) of the entries' current versions, by entry id."""
        wanted = {entry.id: entry.version for entry in entries}
        found: dict[int, Vectors] = {}
        ids = list(wanted)
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            rows = self._database.read(
                "SELECT entry_id, version, passages, data FROM vectors WHERE model=? AND entry_id IN "
                f"({','.join('?' * len(part))})",
                (model, *part),
            )
            for entry_id, version, passages, data in rows:
                if wanted[entry_id] == version:
                    found[entry_id] = np.frombuffer(data, dtype=np.float32).reshape(passages, -1)
        return found

    def save_vectors(self, rows: Iterable[tuple[Entry, Vectors]], model: str) -> None:
        """Keep vectors of entries' current versions."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?,?,?,?,?)",
                [
                    (entry.id, entry.version, model, len(v), np.ascontiguousarray(v, dtype=np.float32).tobytes())
                    for entry, v in rows
                ],
            )
