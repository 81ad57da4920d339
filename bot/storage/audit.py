"""The audit log: each line carries a hash over itself and the line before, so that a change shows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bot.outcomes import Act
from bot.storage.sqlite import Database


def append(connection: Any, act: Act, now: float) -> None:
    """Add one line inside an open transaction."""
    last = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    previous = last[0] if last else ""
    row = (now, act.actor, act.action, act.object, int(act.allowed), previous)
    connection.execute(
        "INSERT INTO audit (at, actor, action, object, allowed, previous, hash) VALUES (?,?,?,?,?,?,?)",
        (*row, _hash(row)),
    )


def _hash(row: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()


class SqliteAudit:
    """Writes and verifies the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, act: Act, now: float) -> None:
        """Add one line in a transaction of its own."""
        with self._database.transaction() as connection:
            append(connection, act, now)

    def broken_at(self) -> int | None:
        """The number of the first line that is missing or does not follow from the one before, None when all is well."""
        previous, last = "", 0
        given = (
            self._database.value("SELECT seq FROM sqlite_sequence WHERE name='audit'") or 0
        )  # before the lines are read
        rows = self._database.read(
            "SELECT seq, at, actor, action, object, allowed, previous, hash FROM audit ORDER BY seq"
        )
        for seq, *fields, kept in rows:
            if fields[-1] != previous or _hash(tuple(fields)) != kept:
                return int(seq)
            previous, last = kept, seq
        return last + 1 if last < given else None
