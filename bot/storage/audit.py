"""The audit log: each line carries a hash over itself and the line before, so that a change shows."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from typing import Any

from bot.outcomes import MERGED, PROPOSED, REFUSED, Act
from bot.storage.sqlite import Database

ERASED = re.compile(r"erased-\d+")


def append(connection: Any, act: Act, now: float) -> None:
    """Add one line inside an open transaction."""
    last = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    previous = last[0] if last else ""
    salt = secrets.token_hex(16)
    row = (now, digest(salt, act.actor), act.action, act.object, int(act.allowed), previous)
    connection.execute(
        "INSERT INTO audit (at, digest, action, object, allowed, previous, hash, actor, salt) VALUES (?,?,?,?,?,?,?,?,?)",
        (*row, _hash(row), act.actor, salt),
    )


def digest(salt: str, actor: str) -> str:
    """What the chain holds of an actor: it proves the name as long as the salt is kept, and nothing afterwards."""
    return hashlib.sha256(f"{salt}{actor}".encode()).hexdigest()


def forget(connection: Any, person: str, alias: str) -> None:
    """Write the alias (`erased-NUMBER`) for a person's name in all lines, inside an open transaction; the chain holds."""
    connection.execute("UPDATE audit SET actor=?, salt='' WHERE actor=?", (alias, person))


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

    def learned(self) -> list[tuple[str, str, float]]:
        """(thread id, action, epoch seconds) of what the librarian last made of each thread, newest first."""
        rows = self._database.read(
            "SELECT object, action, at, max(seq) FROM audit WHERE action IN (?,?) OR substr(action,1,?)=? "
            "GROUP BY object ORDER BY max(seq) DESC",
            (PROPOSED, MERGED, len(REFUSED), REFUSED),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def broken_at(self) -> int | None:
        """The number of the first line that is missing or does not follow from the one before, None when all is well."""
        previous, last = "", 0
        given = (
            self._database.value("SELECT seq FROM sqlite_sequence WHERE name='audit'") or 0
        )  # before the lines are read
        rows = self._database.read(
            "SELECT seq, actor, salt, digest, at, action, object, allowed, previous, hash FROM audit ORDER BY seq"
        )
        for seq, actor, salt, proof, at, *fields, kept in rows:
            if fields[-1] != previous or not _proven(actor, salt, proof, (at, proof or actor, *fields), kept):
                return int(seq)
            previous, last = kept, seq
        return last + 1 if last < given else None


def _proven(actor: str, salt: str, proof: str, row: tuple[Any, ...], kept: str) -> bool:
    """Whether a line is as it was written, its actor too unless erased; of a line older than the digests, erased,
    only its place in the chain is left to be proven."""
    erased = ERASED.fullmatch(actor) is not None
    if salt or not erased:
        named = digest(salt, actor) == proof if proof else True
        return named and _hash(row) == kept
    return not proof or _hash(row) == kept
