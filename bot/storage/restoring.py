"""Makes a restored copy safe to go on with: what may have happened since it was made is looked for, and nothing done twice."""

from __future__ import annotations

import json
from typing import Any

from bot.outcomes import Act, Erasure
from bot.outcomes_audit import Head
from bot.storage import audit, audit_anchor
from bot.storage.channels import LOOK_BACK, RESTORED
from bot.storage.erasing import begin
from bot.storage.sqlite import Database

LOOK_FOR = 8 * 86_400.0
"""Seconds after a restore in which posts are looked for before they are sent: a week, the longest that one waits, and a day."""
LEAP = 10_000
"""By how much ids go ahead where nobody can tell which were given since: no button of a lost case may fit a new one."""
COUNTED = ("entries", "erasures", "entry_log")
LAST = "SELECT max(at) FROM (SELECT max(at) AS at FROM heartbeats UNION SELECT max(received_at) FROM inbox)"
OPEN = "state IN ('queued','sending')"
POSTED = "SELECT key, lane, state, created_at, sent_at, turn_id, error FROM outbox WHERE state IN ('sent','failed')"
TAKE_POSTED = f"""INSERT INTO outbox (key, lane, state, created_at, sent_at, turn_id, error, post) VALUES (?,?,?,?,?,?,?,'')
ON CONFLICT (key) DO UPDATE SET state=excluded.state, sent_at=excluded.sent_at, turn_id=excluded.turn_id, post=''
WHERE outbox.{OPEN} AND excluded.state='sent'"""
ERASED = "SELECT kind, object, why, actor FROM erasures WHERE at>=? AND why!='edited' AND kind!='person'"


def made_at(connection: Any) -> float:
    """The last sign of life in a store, epoch seconds; 0 in one that never ran."""
    return float(connection.execute(LAST).fetchone()[0] or 0.0)


def settle(database: Database, now: float, actor: str, former: Any | None) -> int:
    """Prepare a restored store, in one transaction; returns how many erasures made since then are made again.

    `former` is a connection to the store that it replaces, None where there is none or nothing can be read.
    """
    since = made_at(database.connection()) or now
    until = now if former is None else max(since, made_at(former))
    with database.transaction() as connection:
        _look_first(connection)
        _remember(connection, LOOK_BACK, json.dumps([since, now + LOOK_FOR]))
        _remember(connection, RESTORED, repr(until))
        again = _carry(connection, former, since, now) if former is not None else _leap(connection)
        connection.execute("DELETE FROM heartbeats")
        connection.execute("UPDATE inbox SET lease_owner='', lease_until=0, not_before=0 WHERE state='open'")
        audit.append(connection, Act(actor, f"restore of {since:.0f}", f"store; {_ended(former)}", True), now)
    return again


def _ended(former: Any | None) -> str:
    """Where the log of the store that is replaced ended: its lines since are in that store alone."""
    row = former.execute(audit_anchor.LAST).fetchone() if former is not None else None
    return f"the former log ended at {Head(*row)}" if row else "no former log"


def _look_first(connection: Any) -> None:
    """What was on its way may have arrived, and what was not yet too; an answer to one person cannot be looked for."""
    connection.execute(
        "UPDATE outbox SET state='failed', error='restored: nobody can tell whether it was sent', post='' "
        f"WHERE {OPEN} AND json_extract(post, '$.target')='reply'"
    )
    connection.execute(f"UPDATE outbox SET attempts=0, not_before=0, lease_owner='', lease_until=0 WHERE {OPEN}")


def _remember(connection: Any, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))


def _leap(connection: Any) -> int:
    for table in COUNTED:
        _ahead(connection, table, LEAP + _given(connection, table))
    return 0


def _carry(connection: Any, former: Any, since: float, now: float) -> int:
    """Take over what was posted, told, spent and erased since, and which ids were given."""
    connection.executemany(TAKE_POSTED, former.execute(POSTED).fetchall())
    told = former.execute("SELECT desk, cause, at FROM told").fetchall()
    connection.executemany("INSERT OR REPLACE INTO told VALUES (?,?,?)", told)
    _take_calls(connection, former)
    for table in COUNTED:
        _ahead(connection, table, _given(former, table))
    erased = former.execute(ERASED, (since,)).fetchall()
    for row in erased:
        begin(connection, Erasure(*row), now)
    return len(erased)


def _take_calls(connection: Any, former: Any) -> None:
    """Calls to a language model made since have cost what they cost: the day's budgets begin no second time."""
    known = connection.execute("SELECT coalesce(max(id),0) FROM calls").fetchone()[0]
    for table, since in (("calls", f"id>{known}"), ("call_totals", "1")):
        for row in former.execute(f"SELECT * FROM {table} WHERE {since}").fetchall():
            connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({','.join('?' * len(row))})", row)


def _given(connection: Any, table: str) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name=?", (table,)).fetchone()
    return int(row[0]) if row else 0


def _ahead(connection: Any, table: str, given: int) -> None:
    """The table's next id comes after those given there and here."""
    highest = max(given, _given(connection, table))
    connection.execute("DELETE FROM sqlite_sequence WHERE name=?", (table,))
    connection.execute("INSERT INTO sqlite_sequence VALUES (?,?)", (table, highest))
