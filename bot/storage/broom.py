"""Removal of what is past its time, in short transactions."""

from __future__ import annotations

from bot.outcomes import Outcome
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

    def sweep_turns(self, before: float) -> list[str]:
        """Remove threads without a sign of life since then, with turns and decisions; returns their ids."""
        ids = [str(row[0]) for row in self._database.read("SELECT id FROM threads WHERE last_at<?", (before,))]
        self._database.written.update(("roots", "replied"))
        for start in range(0, len(ids), BATCH):
            with self._database.transaction() as connection:
                for thread_id in ids[start : start + BATCH]:
                    for table in ("turns", "marks", "reactions", "decisions", "wake_ups", "nudges", "replied"):
                        connection.execute(f"DELETE FROM {table} WHERE thread_id=?", (thread_id,))
                    connection.execute("DELETE FROM threads WHERE id=?", (thread_id,))
                self._database.written.update(("roots", "replied"))
            for thread_id in ids[start : start + BATCH]:
                for tell in self._database.committed:
                    tell(Outcome(thread_id))
        return ids
