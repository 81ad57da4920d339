"""Reads recorded threads and the links between them, and gives each thread as it stood at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.events import Turn
from bot.models import Mark, Thread
from knowledge.evaluation_sets import Row, read_rows
from knowledge.models import KnowledgeError


@dataclass(frozen=True, slots=True)
class Past:
    """A recorded thread, root first; `resolved_at` is in epoch seconds, None when it never was."""

    turns: tuple[Turn, ...]
    title: str
    resolved_at: float | None

    @property
    def root(self) -> Turn:
        return self.turns[0]

    def times(self) -> list[float]:
        """When something happened to the thread, in epoch seconds."""
        resolved = [] if self.resolved_at is None else [self.resolved_at]
        return [turn.sent_at for turn in self.turns] + resolved

    def before(self, now: float) -> Thread | None:
        """The thread as it stood just before `now`; None while nobody had opened it."""
        if self.root.sent_at >= now:
            return None
        resolved = self.resolved_at if self.resolved_at is not None and self.resolved_at < now else None
        replies = sorted((turn for turn in self.turns[1:] if turn.sent_at < now), key=lambda turn: turn.sent_at)
        marks = () if resolved is None else (Mark("resolved", "", resolved),)
        return Thread(self.root.id, self.root.channel_id, (self.root, *replies), marks=marks)


def read_threads(paths: Sequence[Path]) -> dict[str, Past]:
    """Threads by id; raises KnowledgeError naming the file and thread that cannot be used."""
    found = {}
    for path in paths:
        for row in read_rows(path, ("thread", "started", "question", "replies")):
            try:
                found[str(row["thread"])] = _past(row)
            except (KeyError, TypeError, ValueError) as wrong:
                raise KnowledgeError(f"{path}: thread {row['thread']} cannot be used ({wrong!r})") from None
    return found


def _past(row: Row) -> Past:
    name, channel, asker = str(row["thread"]), str(row.get("channel") or ""), str(row.get("asker") or "")
    title = str(row.get("title") or "")
    turns = [Turn(name, name, channel, asker, f"{title}\n{row['question']}".strip(), seconds(row["started"]))]
    for place, reply in enumerate(row["replies"]):
        author = asker if reply["asker"] else f"helper {reply.get('user') or ''}"
        turns.append(Turn(f"{name}:{place}", name, channel, author, str(reply["text"]), seconds(reply["ts"])))
    resolved = row.get("resolved_at")
    return Past(tuple(turns), title, seconds(resolved) if resolved else None)


def seconds(moment: str) -> float:
    """Epoch seconds of an ISO 8601 time, taken as UTC where it names no zone; raises ValueError."""
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def read_links(path: Path, types: Sequence[str], threads: Mapping[str, Past]) -> dict[str, dict[str, float]]:
    """Grade by earlier thread by later one, of the links of these types; raises KnowledgeError when none is left."""
    rows = read_rows(path, ("query_thread", "gold_thread", "type", "grade"))
    gains: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["type"] in types and row["query_thread"] in threads:
            gains.setdefault(row["query_thread"], {})[row["gold_thread"]] = float(row["grade"])
    if not gains:
        there = ", ".join(sorted({str(row["type"]) for row in rows}))
        raise KnowledgeError(f"{path}: no link of type {', '.join(types)} from one of these threads; it has {there}")
    return gains
