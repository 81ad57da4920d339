"""Leases of processes that died are given back at once, instead of when their time is over."""

from __future__ import annotations

from collections.abc import Callable

from bot.storage.sqlite import Database

HELD = """SELECT DISTINCT lease_owner FROM inbox WHERE state='open' AND lease_until>?
    UNION SELECT DISTINCT lease_owner FROM outbox WHERE state='sending' AND lease_until>?"""


class SqliteLeases:
    """Leases on inbox and outbox rows, by owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def release(self, gone: Callable[[str], bool], now: float, look_after: float) -> int:
        """Free what owners hold who are `gone`; returns how many owners that were.

        A post that such an owner was sending is looked for after `look_after` seconds: its request may still arrive.
        """
        owners = [row[0] for row in self._database.read(HELD, (now, now)) if row[0] and gone(row[0])]
        if owners:
            self._free(owners, now, look_after)
        return len(owners)

    def _free(self, owners: list[str], now: float, look_after: float) -> None:
        marks = ",".join("?" * len(owners))
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE inbox SET lease_until=0 WHERE state='open' AND lease_owner IN ({marks})", owners
            )
            connection.execute(
                "UPDATE outbox SET lease_until=0, not_before=max(not_before,?) "
                f"WHERE state='sending' AND lease_until>? AND lease_owner IN ({marks})",
                (now + look_after, now, *owners),
            )
