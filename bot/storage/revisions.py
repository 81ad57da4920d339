"""Proposed new answers of cases, and the threads whose cases are to be looked at again."""

from __future__ import annotations

from typing import Any

from bot.outcomes import Outcome, Revision
from bot.storage.sqlite import Database

COLUMNS = "id, entry_id, version, resolution, author, why, thread_id, turn_id, at"


def write(connection: Any, outcome: Outcome) -> None:
    """Store an outcome's revisions, one a person and case, and remove those it settles; inside a transaction."""
    for revision_id in outcome.settled:
        connection.execute("DELETE FROM revisions WHERE id=?", (revision_id,))
    for r in outcome.revisions:
        connection.execute("DELETE FROM revisions WHERE entry_id=? AND author=?", (r.entry_id, r.author))
        row = (r.id, r.entry_id, r.version, r.resolution, r.author, r.why, r.thread_id, r.turn_id, r.at)
        connection.execute("INSERT OR REPLACE INTO revisions VALUES (?,?,?,?,?,?,?,?,?)", row)


class SqliteRevisions:
    """See bot.dialogue.corrections.Revisions and bot.dialogue.reviewing.Reopened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, revision_id: str) -> Revision | None:
        """One that is open."""
        return next(iter(self._select("WHERE id=?", revision_id)), None)

    def of(self, entry_id: int) -> list[Revision]:
        """The open ones of an entry, oldest first."""
        return self._select("WHERE entry_id=? ORDER BY at, id", entry_id)

    def listed(self) -> list[Revision]:
        """All open ones, oldest first."""
        return self._select("ORDER BY at, id")

    def since(self, entry_id: int, at: float) -> int:
        """How many were proposed for an entry since then, open or settled."""
        sql = "SELECT count(*) FROM audit WHERE action='correct' AND allowed AND object=? AND at>=?"
        return int(self._database.value(sql, (f"entry {entry_id}", at)))

    def reopened(self) -> list[str]:
        """Ids of threads that were resolved and were reopened since the last look."""
        return [row[0] for row in self._database.read("SELECT thread_id FROM reopened")]

    def looked_at(self, thread_id: str) -> None:
        """What was learned from the thread is seen to."""
        self._database.write("DELETE FROM reopened WHERE thread_id=?", (thread_id,))

    def learned_from(self, thread_id: str) -> list[int]:
        """Ids of the live cases whose source is the thread."""
        sql = """SELECT id FROM entries WHERE kind='case' AND status='live' AND container=(SELECT channel_id FROM threads WHERE id=?1)
            AND (source IN ('thread:'||?1, 'case:thread:'||?1)
              OR substr(source, 1, length(?1)+8)='thread:'||?1||'~' OR substr(source, 1, length(?1)+13)='case:thread:'||?1||'~')"""
        return [row[0] for row in self._database.read(sql, (thread_id,))]

    def _select(self, tail: str, *arguments: object) -> list[Revision]:
        return [Revision(*row) for row in self._database.read(f"SELECT {COLUMNS} FROM revisions {tail}", arguments)]
