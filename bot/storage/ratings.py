"""What people said of entries that were shown to them: feedback and deeds, joined with what was shown for which question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.outcomes import Shown
from bot.storage.sqlite import Database
from knowledge.usefulness import DAY, MINUS, OLDEST, PLUS, Mark, Rating, kind, value

LATELY = 60 * DAY  # how long silence about a suggestion is remembered; it says too little to be read for longer
NEWEST = "ORDER BY 10 DESC LIMIT 500"  # of what stands about some entries; the oldest weighs least
PARTS = (1.0, 0.5)  # how much of an answer is its first source's, and its second's
SHOWN = "s.entry_id, s.version, s.channel_id, s.vector, s.share, s.decision_id"
FEEDBACK = f"""SELECT {SHOWN}, f.actor, f.helpful, f.reason, f.at, f.said FROM shown s
JOIN feedback f ON f.decision_id=s.decision_id WHERE s.entry_id IN (%s) AND f.at>=?"""
# The asker closed the thread within a day, and nobody else had spoken in between.
RESOLVED = f"""SELECT {SHOWN}, m.actor, 1, 'resolved', m.at, -1 FROM shown s JOIN threads t ON t.id=s.thread_id
JOIN marks m ON m.thread_id=s.thread_id AND m.name='resolved' AND m.actor=t.asker
WHERE s.entry_id IN (%s) AND s.public AND m.at>=? AND m.at BETWEEN s.at AND s.at+{DAY} AND NOT EXISTS (
  SELECT 1 FROM turns u WHERE u.thread_id=s.thread_id AND u.author!=t.asker AND u.flags=0 AND u.sent_at BETWEEN s.at AND m.at)"""
# A day went by and nobody said or did anything about it.
IGNORED = f"""SELECT {SHOWN}, t.asker, 0, 'ignored', s.at+{DAY}, -2 FROM shown s JOIN threads t ON t.id=s.thread_id
WHERE s.entry_id IN (%s) AND s.public AND s.at>=? AND s.at<? AND NOT EXISTS (
  SELECT 1 FROM feedback f WHERE f.decision_id=s.decision_id) AND NOT EXISTS (
  SELECT 1 FROM marks m WHERE m.thread_id=s.thread_id AND m.name='resolved')"""
MARKS = """SELECT f.decision_id, f.actor, f.helpful, f.reason, f.at, s.promised FROM feedback f
JOIN shown s ON s.decision_id=f.decision_id AND s.share=1 WHERE s.channel_id=? AND f.at>=? ORDER BY f.said"""
KIND = "substr(reason, 1, instr(reason||':', ':')-1)"
WORDLESS = f"CASE WHEN {KIND} IN {(*PLUS, *MINUS)} THEN {KIND} ELSE '' END"
"""A row of feedback's reason without the person's own words, as far as it says more than yes or no."""


class SqliteRatings:
    """See bot.dialogue.weighing.Ratings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, entry_ids: Sequence[int], now: float) -> list[Rating]:
        """What stands about these entries; of one person's signs about one suggestion the plainest counts: words,
        then deeds (published, dismissed), then that the asker closed the thread, then silence."""
        holes, since = ",".join("?" * len(entry_ids)), now - OLDEST
        read = self._database.read
        rows = [
            *read(f"{IGNORED} {NEWEST}" % holes, (*entry_ids, now - LATELY, now - DAY)),
            *read(f"{RESOLVED} {NEWEST}" % holes, (*entry_ids, since)),
            *read(f"{FEEDBACK} {NEWEST}" % holes, (*entry_ids, since)),
        ]
        plainest = {(row[0], row[5], row[6]): row for row in sorted(rows, key=lambda row: int(row[-1]))}
        return [_rating(row) for row in plainest.values()]

    def marks(self, channel_id: str, now: float) -> list[Mark]:
        """What people marked in a channel, with what the suggestions had promised."""
        rows = self._database.read(MARKS, (channel_id, now - OLDEST))
        plainest = {row[:2]: row[1:] for row in rows}
        return [Mark(who, value(bool(helpful), why), kind(why), at, promised)
                for who, helpful, why, at, promised in plainest.values()]  # fmt: skip

    def changes(self) -> int:
        """Rises with every piece of feedback that this process writes or takes back."""
        return self._database.written["feedback"]


def _rating(row: Sequence[Any]) -> Rating:
    entry_id, version, channel, vector, share, _, actor, helpful, reason, at, _ = row
    known = np.frombuffer(vector, dtype=np.float16).astype(np.float32) if vector else None
    return Rating(entry_id, actor, value(bool(helpful), reason), kind(reason), at, channel, known, version, share)


def keep(connection: Any, shown: Shown) -> None:
    """Note inside an open transaction which entries were shown for which question."""
    vector = np.asarray(shown.vector, dtype=np.float16).tobytes()
    for place, (entry_id, version) in enumerate(shown.entries):
        connection.execute(
            "INSERT OR IGNORE INTO shown VALUES (?,?,?,?,?,?,?,?,?,?)",
            (shown.decision_id, entry_id, version, shown.thread_id, shown.channel_id, shown.at, shown.public,
             PARTS[min(place, 1)], shown.promised, vector),
        )  # fmt: skip
