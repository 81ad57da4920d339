"""Leases of processes that died, or that end, are given back at once, instead of when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.storage.sqlite import Database

# No lease and no wait is so long (in seconds): one that is was written down before a clock was set back.
TOO_LONG = (("inbox", "state='open'", 300.0), ("outbox", "state IN ('queued','sending')", 3600.0))
AHEAD = """UPDATE {0} SET lease_until=min(lease_until,?1), not_before=min(not_before,?1)
    WHERE {1} AND (lease_until>?1+{2} OR not_before>?1+{2})"""
HELD = """SELECT DISTINCT lease_owner FROM inbox WHERE state='open' AND lease_until>?
    UNION SELECT DISTINCT lease_owner FROM outbox WHERE state='sending' AND lease_until>?"""
MINE = "lease_until>? AND substr(lease_owner,1,?)=?"
DIED = "whoever worked on it died, times: "
OFTEN, LONGEST, TOO_OFTEN = 3, 600.0, 12
"""Perhaps they die of it: an event whose owners died more than OFTEN times waits, twice as long each time up to LONGEST
seconds, so that others have their turn; after TOO_OFTEN it is put aside as failed. One that ends in any way starts anew."""


class SqliteLeases:
    """Leases on inbox and outbox rows, by owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def release(self, gone: Callable[[str], bool], now: float, look_after: float) -> int:
        """Free what owners hold who are `gone`, and what waits for a time that will not come; returns how many owners that were.

        A post that such an owner was sending is looked for after `look_after` seconds: its request may still arrive.
        """
        for row in TOO_LONG:
            self._database.write(AHEAD.format(*row), (now,))
        owners = [row[0] for row in self._database.read(HELD, (now, now)) if row[0] and gone(row[0])]
        if owners:
            self._free(owners, now, look_after)
        return len(owners)

    def hand_back(self, owner: str, now: float, look_after: float) -> int:
        """Free at once what `owner` (every name that begins with it) holds and will not finish; returns how many rows.

        To have taken an event is then no attempt at it. A post under way is looked for after `look_after` seconds.
        """
        mine = (now, len(owner), owner)
        with self._database.transaction() as connection:
            events = connection.execute(
                f"UPDATE inbox SET lease_until=0, attempts=max(0,attempts-1) WHERE state='open' AND {MINE}", mine
            ).rowcount
            posts = connection.execute(
                f"UPDATE outbox SET lease_until=0, not_before=max(not_before,?) WHERE state='sending' AND {MINE}",
                (now + look_after, *mine),
            ).rowcount
        return int(events) + int(posts)

    def _free(self, owners: list[str], now: float, look_after: float) -> None:
        marks = ",".join("?" * len(owners))
        with self._database.transaction() as connection:
            held = f"SELECT id, error FROM inbox WHERE state='open' AND lease_until>? AND lease_owner IN ({marks})"
            for row, error in connection.execute(held, (now, *owners)).fetchall():
                _bereave(connection, row, error, now)
            connection.execute(
                "UPDATE outbox SET lease_until=0, not_before=max(not_before,?) "
                f"WHERE state='sending' AND lease_until>? AND lease_owner IN ({marks})",
                (now + look_after, now, *owners),
            )


def _bereave(connection: Any, row: int, error: str, now: float) -> None:
    """Free an event whose owner died, and remember how often that happened in a row; it is no failed try."""
    died = 1 + (int(error.removeprefix(DIED)) if error.startswith(DIED) else 0)
    wait = min(LONGEST, 2.0**died) if died > OFTEN else 0.0
    connection.execute(
        "UPDATE inbox SET lease_until=0, attempts=1, not_before=max(not_before,?), error=?, state=? WHERE id=?",
        (now + wait if wait else 0.0, f"{DIED}{died}", "failed" if died > TOO_OFTEN else "open", row),
    )
