"""Threads as values, read from turns, marks and reactions; who helps is learned from who replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.events import Reaction, Turn, reaction_key
from bot.models import Mark, Thread, ordered
from bot.outcomes import Nudge, ThreadRow, WakeUp
from bot.storage.recent import Content, RecentThreads
from bot.storage.sqlite import Database
from bot.storage.surroundings import Surroundings
from bot.storage.turns import turns_where
from knowledge.models import Audience


class SqliteThreads:
    """Threads in SQLite; see bot.storage.base.Threads.

    `helpers(channel_id)` gives the configured helpers, `audience(channel_id)` who may read what is said there,
    `threaded(channel_id)` whether people answer in threads there.
    """

    def __init__(
        self,
        database: Database,
        helpers: Callable[[str], frozenset[str]] = lambda _: frozenset(),
        audience: Callable[[str], Audience] = lambda _: Audience(),
        threaded: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._database = database
        self._helpers = helpers
        self._audience, self._threaded = audience, threaded
        self._surroundings = Surroundings(database)
        self._recent = RecentThreads()
        database.committed.append(self._recent.committed)

    def load(self, thread_id: str, channel_id: str, at: float, nearby: bool = True) -> Thread:
        """See bot.storage.base.Threads."""
        version = self._database.value("SELECT version FROM threads WHERE id=?", (thread_id,)) or 0
        content = self._content(thread_id, version)
        return Thread(
            thread_id, channel_id, content.turns, self.helpers(channel_id), content.marks,
            self._surroundings.nearby(channel_id, thread_id, at) if nearby else (), version, self._audience(channel_id),
            content.reactions, self._threaded(channel_id),
        )  # fmt: skip

    def _content(self, thread_id: str, version: int) -> Content:
        if not version:
            return Content(0, ())
        content = self._recent.get(thread_id, version)
        if content is None:
            # Should the thread change while it is read, the copy holds more than its version says; nobody can commit on
            # that version any more, and a later load asks for a higher one.
            turns = ordered(turns_where(self._database, "thread_id=?", (thread_id,)), thread_id)
            content = Content(version, turns, self._marks(thread_id), self._reactions(thread_id))
            self._recent.keep(thread_id, content)
        return content

    def _marks(self, thread_id: str) -> tuple[Mark, ...]:
        rows = self._database.read("SELECT name,actor,at,until FROM marks WHERE thread_id=?", (thread_id,))
        return tuple(Mark(*row) for row in rows)

    def _reactions(self, thread_id: str) -> tuple[Reaction, ...]:
        sql = "SELECT turn_id,actor,name,at FROM reactions WHERE thread_id=? ORDER BY at"
        return tuple(
            Reaction(turn_id, actor, name, True, when)
            for turn_id, actor, name, when in self._database.read(sql, (thread_id,))
        )

    def helpers(self, channel_id: str) -> frozenset[str]:
        """The configured helpers, and people who replied in three or more threads that they did not open."""
        return self._helpers(channel_id) | self._surroundings.helpers(channel_id)

    def turn(self, turn_id: str) -> Turn | None:
        """One turn."""
        found = turns_where(self._database, "id=?", (turn_id,))
        return found[0] if found else None

    def thread_of(self, turn_id: str) -> str | None:
        """Which thread a turn belongs to."""
        found = self._database.value("SELECT thread_id FROM turns WHERE id=?", (turn_id,))
        return str(found) if found else None

    def listed(
        self, states: Sequence[str], channel_id: str | None = None, limit: int = 500, active_since: float = 0.0
    ) -> list[ThreadRow]:
        """Threads in these states with a sign of life since then, the most recently active first."""
        wanted = ",".join("?" * len(states))
        where, arguments = f"state IN ({wanted}) AND last_at>=?", [*states, active_since]
        if channel_id:
            where, arguments = f"{where} AND channel_id=?", [*arguments, channel_id]
        return self._rows(f"WHERE {where} ORDER BY last_at DESC LIMIT {int(limit)}", arguments)

    def unlearned(self, limit: int = 50) -> list[ThreadRow]:
        """Resolved threads that changed since they were last learned from, oldest first."""
        where = "WHERE state='resolved' AND learned_version=0 ORDER BY last_at"
        return self._rows(f"{where} LIMIT {int(limit)}", ())

    def _rows(self, tail: str, arguments: Sequence[Any]) -> list[ThreadRow]:
        sql = f"""SELECT id, channel_id, asker, coalesce((SELECT substr(text,1,120) FROM turns WHERE turns.id=threads.id), ''),
            state, need, opened_at, last_at, version FROM threads {tail}"""
        return [ThreadRow(*row) for row in self._database.read(sql, arguments)]

    def due(self, now: float, limit: int = 50) -> list[tuple[str, str, float]]:
        """(thread id, turn id, due) of holds that have fallen due, oldest first."""
        rows = self._database.read(
            f"SELECT thread_id, turn_id, due FROM wake_ups WHERE due<=? ORDER BY due LIMIT {int(limit)}", (now,)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def held(self, thread_id: str) -> WakeUp | None:
        """The hold that waits for this thread, if one does."""
        rows = self._database.read("SELECT turn_id, due FROM wake_ups WHERE thread_id=?", (thread_id,))
        return WakeUp(*rows[0]) if rows else None

    def unshelved(self, limit: int = 100) -> list[str]:
        """Ids of threads that changed since their precedent was last put on the shelf."""
        rows = self._database.read(f"SELECT id FROM threads WHERE shelved<version ORDER BY last_at LIMIT {int(limit)}")
        return [row[0] for row in rows]

    def shelved(self, versions: Sequence[tuple[str, int]]) -> None:
        """These threads' precedents are as of these versions."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE threads SET shelved=? WHERE id=?", [(v, thread_id) for thread_id, v in versions]
            )

    def next_due(self) -> float | None:
        """When the next hold falls due."""
        found = self._database.value("SELECT min(due) FROM wake_ups")
        return None if found is None else float(found)

    def pending(self, thread_id: str, now: float) -> bool:
        """See bot.storage.base.Threads; what failed and is tried again does not count."""
        sql = """SELECT 1 FROM inbox WHERE state='open' AND (attempts=0 OR lease_until>?) AND lane IN
            (SELECT ? UNION SELECT id FROM turns WHERE thread_id=?) LIMIT 1"""
        return bool(self._database.read(sql, (now, thread_id, thread_id)))

    def coming(self, thread_id: str) -> bool:
        """See bot.storage.base.Threads."""
        sql = "SELECT 1 FROM inbox WHERE lane=? AND state='open' AND NOT quick LIMIT 1"
        return bool(self._database.read(sql, (thread_id,)))

    def outdated(self, reaction: Reaction) -> bool:
        """See bot.storage.base.Threads: what was heard is told by the inbox's names, which outlive its texts by days."""
        sql = "SELECT 1 FROM inbox_alias WHERE alias>? AND alias<? LIMIT 1"
        keys = [reaction_key(reaction.turn_id, reaction.actor, reaction.name, added) for added in (True, False)]
        return any(self._database.read(sql, (f"{key}{reaction.at:.6f}", f"{key[:-1]};")) for key in keys)

    def nudges(self, thread_id: str) -> list[Nudge]:
        """Follow-ups sent so far, oldest first."""
        sql = "SELECT state, at, turn_id FROM nudges WHERE thread_id=? ORDER BY at"
        return [Nudge(*row) for row in self._database.read(sql, (thread_id,))]
