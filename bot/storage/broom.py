"""Removal of what is past its time, in short transactions."""

from __future__ import annotations

from bot.storage.sqlite import Database

BATCH = 200


class SqliteBroom:
    """See bot.jobs.retention.Broom."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sweep_inbox(self, before: float) -> int:
        """Forget worked-off events received before then; returns how many."""
        total = 0
        while gone := self._some(before):
            total += gone
        return total

    def _some(self, before: float) -> int:
        rows = self._database.read(
            f"SELECT id FROM inbox WHERE state!='open' AND received_at<? LIMIT {BATCH}", (before,)
        )
        with self._database.transaction() as connection:
            for row in rows:
                connection.execute("DELETE FROM inbox_alias WHERE inbox_id=?", row)
                connection.execute("DELETE FROM inbox WHERE id=?", row)
        return len(rows)
