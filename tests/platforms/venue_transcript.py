"""A recording as a venue: it can be read and answered in shadow, and nothing else can be done in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from bot.config import Config, Embedding, Rules
from bot.evaluation import replay
from bot.events import Turn
from bot.messages import Message, Post, Target
from bot.platforms.transcript import read_transcript
from bot.replay_world import TranscriptDirectory
from tests.platforms.venues import Cannot, Venue

T = TypeVar("T")
BEGAN = 1_795_000_000
CONFIG = Config(
    embedding=Embedding(model="hashing"), defaults=Rules(mode="public", threshold=0.3, evidence=0.05, hold_minutes=1)
)


class TranscriptVenue(Venue):
    """Rows in a file; who wants to hear them reads the file."""

    name = "transcript"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._path = folder, folder / "zulip_contract.jsonl"
        self._rows = 0

    def _turns(self) -> tuple[Turn, ...]:
        return read_transcript(self._path, lambda where, why: None).turns

    def wait(self, kind: type[T], count: int = 1) -> list[T]:
        found = [turn for turn in self._turns() if isinstance(turn, kind)]
        assert len(found) >= count
        return found

    def clear(self) -> None:
        """Every test has a file of its own."""

    def person(self, who: str) -> str:
        return who

    def channel(self, name: str) -> str:
        return f"transcript:zulip_contract:{name}"

    def say(self, who: str, text: str, thread: str = "", channel: str = "help") -> str:
        turn = f"{self.channel(channel)}:{self._rows}"
        at = datetime.fromtimestamp(BEGAN + 60 * self._rows, UTC).isoformat()
        row = {"channel": channel, "user": who, "ts": at, "text": text, "thread": thread or turn}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self._rows += 1
        return turn

    def post(self, target: Target, message: Message, **fields: str) -> tuple[Post, str]:
        """In shadow: the decision that a replay records where Vigil knows what the message says."""
        thread = fields.get("thread_id", "")
        if target is not Target.THREAD:
            raise Cannot("a recording takes nothing: what Vigil would say in a thread is a decision")
        guide = self._folder / "guide.md"
        guide.write_text(f"# Answers\n\n## Upload limit\n\n{message.text}\n", encoding="utf-8")
        found = [row for row in replay(self._path, [guide], CONFIG).suggestions() if row["thread_id"] == thread]
        self._said = {row["thread_id"]: str(row["suggestion"]["text"]) for row in found}
        return Post("", target, self.channel("help"), message, thread_id=thread), thread if found else ""

    def seen(self, turn: str) -> str | None:
        return self._said.get(turn)

    def members(self, channel: str) -> frozenset[str]:
        """Those who speak in the recording."""
        return TranscriptDirectory(CONFIG, read_transcript(self._path, lambda where, why: None)).members(channel)

    def _never(self, *_: object, **__: object) -> NoReturn:
        raise Cannot("a recording shows what stood in the end: nobody does anything in it")

    edit = delete = react = click = command = whispered = fill_in = _never
