"""What became of entries, step by step, and how cases stand to each other, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.storage.codec import unpack
from bot.storage.vectors import SqliteVectors
from knowledge.models import Case, Entry, Relation, Status
from knowledge.steps import Because, Bond, Deed, Step, usual

MOST = 8  # other people's ways to put a problem that it is searched for by, the newest
PHRASINGS = f"""(SELECT json_group_array(p) FROM (SELECT DISTINCT json_extract(d.body, '$.problem') p FROM bonds b
JOIN entries d ON d.id=b.from_id WHERE b.to_id=entries.id AND b.says AND d.status='superseded' ORDER BY b.at DESC LIMIT {MOST}))"""
STEP = "id, entry_id, at, actor, action, reason, other, status, version, was, was_version"


def step(connection: Any, entry_id: int) -> tuple[str, int] | None:
    """How an entry stands, inside a transaction: (state, version); None when there is none."""
    row = connection.execute("SELECT status, version FROM entries WHERE id=?", (entry_id,)).fetchone()
    return (row[0], row[1]) if row else None


def note(
    connection: Any, entry_id: int, before: tuple[str, int] | None, actor: str, now: float, because: Because
) -> None:
    """Write down inside a transaction how an entry came to stand as it does now."""
    found = step(connection, entry_id)
    if found is None:
        return
    was, was_version = before or ("", 0)
    deed = because.deed or usual(Status(found[0]), before is None)
    row = (entry_id, now, actor, deed, because.reason, because.other, *found, was, was_version)
    connection.execute(
        "INSERT INTO entry_log (entry_id, at, actor, action, reason, other, status, version, was, was_version) "
        "VALUES (?,?,?,?,?,?,?,?,?,?)",
        row,
    )


def _step(row: Sequence[Any]) -> Step:
    number, entry_id, at, actor, deed, reason, other, status, version, was, was_version = row
    before = Status(was) if was else None
    return Step(number, entry_id, at, actor, Deed(deed), reason, other, Status(status), version, before, was_version)


class SqliteHistory(SqliteVectors):
    """The half of knowledge.base.EntryStore that remembers."""

    def note(self, entry: Entry, actor: str, now: float, because: Because) -> None:
        """Write down a step that changes neither text nor state."""
        with self._database.transaction() as connection:
            note(connection, entry.id, step(connection, entry.id), actor, now, because)

    def steps(self, entry_id: int) -> list[Step]:
        """Everything that became of the entry, oldest first."""
        return [
            _step(r)
            for r in self._database.read(f"SELECT {STEP} FROM entry_log WHERE entry_id=? ORDER BY id", (entry_id,))
        ]

    def bind(self, entry_id: int, other: int, relation: Relation, says: bool, now: float) -> None:
        """Write down how the entry stands to another one, in place of what stood there for it before."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM bonds WHERE from_id=?", (entry_id,))
            if other:
                connection.execute("INSERT INTO bonds VALUES (?,?,?,?,?)", (entry_id, other, relation, says, now))

    def bonds(self, entry_ids: Sequence[int]) -> list[Bond]:
        """How these entries stand to others, and others to them, in any order."""
        holes = ",".join("?" * len(entry_ids))
        sql = f"SELECT from_id, to_id, kind, says, at FROM bonds WHERE from_id IN ({holes}) OR to_id IN ({holes})"
        rows = self._database.read(sql, (*entry_ids, *entry_ids)) if entry_ids else []
        return [Bond(row[0], row[1], Relation(row[2]), bool(row[3]), row[4]) for row in rows]

    def versions_of(self, entry_id: int) -> list[tuple[int, str, float, str, Case]]:
        """(version, state then, when, actor, case) of all versions that are kept, oldest first."""
        sql = "SELECT version, status, at, actor, body FROM entry_versions WHERE entry_id=? ORDER BY version"
        rows = self._database.read(sql, (entry_id,))
        return [(row[0], row[1], row[2], row[3], unpack(Case, row[4])) for row in rows]
