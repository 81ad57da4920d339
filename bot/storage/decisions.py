"""Decisions as recorded, and the counts drawn from them."""

from __future__ import annotations

import json
from typing import Any

from bot.outcomes import Spoken
from bot.storage.calls import MADE
from bot.storage.sqlite import Database

FIELDS = ("id", "turn_id", "thread_id", "channel_id", "kind", "action", "score", "threshold", "reasons", "at", "due",
          "person", "asked", "suggestion", "entry_ids", "versions", "calls")  # fmt: skip
COLUMNS = ", ".join(FIELDS)


def _record(row: tuple[Any, ...]) -> dict[str, Any]:
    record = dict(zip(FIELDS, row, strict=True))
    record["reasons"] = record["reasons"].split("\n")
    record["entry_ids"] = _ids(record["entry_ids"])
    record["asked"] = bool(record["asked"])
    record["versions"] = dict(pair.split("=", 1) for pair in record["versions"].split(",") if pair)
    record["suggestion"] = json.loads(record["suggestion"]) if record["suggestion"] else None
    record["calls"] = json.loads(record["calls"]) if record["calls"] else []
    return record


def _ids(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


class SqliteDecisions:
    """See bot.storage.base.Decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, decision_id: str) -> dict[str, Any] | None:
        """One decision as recorded."""
        rows = self._database.read(f"SELECT {COLUMNS} FROM decisions WHERE id=?", (decision_id,))
        return _record(rows[0]) if rows else None

    def listed(
        self, thread_id: str | None = None, channel_id: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Decisions as recorded, newest first."""
        where = [f"{name}=?" for name, value in (("thread_id", thread_id), ("channel_id", channel_id)) if value]
        arguments = [value for value in (thread_id, channel_id) if value]
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        sql = f"SELECT {COLUMNS} FROM decisions {clause} ORDER BY seq DESC LIMIT {int(limit)}"
        return [_record(row) for row in self._database.read(sql, arguments)]

    def spoken(self, channel_id: str, thread_id: str, person: str, since: float, lately: float) -> list[Spoken]:
        """Suggestions decided upon `since` then in the thread or for the person, and `lately` in the channel, oldest first."""
        told = "AND at>=? AND action IN ('draft','private','public') AND kind='suggestion'"
        chosen = (
            f"SELECT seq FROM decisions WHERE {place}=? {told}" for place in ("channel_id", "thread_id", "person")
        )
        rows = self._database.read(
            "SELECT at, thread_id, channel_id, person, entry_ids, asked FROM decisions WHERE seq IN ("
            f"{' UNION '.join(chosen)}) ORDER BY at",
            (channel_id, lately, thread_id, since, person, since),
        )
        return [Spoken(row[0], row[1], row[2], row[3], tuple(_ids(row[4])), bool(row[5])) for row in rows]

    def citing(self, entry_id: int) -> list[tuple[str, str]]:
        """(decision id, channel id) of decisions whose suggestion rests on an entry."""
        sql = "SELECT id, channel_id FROM decisions WHERE suggestion!='' AND instr(','||entry_ids||',', ?) ORDER BY seq"
        return [(row[0], row[1]) for row in self._database.read(sql, (f",{entry_id},",))]

    def feedback_of(self, decision_id: str, actor: str) -> bool | None:
        """What the person said of the decision's suggestion, None when nothing (any more)."""
        found = self._database.value(
            "SELECT helpful FROM feedback WHERE decision_id=? AND actor=? AND said", (decision_id, actor)
        )
        return None if found is None else bool(found)

    def stats(self, channel_id: str | None, since: float) -> dict[str, float]:
        """Counts since a time: turns, suggestions by fate, feedback, resolved threads, knowledge."""
        where, arguments = ("AND channel_id=?", (since, channel_id)) if channel_id else ("", (since,))
        value = self._database.value
        counts = dict(
            self._database.read(
                f"SELECT action, count(*) FROM decisions WHERE kind='suggestion' AND at>=? {where} GROUP BY action",
                arguments,
            )
        )
        judged = self._database.read(
            "SELECT coalesce(sum(f.helpful),0), count(*) FROM feedback f JOIN decisions d ON d.id=f.decision_id "
            f"WHERE f.said AND d.at>=? {where}",
            arguments,
        )[0]
        return {
            "turns": value(f"SELECT count(*) FROM turns WHERE sent_at>=? {where}", arguments),
            **{str(action): number for action, number in counts.items()},
            "helpful": judged[0],
            "not_helpful": judged[1] - judged[0],
            "resolved": value(f"SELECT count(*) FROM threads WHERE state='resolved' AND last_at>=? {where}", arguments),
            "follow_up": value(
                f"SELECT count(*) FROM decisions WHERE kind='follow_up' AND action!='silent' AND at>=? {where}",
                arguments,
            ),
            "live_entries": value("SELECT count(*) FROM entries WHERE status='live'"),
            "proposed_entries": value("SELECT count(*) FROM entries WHERE status='proposed'"),
            **self._asked_of_a_model(where, arguments),
        }

    def _asked_of_a_model(self, where: str, arguments: tuple[Any, ...]) -> dict[str, float]:
        """Calls to a language model and their tokens, nothing where there were none."""
        sql = f"SELECT count(*), coalesce(sum(tokens),0) FROM calls WHERE at>=? {where} AND {MADE}"
        ((calls, tokens),) = self._database.read(sql, arguments)
        return {"llm_calls": calls, "llm_tokens": tokens} if calls else {}
