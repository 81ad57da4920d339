"""What surrounds a thread in its channel, the last root turns and who helps, kept between calls while nothing changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from bot.events import Turn
from bot.storage.base import HELPS_AFTER, NEARBY
from bot.storage.sqlite import Database
from bot.storage.turns import turns_where

ROOTS = "channel_id=? AND id=thread_id AND"
CHANNELS = 16
"""Channels of which each thread keeps copies; every channel's in fifty threads would fill the memory."""
# Leaps from person to person in the primary key: the cost grows with the people there, and not with their threads.
REPLIED = """
WITH RECURSIVE people(person) AS (
  SELECT min(person) FROM replied WHERE channel_id=?1
  UNION ALL SELECT (SELECT min(person) FROM replied WHERE channel_id=?1 AND person>people.person) FROM people
  WHERE person IS NOT NULL
)
SELECT person FROM people WHERE EXISTS (
  SELECT 1 FROM replied WHERE channel_id=?1 AND replied.person=people.person LIMIT 1 OFFSET ?2-1
)
"""


def added(channel_id: str) -> str:
    """Under which name Database.written counts the channel's new root turns."""
    return f"roots of {channel_id}"


@dataclass(frozen=True, slots=True)
class _Roots:
    """The last roots up to `at`, as long as the stamp holds; `count` tells how many there were ever added by then."""

    stamp: tuple[int, int]
    count: int
    at: float
    turns: tuple[Turn, ...]


class Surroundings:
    """Reads a channel's surroundings; each operating-system thread keeps copies of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._local = threading.local()

    def nearby(self, channel_id: str, thread_id: str, at: float) -> tuple[Turn, ...]:
        """The channel's last 30 root turns up to `at` besides this thread's, oldest first."""
        kept, stamp = self._kept("roots", channel_id), self._database.stamp("roots")
        count = self._database.written[added(channel_id)]
        old: _Roots | None = kept.get(channel_id)
        fresh = self._added(channel_id, old, at, count) if old and old.stamp == stamp and old.at <= at else None
        if old is not None and fresh is not None:
            found = (*old.turns, *fresh)[-NEARBY - 1 :] if fresh else old.turns
            kept[channel_id] = _Roots(stamp, count, at if fresh else old.at, found)
        else:
            where = f"{ROOTS} sent_at<=? ORDER BY sent_at DESC, id DESC LIMIT {NEARBY + 1}"
            found = turns_where(self._database, where, (channel_id, at))[::-1]
            if self._none_after(channel_id, at):
                kept[channel_id] = _Roots(stamp, count, at, found)
        return tuple(t for t in found if t.id != thread_id)[-NEARBY:]

    def _added(self, channel_id: str, old: _Roots, at: float, count: int) -> tuple[Turn, ...] | None:
        """Roots since the copy was made; None when some of them are not the latest: then the copy is of no use."""
        if count == old.count:
            return ()
        if count - old.count > NEARBY:
            return None
        where = f"{ROOTS} sent_at>? AND sent_at<=? ORDER BY sent_at, id"
        fresh = turns_where(self._database, where, (channel_id, old.at, at))
        return fresh if len(fresh) == count - old.count else None

    def _none_after(self, channel_id: str, at: float) -> bool:
        sql = f"SELECT 1 FROM turns WHERE {ROOTS} sent_at>? LIMIT 1"
        return not self._database.value(sql, (channel_id, at))

    def helpers(self, channel_id: str) -> frozenset[str]:
        """People who replied in three or more threads that they did not open."""
        kept, stamp = self._kept("helpers", channel_id), self._database.stamp("replied")
        old = kept.get(channel_id)
        if old is None or old[0] != stamp:
            rows = self._database.read(REPLIED, (channel_id, HELPS_AFTER))
            old = kept[channel_id] = (stamp, frozenset(str(row[0]) for row in rows))
        found: frozenset[str] = old[1]
        return found

    def _kept(self, name: str, channel_id: str) -> dict[str, Any]:
        """This operating-system thread's copies, by channel: of this one, and of those that were asked for last."""
        kept: dict[str, Any] = self._local.__dict__.setdefault(name, {})
        if channel_id in kept:
            kept[channel_id] = kept.pop(channel_id)
        elif len(kept) >= CHANNELS:
            del kept[next(iter(kept))]
        return kept
