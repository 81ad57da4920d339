"""The book of calls to a language model: what each cost, and what they come to by day, task, model and channel."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from bot.llm.base import Call
from bot.llm.budgets import UNMADE, Usage
from bot.storage.sqlite import Database

BY = {
    "day": "cast(at/86400 AS INTEGER)",
    "task": "task",
    "model": "model",
    "prompt": "prompt",
    "channel": "channel_id",
    "failure": "failure",
}
MADE = f"failure NOT IN {UNMADE}"
SUMS = "sum(read), sum(cached), sum(kept), sum(written), sum(seconds), sum(cost)"
ADD = """INSERT INTO calls (at, task, model, prompt, channel_id, tokens, read, cached, kept, written, seconds, cost, failure)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"""
TOTAL = """INSERT INTO call_totals VALUES (?,?,1,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET times=times+1,
read=read+excluded.read, cached=cached+excluded.cached, kept=kept+excluded.kept, written=written+excluded.written,
seconds=seconds+excluded.seconds, cost=cost+excluded.cost"""


class SqliteCalls:
    """See bot.llm.base.Book; times are epoch seconds, from `since` to before `until`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call: Call, channel_id: str, at: float) -> None:
        """Write down a call."""
        tokens = (call.read, call.cached, call.kept, call.written)
        spent = (*tokens, call.seconds, call.cost)
        with self._database.transaction() as connection:
            row = (at, call.task, call.model, call.prompt, channel_id, sum(tokens), *spent, call.failure)
            connection.execute(ADD, row)
            connection.execute(TOTAL, (call.task, call.failure, *spent))

    def spent(self, since: float, channel_id: str | None = None, until: float = inf) -> tuple[int, float]:
        """(tokens in and out, cost), in all or for one channel."""
        where, arguments = _where(since, until, channel_id)
        sql = (
            f"SELECT coalesce(sum(tokens),0), coalesce(sum(cost),0.0) FROM calls WHERE {where} AND (tokens>0 OR cost>0)"
        )
        ((tokens, cost),) = self._database.read(sql, arguments)
        return int(tokens), float(cost)

    def used(
        self, by: Sequence[str] = (), since: float = 0.0, channel_id: str | None = None, until: float = inf
    ) -> list[Usage]:
        """What calls came to by some of BY (`of` in that order), ordered by that; one for all without any, if there was one."""
        where, arguments = _where(since, until, channel_id)
        parts = "".join(f"{BY[name]}, " for name in by)
        numbers = ",".join(str(at + 1) for at in range(len(by)))
        group = f"GROUP BY {numbers} ORDER BY {numbers}" if by else "HAVING count(*)"
        sql = f"SELECT {parts}count(*), coalesce(sum({MADE}),0), {SUMS} FROM calls WHERE {where} {group}"
        return [_usage(row, len(by)) for row in self._database.read(sql, arguments)]

    def totals(self) -> list[Usage]:
        """All calls there ever were, those too that retention has taken since, by (task, failure)."""
        sql = f"SELECT task, failure, times, iif({MADE}, times, 0), read, cached, kept, written, seconds, cost FROM call_totals"
        return [_usage(row, 2) for row in self._database.read(sql)]

    def median_seconds(self, since: float, channel_id: str | None = None, until: float = inf) -> float | None:
        """How long the calls that were answered took (median), None without any."""
        where, arguments = _where(since, until, channel_id)
        number = self._database.value(f"SELECT count(*) FROM calls WHERE {where} AND failure=''", arguments)
        middle = (max(1, number) - 1) // 2
        sql = f"SELECT seconds FROM calls WHERE {where} AND failure='' ORDER BY seconds LIMIT 1 OFFSET {middle}"
        found = self._database.value(sql, arguments)
        return None if found is None else float(found)


def _where(since: float, until: float, channel_id: str | None) -> tuple[str, tuple[Any, ...]]:
    span = (since, min(until, 1e18))
    return ("at>=? AND at<? AND channel_id=?", (*span, channel_id)) if channel_id else ("at>=? AND at<?", span)


def _usage(row: tuple[Any, ...], parts: int) -> Usage:
    return Usage(tuple(str(part) for part in row[:parts]), *row[parts:])
