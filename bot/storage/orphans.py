"""Rows that point to nothing: counted for the doctor, and swept away after every erasure."""

from __future__ import annotations

from bot.storage.sqlite import Database

NO_ENTRY = "entry_id NOT IN (SELECT id FROM entries)"
NO_THREAD = "thread_id NOT IN (SELECT id FROM threads)"
ORPHANS = {
    "vectors": NO_ENTRY,
    "entry_versions": NO_ENTRY,
    "entry_turns": NO_ENTRY,
    "entry_log": NO_ENTRY,
    "reviews": NO_ENTRY,
    "bonds": "from_id NOT IN (SELECT id FROM entries) OR to_id NOT IN (SELECT id FROM entries)",
    "turns": NO_THREAD,
    "marks": NO_THREAD,
    "reactions": f"{NO_THREAD} OR turn_id NOT IN (SELECT id FROM turns)",
    "replied": NO_THREAD,
    "wake_ups": NO_THREAD,
    "nudges": NO_THREAD,
    "decisions": NO_THREAD,
    "shown": f"{NO_ENTRY} OR {NO_THREAD} OR decision_id NOT IN (SELECT id FROM decisions)",
    "revisions": f"{NO_ENTRY} OR {NO_THREAD}",
    "reopened": NO_THREAD,
    "feedback": "decision_id NOT IN (SELECT id FROM decisions)",
    "told_turns": "turn_id NOT IN (SELECT id FROM turns)",
    "inbox_alias": "inbox_id NOT IN (SELECT id FROM inbox)",
    # What waits to be sent or taken back is no orphan yet. Keys: DECISION/..., case-ENTRY/...; others stand for themselves.
    "outbox": "state IN ('sent','failed') AND NOT taken_back AND CASE "
    "WHEN key GLOB 'case-[0-9]*/*' THEN CAST(substr(key, 6) AS INTEGER) NOT IN (SELECT id FROM entries) "
    "WHEN length(key)>20 AND substr(key, 21, 1)='/' AND substr(key, 1, 20) NOT GLOB '*[^0-9a-f]*' "
    "THEN substr(key, 1, 20) NOT IN (SELECT id FROM decisions) ELSE 0 END",
}


def count(database: Database) -> dict[str, int]:
    """How many rows of which table point to nothing; tables without any are left out."""
    found = {table: int(database.value(f"SELECT count(*) FROM {table} WHERE {why}")) for table, why in ORPHANS.items()}
    return {table: number for table, number in found.items() if number}


def sweep(database: Database) -> int:
    """Remove them, and what then points to nothing in turn; returns how many there were.

    It looks before it writes, so that nobody waits for the write lock in vain.
    """
    total = 0
    while found := count(database):
        for table in found:
            with database.transaction() as connection:
                total += int(connection.execute(f"DELETE FROM {table} WHERE {ORPHANS[table]}").rowcount)
    return total
