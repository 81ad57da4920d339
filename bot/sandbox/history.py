"""Fills a sandbox workspace with recorded conversations, as if they had happened before anybody listened."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Talked(Protocol):
    """A workspace, or a tenant, in which people talk."""

    def say(self, channel: str, user: str, text: str, thread: str | None = None, *, at: float | None = None) -> str:
        """Somebody says something; its id. With `at` (epoch seconds) it becomes old history."""

    def react(self, channel: str, message: str, name: str, user: str) -> None:
        """Somebody reacts to a message."""


def fill(box: Talked, path: Path, until: float) -> int:
    """Put the rows of a conversations file into the past, the last at `until` (epoch seconds); returns the messages put.

    Reactions stand in rows of their own, or as `reactions` beside the message, as recordings have them.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    at = [datetime.fromisoformat(row.get("at") or row["ts"]).timestamp() for row in rows]
    shift = until - max(at)
    said: dict[str, list[str]] = {}
    for row, when in zip(rows, at, strict=True):
        thread = said.setdefault(row["thread"], [])
        if "react" in row:
            box.react(row["channel"], thread[row["on"]], row["react"], row["user"])
            continue
        root = thread[0] if thread else None
        thread.append(box.say(row["channel"], row["user"], row["text"], root, at=when + shift))
        for given in row.get("reactions", ()):
            for person in given["users"]:
                box.react(row["channel"], thread[-1], given["name"], person)
    return sum(map(len, said.values()))
