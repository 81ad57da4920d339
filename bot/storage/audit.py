"""The audit log: each line carries a hash over itself and the line before, so that a change shows."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from bot.outcomes import MERGED, PROPOSED, REFUSED, Act
from bot.outcomes_audit import SETTINGS, Flaw, Head
from bot.storage import audit_anchor
from bot.storage.audit_proof import COLUMNS, VOUCHED, digest, flaw, line_hash, vouching
from bot.storage.sqlite import Database

GIVEN = "SELECT coalesce(max(seq),0) FROM sqlite_sequence WHERE name='audit'"


def append(connection: Any, act: Act, now: float) -> None:
    """Add one line inside an open transaction."""
    last = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    previous = last[0] if last else ""
    salt = secrets.token_hex(16)
    row = (now, digest(salt, act.actor), act.action, act.object, int(act.allowed), previous)
    connection.execute(
        "INSERT INTO audit (at, digest, action, object, allowed, previous, hash, actor, salt) VALUES (?,?,?,?,?,?,?,?,?)",
        (*row, line_hash(row), act.actor, salt),
    )


def forget(connection: Any, person: str, alias: str, now: float) -> None:
    """Write the alias (`erased-NUMBER`) for a person's name in all lines, inside an open transaction; the chain holds.

    A line of the log says of which lines the name was taken, so that nobody can hide behind an erasure.
    """
    taken = connection.execute("UPDATE audit SET actor=?, salt='' WHERE actor=?", (alias, person)).rowcount
    if taken:
        sql = f"SELECT {COLUMNS} FROM audit WHERE actor=? AND salt='' ORDER BY seq"
        nameless = connection.execute(sql, (alias,)).fetchall()
        append(connection, Act("vigil", VOUCHED, vouching(alias, nameless), True), now)


class SqliteAudit:
    """Writes, verifies and exports the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, act: Act, now: float) -> None:
        """Add one line in a transaction of its own."""
        with self._database.transaction() as connection:
            append(connection, act, now)
        audit_anchor.advance(self._database)

    def learned(self) -> list[tuple[str, str, float]]:
        """(thread id, action, epoch seconds) of what the librarian last made of each thread, newest first."""
        rows = self._database.read(
            "SELECT object, action, at, max(seq) FROM audit WHERE action IN (?,?) OR substr(action,1,?)=? "
            "GROUP BY object ORDER BY max(seq) DESC",
            (PROPOSED, MERGED, len(REFUSED), REFUSED),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def settings(self) -> str:
        """The hash of the settings that Vigil last started with, "" before its first start."""
        sql = "SELECT object FROM audit WHERE action=? ORDER BY seq DESC LIMIT 1"
        return str(self._database.value(sql, (SETTINGS,)) or "")

    def head(self) -> Head:
        """The last line's number and hash; 0 and "" while there is none."""
        return audit_anchor.head(self._database)

    def flaw(self, kept: Head | None = None) -> Flaw | None:
        """Where the log is not as it was written, None when all is well.

        It is held against its own chain, against the anchor beside the store, and against `kept`, a head noted elsewhere.
        """
        anchor = audit_anchor.read(self._database)  # before the lines are read, and so is what was given
        given = int(self._database.value(GIVEN))
        anchored = audit_anchor.anchored(self._database)
        if anchor.trouble or (anchored and anchor.head is None):
            return Flaw(anchored, anchor.trouble or f"{anchor.path} is missing, which says how far the log went")
        heads = [head for head in (anchor.head, kept) if head is not None]
        rows = self._database.connection().execute(f"SELECT {COLUMNS} FROM audit ORDER BY seq")
        return flaw(rows, given, heads)

    def broken_at(self) -> int | None:
        """The number of the first line that is not as it was written, None when all is well."""
        found = self.flaw()
        return found.line if found else None

    def export(self) -> Iterator[str]:
        """Each line as one JSON object, oldest first, as of now; with all that proves it."""
        names = [name.strip() for name in COLUMNS.split(",")]
        for row in self._database.connection().execute(f"SELECT {COLUMNS} FROM audit ORDER BY seq"):
            found = dict(zip(names, row, strict=True)) | {"allowed": bool(row[names.index("allowed")])}
            yield json.dumps(found, ensure_ascii=False, default=repr)
