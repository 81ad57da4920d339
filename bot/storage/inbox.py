"""The inbox: every event is committed here, once, before its platform hears that it arrived."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.events import Click, Command, Deletion, Edit, Event, Membership, Probe, Reaction, Turn, natural_key
from bot.storage.base import Lease, Leased, LeaseLost
from bot.storage.codec import pack_event, unpack_event
from bot.storage.erasing import disguised, refused
from bot.storage.sqlite import Database

LEASE_SECONDS = 60.0
WAITED = "waits for what it rests on, times: "
# A bound LIMIT would make SQLite prepare these anew each time. Asking first keeps an idle worker from taking the write lock.
READY = """SELECT id FROM inbox AS i WHERE state='open' AND quick=? AND lease_until<=? AND not_before<=? AND NOT EXISTS (
        SELECT 1 FROM inbox AS o INDEXED BY inbox_lane WHERE o.lane=i.lane AND o.state='open' AND o.quick=i.quick
        AND o.id<i.id AND (o.lease_until>? OR o.not_before>?)) ORDER BY id LIMIT {limit}"""
CLAIM = f"""UPDATE inbox SET lease_owner=?, lease_until=?, attempts=attempts+1 WHERE id IN ({READY})
    RETURNING id, attempts, payload, received_at, lane, error"""
RENEW = """UPDATE inbox SET lease_until=? WHERE lease_owner=? AND state='open'
    AND id IN (SELECT value FROM json_each(?))"""
# What is done to a turn belongs into the lane of its thread: an edit that overtakes its reply would find nothing to edit.
LANE = """SELECT coalesce((SELECT thread_id FROM turns WHERE id=?),
    (SELECT i.lane FROM inbox_alias a JOIN inbox i ON i.id=a.inbox_id WHERE a.alias=?))"""


def lane_of(event: Event) -> str:
    """What keeps order: events of one lane are worked on one after another. Of what is done to a turn, the turn's id."""
    if isinstance(event, Turn):
        return event.thread_id
    if isinstance(event, Command):
        return event.thread_id or event.channel_id
    if isinstance(event, Membership):
        return event.channel_id
    if isinstance(event, (Edit, Deletion, Reaction)):
        return event.turn_id
    if isinstance(event, Probe):
        return natural_key(event)
    return event.turn_id or event.channel_id


