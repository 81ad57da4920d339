"""What is held of a channel or a thread, for catch-up to compare with what stands on the platform."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from bot.events import Reaction, Turn, reaction_key
from bot.storage.sqlite import Database
from bot.storage.turns import turns_where

LAST = """SELECT a.alias, i.state FROM inbox_alias a LEFT JOIN inbox i ON i.id=a.inbox_id
    WHERE a.alias>? AND a.alias<? AND a.inbox_id<=? ORDER BY a.alias DESC LIMIT 1"""
REPLIED = """SELECT r.id, count(*), sum(t.flags&8=0), max(t.sent_at) FROM turns r JOIN turns t ON t.thread_id=r.id
    WHERE r.channel_id=? AND r.id=r.thread_id AND r.sent_at>? AND t.id!=r.id GROUP BY r.id"""
NTH = "SELECT sent_at FROM turns WHERE channel_id=? AND id=thread_id ORDER BY sent_at DESC LIMIT 1 OFFSET ?"


class SqliteHeld:
    """See bot.jobs.missing.Held."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def roots(self, channel_id: str, since: float) -> dict[str, tuple[Turn, tuple[Reaction, ...]]]:
        """The channel's root turns sent after `since`, deleted ones too, with the reactions on them."""
        return self._with_reactions("channel_id=? AND id=thread_id AND sent_at>?", (channel_id, since))

    def thread(self, thread_id: str) -> dict[str, tuple[Turn, tuple[Reaction, ...]]]:
        """All turns of a thread, deleted ones too, with the reactions on them."""
        return self._with_reactions("thread_id=?", (thread_id,))

    def _with_reactions(self, where: str, arguments: tuple[Any, ...]) -> dict[str, tuple[Turn, tuple[Reaction, ...]]]:
        turns = {turn.id: turn for turn in turns_where(self._database, where, arguments)}
        found: defaultdict[str, list[Reaction]] = defaultdict(list)
        sql = "SELECT turn_id, actor, name, at FROM reactions WHERE turn_id IN (SELECT value FROM json_each(?))"
        for turn_id, actor, name, at in self._database.read(sql, (json.dumps(list(turns)),)):
            found[turn_id].append(Reaction(turn_id, actor, name, True, at))
        return {turn_id: (turn, tuple(found[turn_id])) for turn_id, turn in turns.items()}

    def replied(self, channel_id: str, since: float) -> dict[str, tuple[int, int, float]]:
        """Of threads with replies: (replies, those not deleted, when the newest was sent) by thread, roots after `since`."""
        return {row[0]: (row[1], row[2], row[3]) for row in self._database.read(REPLIED, (channel_id, since))}

    def nth_root(self, channel_id: str, number: int) -> float:
        """When the channel's root turn with that number, counted from the newest, was sent; 0 when there are fewer."""
        return float(self._database.value(NTH, (channel_id, number - 1)) or 0.0)

    def mark(self) -> int:
        """The number of the newest event heard."""
        return int(self._database.value("SELECT max(id) FROM inbox") or 0)

    def last(self, turn_id: str, actor: str, name: str, added: bool, mark: int) -> tuple[float, bool]:
        """When the person last put that on (or took it back) as heard up to `mark`, 0 for never; whether it waits its turn."""
        key = reaction_key(turn_id, actor, name, added)
        rows = self._database.read(LAST, (key, f"{key[:-1]};", mark))
        return (float(rows[0][0][len(key) :]), rows[0][1] == "open") if rows else (0.0, False)
