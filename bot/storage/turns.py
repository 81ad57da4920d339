"""Turns as rows of the table `turns`, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.events import Turn
from bot.storage.sqlite import Database

COLUMNS = "id, thread_id, channel_id, author, text, sent_at, edited_at, flags, mentions, files"
FLAGS = ("is_bot", "own", "addressed", "deleted", "system")


def turn_row(turn: Turn) -> tuple[Any, ...]:
    """A turn as a row of `turns`."""
    flags = sum(1 << bit for bit, name in enumerate(FLAGS) if getattr(turn, name))
    mentions, files = (json.dumps(v) if v else "" for v in (turn.mentions, turn.files))
    return (turn.id, turn.thread_id, turn.channel_id, turn.author, turn.text, turn.sent_at, turn.edited_at, flags,
            mentions, files)  # fmt: skip


def turn_of(row: Sequence[Any]) -> Turn:
    """The turn of a row with COLUMNS."""
    flags = row[7]
    return Turn(
        row[0], row[1], row[2], row[3], row[4], row[5], bool(flags & 1), bool(flags & 2), bool(flags & 4), row[6],
        bool(flags & 8), bool(flags & 16), tuple(json.loads(row[8])) if row[8] else (),
        tuple(json.loads(row[9])) if row[9] else (),
    )  # fmt: skip


def turns_where(database: Database, where: str, arguments: Sequence[Any]) -> tuple[Turn, ...]:
    """The turns that an SQL condition (with its order and limit) chooses."""
    rows = database.read(f"SELECT {COLUMNS} FROM turns WHERE {where}", arguments)
    return tuple(turn_of(row) for row in rows)
