"""Entries in SQLite: versions, states, vectors and the change numbers that every index follows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.storage.codec import pack, unpack
from bot.storage.history import PHRASINGS, SqliteHistory, note, step
from bot.storage.sqlite import Database
from knowledge.models import Case, Entry, Kind, KnowledgeError, Status
from knowledge.steps import UNSAID, Because, Step

COLUMNS = f"id, body, version, status, change, updated_at, helpful, unhelpful, proposed_by, approved_by, {PHRASINGS}"
NEXT = "(SELECT max(c) + 1 FROM (SELECT coalesce(max(change), 0) c FROM entries UNION SELECT coalesce(max(change), 0) FROM erased))"

CHANGES = "SELECT id, change, updated_at FROM entries WHERE status=? ORDER BY change DESC LIMIT ?"


def _entry(row: Sequence[Any]) -> Entry:
    *told, said = row
    entry_id, body, version, status, *counted = told
    entry = Entry(entry_id, unpack(Case, body), version, Status(status), *counted)
    return replace(entry, phrasings=tuple(json.loads(said))) if said != "[]" else entry


def _erase(connection: Any, entry_ids: Sequence[int], now: float) -> None:
    for entry_id in entry_ids:
        connection.execute(f"INSERT INTO erased VALUES ({NEXT},?,?)", (entry_id, now))
        for table in ("entries", "entry_versions", "vectors", "shown", "revisions"):
            key = "id" if table == "entries" else "entry_id"
            connection.execute(f"DELETE FROM {table} WHERE {key}=?", (entry_id,))
        quoted = "UPDATE decisions SET suggestion='' WHERE suggestion!='' AND instr(','||entry_ids||',', ?)"
        connection.execute(quoted, (f",{entry_id},",))


class SqliteEntries(SqliteHistory):
    """See knowledge.base.EntryStore."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)

    def put(
        self, cases: Sequence[Case], status: Status, actor: str, now: float, entry_id: int | None = None,
        because: Because = UNSAID,
    ) -> list[Entry]:  # fmt: skip
        """Store cases in one transaction: a new version of the entry with the same source, else a new entry."""
        stored: list[Entry] = []
        with self._database.transaction() as connection:
            for case in cases:
                row = self._write(connection, case, status, actor, now, entry_id, because)
                stored.append(
                    _entry(connection.execute(f"SELECT {COLUMNS} FROM entries WHERE id=?", (row,)).fetchone())
                )
        return stored

    @staticmethod
    def _write(
        connection: Any, case: Case, status: Status, actor: str, now: float, entry_id: int | None,
        because: Because = UNSAID,
    ) -> int:  # fmt: skip
        body = pack(case)
        approver = actor if status is Status.LIVE else ""
        if entry_id is None:
            found = connection.execute("SELECT id FROM entries WHERE source=?", (case.source,)).fetchone()
        else:
            found = (entry_id,)
        before = None
        if found is None:
            row = connection.execute(
                f"""INSERT INTO entries (source, container, kind, status, version, change, body, updated_at, proposed_by,
                approved_by) VALUES (?,?,?,?,1,{NEXT},?,?,?,?)""",
                (case.source, case.container, case.kind, status, body, now, actor, approver),
            ).lastrowid
        else:
            row = found[0]
            before = step(connection, row)
            changed = connection.execute(
                f"""UPDATE entries SET source=?, container=?, kind=?, status=?, version=version+1, change={NEXT}, body=?,
                updated_at=?, proposed_by=?, approved_by=? WHERE id=?""",
                (case.source, case.container, case.kind, status, body, now, actor, approver, row),
            ).rowcount
            if not changed:
                raise KnowledgeError(f"there is no entry {row}")
        connection.execute(
            "INSERT INTO entry_versions SELECT id, version, status, body, ?, ? FROM entries WHERE id=?",
            (actor, now, row),
        )
        if before is not None or case.kind is Kind.CASE:
            note(connection, row, before, actor, now, because)
        return int(row)

    def change_state(
        self, entry_ids: Sequence[int], status: Status, actor: str, now: float, because: Because = UNSAID
    ) -> list[Entry]:
        """Move entries to `status`, each with a new change number and a step; raises KnowledgeError on an unknown id."""
        with self._database.transaction() as connection:
            for entry_id in entry_ids:
                before = step(connection, entry_id)
                changed = connection.execute(
                    f"UPDATE entries SET status=?, change={NEXT}, updated_at=?, "
                    "approved_by=CASE WHEN ?='live' THEN ? ELSE approved_by END WHERE id=?",
                    (status, now, status, actor, entry_id),
                ).rowcount
                if not changed:
                    raise KnowledgeError(f"there is no entry {entry_id}")
                note(connection, entry_id, before, actor, now, because)
        return [entry for entry in map(self.get, entry_ids) if entry]

    def get(self, entry_id: int) -> Entry | None:
        """The entry as it now stands."""
        return next(iter(self._select("WHERE id=?", (entry_id,))), None)

    def get_many(self, entry_ids: Sequence[int]) -> list[Entry]:
        """Those of the entries that there are, as they now stand, in any order."""
        parts = [entry_ids[start : start + 500] for start in range(0, len(entry_ids), 500)]
        return [e for part in parts for e in self._select(f"WHERE id IN ({','.join('?' * len(part))})", part)]

    def changes(self, status: Status, limit: int = -1) -> list[tuple[int, int, float]]:
        """Id, change number and time of change, newest change first, from an index that holds no texts."""
        return [(row[0], row[1], row[2]) for row in self._database.read(CHANGES, (status, limit))]

    def by_source(self, source: str) -> Entry | None:
        """The entry that came from `source`."""
        return next(iter(self._select("WHERE source=?", (source,))), None)

    def in_container(self, container: str) -> list[Entry]:
        """All entries of a file or channel that are not retired."""
        return self._select("WHERE container=? AND status!='retired' ORDER BY id", (container,))

    def containers(self, prefix: str) -> list[str]:
        """Names of containers that start so and still hold something."""
        rows = self._database.read(
            "SELECT DISTINCT container FROM entries WHERE container>=? AND container<? AND status!='retired'",
            (prefix, prefix + "\U0010ffff"),
        )
        return [row[0] for row in rows]

    def with_status(self, status: Status, limit: int = -1) -> list[Entry]:
        """All entries in one state, or the `limit` newest, newest change first."""
        return self._select("WHERE status=? ORDER BY change DESC LIMIT ?", (status, limit))

    def since(self, change: int, limit: int = 1000) -> list[Entry]:
        """Entries with a higher change number, oldest change first, in any state."""
        return self._select(f"WHERE change>? ORDER BY change LIMIT {int(limit)}", (change,))

    def _select(self, tail: str, arguments: Sequence[Any]) -> list[Entry]:
        return [_entry(row) for row in self._database.read(f"SELECT {COLUMNS} FROM entries {tail}", arguments)]

    def erased_since(self, change: int) -> list[tuple[int, int]]:
        """(change, entry id) of entries erased after `change`."""
        rows = self._database.read("SELECT change, entry_id FROM erased WHERE change>? ORDER BY change", (change,))
        return [(row[0], row[1]) for row in rows]

    def erase(self, entry_ids: Sequence[int], now: float) -> None:
        """Remove entries, their versions, vectors and quotations in decisions for good; only the number remains."""
        with self._database.transaction() as connection:
            _erase(connection, entry_ids, now)

    def replace(self, entry_id: int, case: Case, status: Status, actor: str, now: float) -> Entry:
        """Erase an entry and store what is left of it as a new one, in one transaction."""
        with self._database.transaction() as connection:
            _erase(connection, [entry_id], now)
            row = self._write(connection, case, status, actor, now, None)
            return _entry(connection.execute(f"SELECT {COLUMNS} FROM entries WHERE id=?", (row,)).fetchone())

    def revert(self, entry_id: int, actor: str, now: float) -> Entry:
        """Bring back the entry's former version as a new one; raises KnowledgeError when there is none."""
        rows = self._database.read(
            "SELECT body, status FROM entry_versions WHERE entry_id=? ORDER BY version DESC LIMIT 1 OFFSET 1",
            (entry_id,),
        )
        if not rows:
            raise KnowledgeError(f"entry {entry_id} has no former version")
        return self.put([unpack(Case, rows[0][0])], Status(rows[0][1]), actor, now, entry_id)[0]

    def restore(self, entry_id: int, step: Step, status: Status, actor: str, now: float, because: Because) -> Entry:
        """Let the entry stand in `status` with the text it had before `step`, as of whoever wrote and approved that."""
        now_here = self.get(entry_id)
        if now_here is not None and now_here.version == (step.was_version or step.version):
            return self.change_state([entry_id], status, actor, now, because)[0]
        sql = "SELECT body, actor FROM entry_versions WHERE entry_id=? AND version=?"
        rows = self._database.read(sql, (entry_id, step.was_version or step.version))
        if not rows:
            raise KnowledgeError(f"entry {entry_id} has no former version")
        with self._database.transaction() as connection:
            self._write(connection, unpack(Case, rows[0][0]), status, actor, now, entry_id, because)
            sql = "UPDATE entries SET proposed_by=? WHERE id=?"
            connection.execute(sql, (rows[0][1], entry_id))
        return next(entry for entry in [self.get(entry_id)] if entry)

    def count(self, entry_id: int, helpful: int, unhelpful: int) -> None:
        """Add to the feedback counts of an entry (negative takes back)."""
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE entries SET helpful=max(0,helpful+?), unhelpful=max(0,unhelpful+?), change={NEXT} WHERE id=?",
                (helpful, unhelpful, entry_id),
            )

    def last_change(self) -> int:
        """The highest change number given so far, 0 when empty."""
        return int(self._database.value(f"SELECT {NEXT} - 1"))
