"""The list of erasures: what is still to be searched for, what was found where, and the tombstones that stay."""

from __future__ import annotations

from collections.abc import Sequence

from bot.outcomes import Act, Erasure, Outcome
from bot.storage import audit, audit_anchor, residue
from bot.storage.broom import SqliteBroom
from bot.storage.erasing import DELETED, UNASKED, begin, erase_turn
from bot.storage.orphans import count, sweep
from bot.storage.sqlite import Database
from bot.storage.traces import SqliteTraces

BATCH = 200
COLUMNS = "kind, object, why, actor, id, at, gone, searched"
PER_THREAD = (
    "turns",
    "marks",
    "reactions",
    "decisions",
    "wake_ups",
    "nudges",
    "replied",
    "shown",
    "revisions",
    "reopened",
)

HELD = {
    "messages": "SELECT count(*) FROM turns WHERE thread_id=? AND flags&8=0",
    "decisions": "SELECT count(*) FROM decisions WHERE thread_id=?",
    "cases and earlier threads": "SELECT count(*) FROM entries WHERE id IN (SELECT entry_id FROM entry_turns JOIN turns "
    "ON turns.id=turn_id WHERE thread_id=?1) OR source='precedent:'||?1",
}


class SqliteErasures(SqliteTraces):
    """See bot.jobs.erase_ports.Erasures."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)

    def open(self) -> list[Erasure]:
        """Some of the erasures that are not finished: first those not searched, of these persons and threads before turns."""
        order = f"searched, kind='turn', id LIMIT {BATCH}"
        rows = self._database.read(f"SELECT {COLUMNS} FROM erasures WHERE done_at IS NULL ORDER BY {order}")
        return [Erasure(row[0], row[1], row[2], row[3], row[4], row[5], row[6], bool(row[7])) for row in rows]

    def request(self, erasure: Erasure, now: float) -> int:
        """Write an erasure down; its id."""
        with self._database.transaction() as connection:
            begin(connection, erasure, now)
            number = int(connection.execute("SELECT max(id) FROM erasures").fetchone()[0])
        audit_anchor.advance(self._database)
        return number

    def waits(self, erasure_id: int) -> bool:
        """Whether an erasure, or one that came of it, is not finished."""
        return bool(
            self._database.value("SELECT 1 FROM erasures WHERE id>=? AND done_at IS NULL LIMIT 1", (erasure_id,))
        )

    def held(self, thread_id: str) -> dict[str, int]:
        """What is held of a thread, counted by kind."""
        return {name: int(self._database.value(sql, (thread_id,))) for name, sql in HELD.items()}

    def past(self, before: float, now: float) -> int:
        """Put threads without a sign of life since then on the list; returns how many came on it."""
        sql = """INSERT INTO erasures (kind, object, why, actor, at) SELECT 'thread', id, 'retention', 'vigil', ? FROM threads
            WHERE last_at<? AND id NOT IN (SELECT object FROM erasures WHERE kind='thread' AND done_at IS NULL) RETURNING object"""
        with self._database.transaction() as connection:
            aged = connection.execute(sql, (now, before)).fetchall()
            for (thread_id,) in aged:
                audit.append(connection, Act("vigil", "erase: retention", thread_id, True), now)
        audit_anchor.advance(self._database)
        return len(aged)

    def take_thread(self, erasure: Erasure, now: float) -> None:
        """Take the words of all its turns, each with an erasure of its own, and what waits for it."""
        with self._database.transaction() as connection:
            ids = connection.execute(
                "SELECT id FROM turns WHERE thread_id=? AND flags&8=0", (erasure.object,)
            ).fetchall()
            for (turn_id,) in ids:
                erase_turn(connection, Erasure("turn", turn_id, erasure.why, erasure.actor), now)
            connection.execute(
                "UPDATE inbox SET state='done', payload='', error='' WHERE state!='done' AND lane=?", (erasure.object,)
            )  # fmt: skip
            connection.execute("DELETE FROM wake_ups WHERE thread_id=?", (erasure.object,))
            self._moved(connection, [erasure.object])
        self._tell([erasure.object])

    def _moved(self, connection: object, thread_ids: Sequence[str]) -> None:
        """Nobody's earlier reading of these threads holds any more; their precedents are to be made anew."""
        sql = "UPDATE threads SET version=version+1, shelved=0 WHERE id=?"
        connection.executemany(sql, [(thread_id,) for thread_id in thread_ids])  # type: ignore[attr-defined]
        self._database.written.update(("roots", "replied"))

    def _tell(self, thread_ids: Sequence[str]) -> None:
        for thread_id in thread_ids:
            for tell in self._database.committed:
                tell(Outcome(thread_id))

    def withdraw(self, thread_id: str, now: float) -> None:
        """The thread's question is gone: Vigil waits for nothing there and speaks unasked no more."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM wake_ups WHERE thread_id=?", (thread_id,))
            mark = (thread_id, "muted", "withdrawn", now)
            connection.execute(
                "INSERT OR REPLACE INTO marks SELECT id,?,?,?,NULL FROM threads WHERE id=?", (*mark[1:], mark[0])
            )
            self._moved(connection, [thread_id])
        self._tell([thread_id])

    def unshelve(self, thread_ids: Sequence[str]) -> None:
        """Their precedents are to be made anew."""
        with self._database.transaction() as connection:
            connection.executemany("UPDATE threads SET shelved=0 WHERE id=?", [(i,) for i in thread_ids])

    def searched(self, ids: Sequence[int]) -> None:
        """All that held the words is seen to: the words go from the list too."""
        with self._database.transaction() as connection:
            connection.executemany("UPDATE erasures SET gone='', searched=1 WHERE id=?", [(i,) for i in ids])

    def remove_threads(self, ids: Sequence[str], whole: bool = True) -> None:
        """Remove all rows of threads; unless `whole`, those stay in which somebody has spoken since."""
        self._database.written.update(("roots", "replied"))
        spoken = f"EXISTS (SELECT 1 FROM turns WHERE thread_id=? AND flags&{DELETED}=0)"
        with self._database.transaction() as connection:
            for thread_id in ids:
                if not whole and connection.execute(f"SELECT {spoken}", (thread_id,)).fetchone()[0]:
                    continue
                for table in PER_THREAD:
                    connection.execute(f"DELETE FROM {table} WHERE thread_id=?", (thread_id,))
                connection.execute("DELETE FROM threads WHERE id=?", (thread_id,))
            self._database.written.update(("roots", "replied", "feedback"))
        self._tell(ids)

    def orphans(self) -> dict[str, int]:
        """How many rows of which table point to nothing; none, unless something outside Vigil took rows away."""
        return count(self._database)

    def sweep(self) -> int:
        """Remove them; returns how many there were."""
        return sweep(self._database)

    def done(self, ids: Sequence[int], now: float) -> None:
        """Nothing is left to do: only the tombstones stay."""
        self.sweep()
        turns = (
            f"SELECT object FROM erasures WHERE kind='turn' AND why!='edited' AND id IN ({','.join('?' * len(ids))})"
        )
        with self._database.transaction() as connection:
            for (turn_id,) in connection.execute(turns, ids).fetchall():  # for what was on its way then
                connection.execute(UNASKED, {"turn": turn_id})
            connection.executemany("UPDATE erasures SET done_at=? WHERE id=?", [(now, i) for i in ids])

    def scrub(self, words: Sequence[str]) -> None:
        """Leave nothing of these texts in the parts of the file that no row uses."""
        if residue.scrub(self._database, words):
            self.flush()

    def flush(self) -> bool:
        """Empty the write-ahead log, which holds former pages; False while somebody reads from it."""
        return SqliteBroom(self._database).empty_log()
