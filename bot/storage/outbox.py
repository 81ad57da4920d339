"""The outbox: what is to be posted is committed here first, with a key by which it can be found again."""

from __future__ import annotations

from bot.messages import Post
from bot.storage.base import Lease, LeaseLost, Sending
from bot.storage.codec import unpack
from bot.storage.sqlite import Database

LEASE_SECONDS = 60.0


class SqliteOutbox:
    """See bot.storage.base.Outbox. States: queued, sending (outcome unknown if found again), sent, failed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, owner: str, now: float) -> Sending | None:
        """Lease the oldest post that may go now; a channel's posts go in order, one at a time."""
        if not self._database.value("SELECT 1 FROM outbox WHERE state IN ('queued','sending') LIMIT 1"):
            return None
        with self._database.transaction() as connection:
            row = connection.execute(
                """SELECT id, post, state, attempts, created_at FROM outbox AS o
                WHERE state IN ('queued','sending') AND not_before<=? AND lease_until<=? AND NOT EXISTS (
                  SELECT 1 FROM outbox p WHERE p.lane=o.lane AND p.state IN ('queued','sending') AND p.id<o.id)
                ORDER BY id LIMIT 1""",
                (now, now),
            ).fetchone()
            if row is None:
                return None
            until = now + LEASE_SECONDS
            connection.execute(
                "UPDATE outbox SET state='sending', lease_owner=?, lease_until=?, attempts=attempts+1 WHERE id=?",
                (owner, until, row[0]),
            )
        return Sending(Lease(row[0], owner, until, row[3] + 1), unpack(Post, row[1]), row[2] == "sending", row[4])

    def sent(self, lease: Lease, turn_id: str, now: float) -> None:
        """It is out; what it said is kept by the platform and in the decision, not here."""
        self._update(lease, "state='sent', turn_id=?, sent_at=?, error='', post=''", (turn_id, now))

    def again(self, lease: Lease, error: str, not_before: float, unknown: bool) -> None:
        """Try later; `unknown` asks to look first."""
        state = "sending" if unknown else "queued"
        self._update(lease, "state=?, not_before=?, error=?, lease_until=0", (state, not_before, error[:500]))

    def failed(self, lease: Lease, error: str) -> None:
        """It will never go out; its key and reason are kept, its text is not."""
        self._update(lease, "state='failed', error=?, post=''", (error[:500],))

    def _update(self, lease: Lease, change: str, arguments: tuple[object, ...]) -> None:
        with self._database.transaction() as connection:
            changed = connection.execute(
                f"UPDATE outbox SET {change} WHERE id=? AND lease_owner=? AND state='sending'",
                (*arguments, lease.row, lease.owner),
            ).rowcount
            if not changed:
                raise LeaseLost(f"outbox row {lease.row} is no longer leased to {lease.owner}")

    def decision_of(self, turn_id: str) -> str | None:
        """The decision behind an own message."""
        key = self._database.value("SELECT key FROM outbox WHERE turn_id=? ORDER BY id LIMIT 1", (turn_id,))
        return str(key).split("/", 1)[0] if key else None

    def messages_of(self, decision_id: str) -> list[tuple[str, str]]:
        """(turn id, key) of own messages sent for a decision; keys start with the decision's id and a slash."""
        rows = self._database.read(
            "SELECT turn_id, key FROM outbox WHERE key >= ? AND key < ? AND turn_id != ''",
            (f"{decision_id}/", f"{decision_id}0"),
        )
        return [(row[0], row[1]) for row in rows]

    def backlog(self) -> tuple[int, int]:
        """(waiting, failed) posts."""
        rows = dict(self._database.read("SELECT state, count(*) FROM outbox WHERE state!='sent' GROUP BY state"))
        return int(rows.get("queued", 0) + rows.get("sending", 0)), int(rows.get("failed", 0))
