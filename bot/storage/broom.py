"""Removal of what is past its time, in short transactions."""

from __future__ import annotations

from bot.storage.sqlite import Database

BATCH = 200
PATIENCE = 500  # milliseconds for which emptying the log waits for readers; writers wait along
DAY = 86_400.0
# Records of what is over, by when nobody asks for them any more: (table, its key, condition).
# What was erased for its age, or replaced by an edit, is only remembered until history cannot bring it back. Posts that
# stand for a decision or an entry go with it; of the others only the latest digest is asked for.
SOON = (
    ("erasures", "id", "done_at<:before AND kind!='person' AND why IN ('edited','retention')"),
    ("erased", "change", "at<:before AND change<(SELECT max(change) FROM erased)"),
    ("outbox", "id", "state IN ('sent','failed') AND NOT taken_back AND created_at<:before AND "
     "(key GLOB 'command-*' OR key GLOB 'remove-*' OR key GLOB 'home-*')"),
)  # fmt: skip
LATER = (
    ("erasures", "id", "done_at<:before AND kind='turn'"),
    ("calls", "id", "at<:before"),
    ("outbox", "id", "state IN ('sent','failed') AND NOT taken_back AND created_at<:before AND "
     "(key GLOB 'digest-*' OR key GLOB 'watch-*' OR key GLOB 'gaps-*' OR key GLOB 'llm-*')"),
)  # fmt: skip


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

    def take_words(self, before: float) -> None:
        """Take the words of events that were given up and received before then; that they came is remembered."""
        self._database.write(
            "UPDATE inbox SET state='done', payload='', error='' WHERE state='failed' AND received_at<?", (before,)
        )

    def _some(self, before: float) -> int:
        rows = self._database.read(
            f"SELECT id FROM inbox WHERE state!='open' AND received_at<? LIMIT {BATCH}", (before,)
        )
        with self._database.transaction() as connection:
            for row in rows:
                connection.execute("DELETE FROM inbox_alias WHERE inbox_id=?", row)
                connection.execute("DELETE FROM inbox WHERE id=?", row)
        return len(rows)

    def sweep_records(self, before: float, long_before: float) -> int:
        """Forget records of what was done, sent and erased before then, or long before; returns how many."""
        swept = [self._records(*what, before) for what in SOON] + [self._records(*what, long_before) for what in LATER]
        with self._database.transaction() as connection:
            swept += [connection.execute("DELETE FROM series WHERE day<?", (int(long_before // DAY),)).rowcount]
            swept += [connection.execute("DELETE FROM told WHERE at<?", (long_before,)).rowcount]
        return sum(swept)

    def _records(self, table: str, key: str, which: str, before: float) -> int:
        total = 0
        while True:
            rows = self._database.read(f"SELECT {key} FROM {table} WHERE {which} LIMIT {BATCH}", {"before": before})  # type: ignore[arg-type]
            if not rows:
                return total
            with self._database.transaction() as connection:
                connection.executemany(f"DELETE FROM {table} WHERE {key}=?", rows)
            total += len(rows)

    def empty_log(self) -> bool:
        """Empty the write-ahead log, which holds former pages; False while somebody reads from it."""
        try:
            self._database.value(f"PRAGMA busy_timeout={PATIENCE}")
            return not self._database.value("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._database.value("PRAGMA busy_timeout=10000")
