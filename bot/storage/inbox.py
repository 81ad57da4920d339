"""The inbox: every event is committed here, once, before its platform hears that it arrived."""

from __future__ import annotations

from collections.abc import Sequence

from bot.events import Click, Command, Deletion, Edit, Event, Membership, Reaction, Turn
from bot.storage.base import Lease, Leased, LeaseLost
from bot.storage.codec import pack_event, unpack_event
from bot.storage.erasing import disguised, refused
from bot.storage.sqlite import Database

LEASE_SECONDS = 60.0
# A bound LIMIT would make SQLite prepare these anew each time. Asking first keeps an idle worker from taking the write lock.
READY = "SELECT 1 FROM inbox WHERE state='open' AND quick=? AND lease_until<=? AND not_before<=? LIMIT 1"
CLAIM = """UPDATE inbox SET lease_owner=?, lease_until=?, attempts=attempts+1 WHERE id IN (
    SELECT id FROM inbox AS i WHERE state='open' AND quick=? AND lease_until<=? AND not_before<=? AND NOT EXISTS (
        SELECT 1 FROM inbox AS o INDEXED BY inbox_lane WHERE o.lane=i.lane AND o.state='open' AND o.quick=i.quick
        AND o.id<i.id AND (o.lease_until>? OR o.not_before>?)) ORDER BY id LIMIT {limit})
    RETURNING id, attempts, payload, received_at"""


def lane_of(event: Event) -> str:
    """What keeps order: events of one lane are worked on one after another."""
    if isinstance(event, Turn):
        return event.thread_id
    if isinstance(event, Command):
        return event.thread_id or event.channel_id
    if isinstance(event, Membership):
        return event.channel_id
    if isinstance(event, (Edit, Deletion, Reaction)):
        return event.turn_id
    return event.turn_id or event.channel_id


class SqliteInbox:
    """The inbox in SQLite; see bot.storage.base.Inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, event: Event, raw_id: str, aliases: Sequence[str], now: float) -> bool:
        """Commit an event; False when it, or an alias of it, is there already."""
        quick = isinstance(event, (Click, Command))
        with self._database.transaction() as connection:
            if self._known(connection, (raw_id, *aliases)) or refused(connection, event):
                return False
            row = connection.execute(
                "INSERT INTO inbox (raw_id, lane, quick, payload, received_at) VALUES (?,?,?,?,?)",
                (raw_id, lane_of(event), quick, pack_event(event), now),
            ).lastrowid
            connection.executemany(
                "INSERT OR IGNORE INTO inbox_alias VALUES (?,?)", [(a, row) for a in {raw_id, *aliases}]
            )
        return True

    @staticmethod
    def _known(connection: object, names: Sequence[str]) -> bool:
        names = (*names, *map(disguised, names))
        marks = ",".join("?" * len(names))
        sql = f"SELECT 1 FROM inbox_alias WHERE alias IN ({marks}) LIMIT 1"
        return bool(connection.execute(sql, tuple(names)).fetchone())  # type: ignore[attr-defined]

    def claim(self, owner: str, now: float, quick: bool, limit: int = 1) -> list[Leased]:
        """Lease the oldest open events in order, leaving out lanes where an older one waits or is held elsewhere.

        The caller works on them one after another; when one fails, it gives back the later ones of the same lane.
        """
        if not self._database.read(READY, (quick, now, now)):
            return []
        until = now + LEASE_SECONDS
        taken = self._database.write(CLAIM.format(limit=int(limit)), (owner, until, quick, now, now, now, now))
        return [
            Leased(Lease(row, owner, until, attempts), unpack_event(payload), received)
            for row, attempts, payload, received in sorted(taken)
        ]

    def retry(self, lease: Lease, error: str, not_before: float, give_up: bool) -> None:
        """Put an event back (or aside for good) after an error; raises LeaseLost when it is no longer ours."""
        state = "failed" if give_up else "open"
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE inbox SET state=?, error=?, not_before=?, lease_owner='', lease_until=0 "
                "WHERE id=? AND lease_owner=? AND state='open'",
                (state, error[:500], not_before, lease.row, lease.owner),
            ).rowcount
            if not changed:
                raise LeaseLost(f"inbox row {lease.row} is no longer leased to {lease.owner}")

    def backlog(self) -> tuple[int, int]:
        """(open, failed) events."""
        rows = dict(self._database.read("SELECT state, count(*) FROM inbox WHERE state!='done' GROUP BY state"))
        return int(rows.get("open", 0)), int(rows.get("failed", 0))
