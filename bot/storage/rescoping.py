"""Changes who may read what was learned in a channel, in every state and former version of it."""

from __future__ import annotations

import json

from bot.storage.entries import NEXT
from bot.storage.sqlite import Database
from knowledge.models import Audience

BATCH = 200  # entries of one transaction
PLACES = "SELECT DISTINCT container FROM entries WHERE kind!='section'"
OTHERS = """SELECT id FROM entries WHERE container=? AND kind!='section' AND json_extract(body, '$.audience')!=json(?)
    ORDER BY id LIMIT ?"""
SET = "body=json_set(body, '$.audience', json(?))"


class SqliteRescoping:
    """See bot.jobs.places.Rescoping."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def places(self) -> list[str]:
        """The containers of cases and earlier threads."""
        return [row[0] for row in self._database.read(PLACES, ())]

    def rescope(self, container: str, audience: Audience) -> int:
        """Give that audience to all that was learned there; returns how many entries had another one.

        Their texts and versions stay, so vectors hold; each gets a new change number, which every index follows.
        """
        scopes, changed = json.dumps({"scopes": sorted(audience.scopes)}, separators=(",", ":")), 0
        while True:
            with self._database.transaction() as connection:
                ids = [row[0] for row in connection.execute(OTHERS, (container, scopes, BATCH)).fetchall()]
                for entry_id in ids:
                    connection.execute(f"UPDATE entries SET {SET}, change={NEXT} WHERE id=?", (scopes, entry_id))
                    connection.execute(f"UPDATE entry_versions SET {SET} WHERE entry_id=?", (scopes, entry_id))
            changed += len(ids)
            if len(ids) < BATCH:
                return changed
