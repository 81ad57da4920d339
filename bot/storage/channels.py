"""What is known of the channels, and small facts: claims of scheduled runs and signs of life."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Channel
from bot.storage.sqlite import Database

FLAGS = ("private", "direct", "shared", "member")
AHEAD = 900.0
"""Seconds by which a time that was written down may lie ahead of the clock; beyond, the clock has been set back since."""
DIRECT = "(direct)"  # no channel's name anywhere
LOOK_BACK, RESTORED = "look_back", "restored_at"
"""Facts: [since when, until when] posts are looked for before they are sent; until when, before this store was restored from
a backup, a Vigil may have answered of which it knows nothing."""


def _flags(bits: int) -> dict[str, bool]:
    return {name: bool(bits >> bit & 1) for bit, name in enumerate(FLAGS)}


class SqliteChannels:
    """See bot.storage.base.Channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, channels: Sequence[Channel], now: float) -> None:
        """Remember what is known of channels; a conversation with one person is not named after them."""
        rows = [
            (
                c.id,
                DIRECT if c.direct else c.name,
                c.team,
                sum(1 << i for i, f in enumerate(FLAGS) if getattr(c, f)),
                now,
            )
            for c in channels
        ]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO channels (id, name, team, flags, seen_at) VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET "
                "name=excluded.name, team=excluded.team, flags=excluded.flags, seen_at=excluded.seen_at",
                rows,
            )

    def get(self, channel_id: str) -> Channel | None:
        """One channel, None when it is unknown."""
        return next(iter(self._select("WHERE id=?", (channel_id,))), None)

    def listed(self) -> list[Channel]:
        """All known channels by name."""
        return self._select("ORDER BY name", ())

    def _select(self, tail: str, arguments: Sequence[object]) -> list[Channel]:
        rows = self._database.read(f"SELECT id, name, team, flags FROM channels {tail}", arguments)
        return [Channel(row[0], row[1], **_flags(row[3]), team=row[2], owner="") for row in rows]

    def raised(self, channel_id: str) -> float:
        """By how much people asked Vigil to speak less here: added to the threshold."""
        return float(self._database.value("SELECT raise_by FROM channels WHERE id=?", (channel_id,)) or 0.0)

    def heard_until(self, channel_id: str) -> float:
        """Up to when the channel's history was walked, epoch seconds; 0 for never."""
        return float(self._database.value("SELECT heard_at FROM channels WHERE id=?", (channel_id,)) or 0.0)

    def heard(self, channel_id: str, until: float) -> None:
        """The channel's history was walked up to then; that goes back only where a clock had run far ahead."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE channels SET heard_at=CASE WHEN heard_at>? THEN ? ELSE max(heard_at,?) END WHERE id=?",
                (until + AHEAD, until, until, channel_id),
            )


class SqliteRuns:
    """See bot.storage.base.Runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, job: str, slot: int, owner: str, now: float) -> bool:
        """Whether this run is ours: true once for a job and slot."""
        with self._database.transaction() as connection:
            # Runs of the time to come were claimed before a clock was set back: else the job would rest until then.
            connection.execute("DELETE FROM runs WHERE job=? AND slot>? AND claimed_at>?", (job, slot, now + AHEAD))
            taken: int = connection.execute(
                "INSERT OR IGNORE INTO runs (job, slot, owner, claimed_at) VALUES (?,?,?,?)", (job, slot, owner, now)
            ).rowcount
            connection.execute("DELETE FROM runs WHERE job=? AND slot<?", (job, slot - 1000))
        return taken == 1

    def done(self, job: str, slot: int, now: float) -> None:
        """The run ended well."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE runs SET done_at=? WHERE job=? AND slot=?", (now, job, slot))

    def beat(self, name: str, now: float, note: str = "") -> None:
        """A sign of life."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO heartbeats VALUES (?,?,?)", (name, now, note))

    def beats(self) -> dict[str, tuple[float, str]]:
        """All signs of life: name -> (epoch seconds, note)."""
        return {row[0]: (row[1], row[2]) for row in self._database.read("SELECT name, at, note FROM heartbeats")}

    def fact(self, key: str) -> str:
        """A small remembered fact, "" when unknown."""
        return str(self._database.value("SELECT value FROM meta WHERE key=?", (key,)) or "")

    def remember(self, key: str, value: str) -> None:
        """Keep a small fact."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))
