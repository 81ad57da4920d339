"""The outbox: what is to be posted is committed here first, with a key by which it can be found again."""

from __future__ import annotations

import json
from typing import Any

from bot.messages import Post
from bot.storage.base import Lease, LeaseLost, Sending
from bot.storage.channels import LOOK_BACK
from bot.storage.codec import unpack
from bot.storage.sqlite import Database

LEASE_SECONDS = 180.0
"""Longer than a post can take with all that is looked up before it: nobody else may take it up meanwhile."""
READY = """SELECT o.id, o.lane FROM outbox o JOIN (SELECT min(id) AS head FROM outbox
    WHERE state IN ('queued','sending') GROUP BY lane) ON o.id=head WHERE o.not_before<=? AND o.lease_until<=?"""


class SqliteOutbox:
    """See bot.storage.base.Outbox. States: queued, sending (outcome unknown if found again), sent, failed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._served: dict[str, int] = {}  # the turn at which each channel was served last

    def claim(self, owner: str, now: float, platform: str = "") -> Sending | None:
        """Lease a post that may go now: a channel's posts go in order, one at a time, and channels take turns."""
        if not self._database.read(READY, (now, now)):
            return None
        with self._database.transaction() as connection:
            ready = connection.execute(READY, (now, now)).fetchall()
            ready = [head for head in ready if not platform or head[1].startswith(f"{platform}:")]
            if not ready:
                return None
            row, lane = min(ready, key=lambda head: (self._served.get(head[1], 0), head[0]))
            post, state, attempts, created_at = connection.execute(
                "SELECT post, state, attempts, created_at FROM outbox WHERE id=?", (row,)
            ).fetchone()
            until = now + LEASE_SECONDS
            connection.execute(
                "UPDATE outbox SET state='sending', lease_owner=?, lease_until=?, attempts=attempts+1 WHERE id=?",
                (owner, until, row),
            )
            self._served[lane] = max(self._served.values(), default=0) + 1
            since = self._look_back(connection, now, created_at)
        unknown = state == "sending" or since is not None
        return Sending(Lease(row, owner, until, attempts + 1), unpack(Post, post), unknown, since or created_at)

    @staticmethod
    def _look_back(connection: Any, now: float, created_at: float) -> float | None:
        """Since when a post may be out already, though this store, restored from a backup, knows nothing of it."""
        row = connection.execute("SELECT value FROM meta WHERE key=?", (LOOK_BACK,)).fetchone()
        since, until = json.loads(row[0]) if row else (0.0, 0.0)
        return min(since, created_at) if now < until else None

    def sent(self, lease: Lease, turn_id: str, now: float) -> None:
        """It is out; what it said is kept by the platform and in the decision, not here."""
        self._update(lease, "state='sent', turn_id=?, sent_at=?, error='', post=''", (turn_id, now))

    def again(self, lease: Lease, error: str, not_before: float, unknown: bool, tried: bool = True) -> None:
        """Try later; `unknown` asks to look first; unless `tried` it does not count as an attempt."""
        state = "sending" if unknown else "queued"
        changes = "state=?, not_before=?, error=?, lease_until=0, attempts=attempts-?"
        self._update(lease, changes, (state, not_before, error[:500], not tried))

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

    def sent_as(self, turn_id: str) -> list[str]:
        """The keys under which an own message was sent and changed, oldest first; none for what is not on record."""
        rows = self._database.read("SELECT key FROM outbox WHERE turn_id=? AND state='sent' ORDER BY id", (turn_id,))
        return [row[0] for row in rows]

    def messages_of(self, decision_id: str) -> list[tuple[str, str]]:
        """(turn id, key) of own messages sent for a decision; keys start with the decision's id and a slash."""
        rows = self._database.read(
            "SELECT turn_id, key FROM outbox WHERE key >= ? AND key < ? AND turn_id != ''",
            (f"{decision_id}/", f"{decision_id}0"),
        )
        return [(row[0], row[1]) for row in rows]

    def oldest(self) -> tuple[int, float | None]:
        """How many posts wait, and since when the oldest does (epoch seconds); quick however many were sent."""
        waiting = "FROM outbox WHERE state IN ('queued','sending')"
        count = int(self._database.value(f"SELECT count(*) {waiting}"))
        return count, self._database.value(f"SELECT created_at {waiting} ORDER BY id LIMIT 1")

    def out_as(self, key: str) -> str | None:
        """The turn id by which the post with this key is recorded; "" while it is being sent again, None otherwise."""
        rows = self._database.read("SELECT state, turn_id, attempts FROM outbox WHERE key=?", (key,))
        if not rows or (rows[0][0] == "sending" and rows[0][2] <= 1) or rows[0][0] not in ("sending", "sent"):
            return None
        return str(rows[0][1])

    def backlog(self) -> tuple[int, int]:
        """(waiting, failed) posts."""
        rows = dict(self._database.read("SELECT state, count(*) FROM outbox WHERE state!='sent' GROUP BY state"))
        return int(rows.get("queued", 0) + rows.get("sending", 0)), int(rows.get("failed", 0))
