"""Makes a channel of any length out of the sample conversations; no two of its messages are equal."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.demo import SAMPLE

SERVICES = ("orders", "checkout", "search", "billing-export", "inventory", "mailer", "ledger", "catalogue")


@dataclass(frozen=True, slots=True)
class Said:
    """One message to be said: `thread` names its conversation, whose first message is the root."""

    channel: str
    author: str
    text: str
    thread: str


def channel(count: int) -> list[Said]:
    """The first `count` messages that people write when the sample conversations begin over and over."""
    return list(itertools.islice(_endless(), count))


def _endless() -> Iterator[Said]:
    rows = [json.loads(line) for line in (SAMPLE / "conversations.jsonl").read_text(encoding="utf-8").splitlines()]
    bots = {user["id"] for user in json.loads((SAMPLE / "workspace.json").read_text())["users"] if user["is_bot"]}
    serial = itertools.count(1)
    for round_ in itertools.count(1):
        for row in rows:
            if "react" not in row and row["user"] not in bots:
                text = varied(row["text"], next(serial))
                yield Said(row["channel"], row["user"], text, f"{round_}/{row['thread']}")


def varied(text: str, serial: int) -> str:
    """The text with a service and a number of its own at the end, as people name the thing they talk about."""
    return f"{text} ({SERVICES[serial % len(SERVICES)]}-{serial})"


def write(messages: Sequence[Said], path: Path) -> None:
    """The same messages as a recording that `vigil replay` plays, half a minute apart."""
    start, ids = datetime(2026, 11, 6, 8, tzinfo=UTC), dict[str, str]()
    with path.open("w", encoding="utf-8") as lines:
        for number, said in enumerate(messages):
            at = (start + timedelta(seconds=30 * number)).isoformat()
            root = ids.setdefault(said.thread, f"m{number}")
            row = {
                "id": f"m{number}",
                "ts": at,
                "channel": said.channel,
                "user": said.author,
                "text": said.text,
                "thread": root,
            }
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