class SqliteInbox:
    """The inbox in SQLite; see bot.storage.base.Inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, event: Event, raw_id: str, aliases: Sequence[str], now: float) -> bool:
        """Commit an event; False when it, or an alias of it, is there already."""
        with self._database.transaction() as connection:
            return self._put(connection, event, raw_id, aliases, now)

    def put_all(self, events: Sequence[tuple[Event, str]], now: float) -> list[bool]:
        """Commit (event, raw id) together; tells of each whether it was new."""
        if not events:
            return []
        with self._database.transaction() as connection:
            return [self._put(connection, event, raw_id, (), now) for event, raw_id in events]

    def _put(self, connection: Any, event: Event, raw_id: str, aliases: Sequence[str], now: float) -> bool:
        quick = isinstance(event, (Click, Command))
        if self._known(connection, (raw_id, *aliases)) or refused(connection, event):
            return False
        lane = lane_of(event)
        if isinstance(event, (Edit, Deletion, Reaction)):
            lane = connection.execute(LANE, (lane, lane)).fetchone()[0] or lane
        row = connection.execute(
            "INSERT INTO inbox (raw_id, lane, quick, payload, received_at) VALUES (?,?,?,?,?)",
            (raw_id, lane, quick, pack_event(event), now),
        ).lastrowid
        connection.executemany("INSERT OR IGNORE INTO inbox_alias VALUES (?,?)", [(a, row) for a in {raw_id, *aliases}])
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
        ready = (quick, now, now, now, now)
        if not self._database.read(READY.format(limit=1), ready):
            return []
        until = now + LEASE_SECONDS
        taken = self._database.write(CLAIM.format(limit=int(limit)), (owner, until, *ready))
        return [
            Leased(Lease(row, owner, until, attempts), unpack_event(payload), received, lane, _waited(error))
            for row, attempts, payload, received, lane, error in sorted(taken)
        ]

    def renew(self, leases: Sequence[Lease], now: float) -> None:
        """Let leases of one owner that still stand run on from now; those lost meanwhile stay lost."""
        if leases:
            rows = json.dumps([lease.row for lease in leases])
            self._database.write(RENEW, (now + LEASE_SECONDS, leases[0].owner, rows))

    def retry(self, lease: Lease, error: str, not_before: float, give_up: bool, tried: bool = True) -> None:
        """Put an event back (or aside for good) after an error; raises LeaseLost when it is no longer ours."""
        state = "failed" if give_up else "open"
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE inbox SET state=?, error=?, not_before=?, attempts=attempts-?, lease_owner='', lease_until=0 "
                "WHERE id=? AND lease_owner=? AND state='open'",
                (state, error[:500], not_before, not tried, lease.row, lease.owner),
            ).rowcount
            if not changed:
                raise LeaseLost(f"inbox row {lease.row} is no longer leased to {lease.owner}")

    def probed(self, leased: Leased, now: float) -> None:
        """A probe came through: note when, and how long it took in all and to its commit; then forget it.

        It leaves no row, so that probes cost nothing as time goes by, and the next one is a new event.
        """
        probe, lease = leased.event, leased.lease
        assert isinstance(probe, Probe)
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM inbox WHERE id=? AND lease_owner=?", (lease.row, lease.owner)
            ).rowcount
            if not gone:
                raise LeaseLost(f"inbox row {lease.row} is no longer leased to {lease.owner}")
            connection.execute("DELETE FROM inbox_alias WHERE inbox_id=?", (lease.row,))
            said = f"{max(0.0, now - probe.at):.3f} s, {max(0.0, leased.received_at - probe.at):.3f} s to its commit"
            connection.execute(
                "INSERT OR REPLACE INTO heartbeats VALUES (?,?,?)", (f"probe/{probe.listener}", now, said)
            )

    def oldest(self) -> tuple[int, float | None]:
        """How many events are open, and when the oldest of them was received (epoch seconds); quick however many there are."""
        count = int(self._database.value("SELECT count(*) FROM inbox WHERE state='open'"))
        first = "SELECT received_at FROM inbox WHERE state='open' AND quick={} ORDER BY id LIMIT 1"
        found = [self._database.value(first.format(quick)) for quick in (0, 1)]
        return count, min((at for at in found if at is not None), default=None)

    def set_aside(self, lease: Lease, reason: str, not_before: float) -> None:
        """See bot.storage.base.Inbox: the event gets a lane of its own."""
        with self._database.transaction() as connection:
            before = connection.execute("SELECT error FROM inbox WHERE id=?", (lease.row,)).fetchone()
            told = f"{WAITED}{1 + _waited(before[0] if before else '')}; {reason[:500]}"
            changed = connection.execute(
                "UPDATE inbox SET lane='aside:'||id, attempts=1, error=?, not_before=?, lease_owner='', lease_until=0 "
                "WHERE id=? AND lease_owner=? AND state='open'",
                (told, not_before, lease.row, lease.owner),
            ).rowcount
            if not changed:
                raise LeaseLost(f"inbox row {lease.row} is no longer leased to {lease.owner}")

    def backlog(self) -> tuple[int, int]:
        """(open, failed) events."""
        rows = dict(self._database.read("SELECT state, count(*) FROM inbox WHERE state!='done' GROUP BY state"))
        return int(rows.get("open", 0)), int(rows.get("failed", 0))


def _waited(error: str) -> int:
    """How often an event was set aside, as its row says."""
    return int(error.removeprefix(WAITED).partition(";")[0]) if error.startswith(WAITED) else 0
