"""Rows of recorded chat: lines of JSONL files (plain or .gz), with everything that is a label left behind."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.models import VigilError

LONGEST_LINE = 4_000_000
MOST_BYTES = 2 * 1024**3
GUESSED = ("auto_conv_", "conv_")
ANNOTATED = ("log", "reply_to", "annotated")

OnBad = Callable[[str, str], None]
"""Told of each row that cannot be used: where it stands, and why."""


class TranscriptError(VigilError):
    """The file cannot be replayed; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recorded message as the platform showed it; `place` is its number in the file, from 0, or day and number.

    `thread` names the platform's own thread, "" where there is none. `marks` are the names of its reactions, and
    "resolved" where the platform says so: what people thought of it later. `labelled` tells that somebody's guess at, or
    annotation of, conversations stands in the row: then its thread id is theirs too.
    """

    place: str
    channel: str
    author: str
    text: str
    at: float
    thread: str = ""
    is_bot: bool = False
    system: bool = False
    slack: bool = False
    labelled: bool = False
    files: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()


def read_jsonl(path: Path, on_bad: OnBad) -> Iterator[Row]:
    """The rows of a JSONL file in its order; raises TranscriptError when the file itself cannot be read."""
    try:
        with path.open("rb") as raw, _unpacked(raw, path) as lines:
            number = size = 0
            while line := lines.readline(LONGEST_LINE):
                size += len(line)
                if size > MOST_BYTES:
                    raise TranscriptError(f"{path}: too big; {MOST_BYTES // 1024**3} GB unpacked is the most")
                row = _row(number, line, on_bad)
                if row is not None:
                    yield row
                number += 1
    except (OSError, EOFError, zlib.error) as trouble:
        raise TranscriptError(f"{path}: cannot be read: {trouble}") from None


def _unpacked(raw: Any, path: Path) -> Any:
    return gzip.GzipFile(fileobj=raw) if path.name.endswith(".gz") else io.BufferedReader(raw)


def _row(number: int, line: bytes, on_bad: OnBad) -> Row | None:
    if not line.strip():
        return None
    where = f"line {number + 1}"
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        on_bad(where, "not JSON")
        return None
    why = _lacks(body)
    if why:
        on_bad(where, why)
        return None
    try:
        return _of(str(number), body)
    except (ValueError, OverflowError):
        on_bad(where, f"ts is no time: {str(body['ts'])[:40]!r}")
        return None


def _lacks(body: Any) -> str:
    """What a row lacks to be a message, "" when it is one; a line of the platform's own needs no user."""
    if not isinstance(body, dict):
        return "not a JSON object"
    for name in ("text", "ts", "user"):
        if not isinstance(body.get(name), str) and not (name == "user" and body.get("system")):
            return f"no {name}"
    return "" if body["text"].strip() else "empty text"


def _of(number: str, body: dict[str, Any]) -> Row:
    return Row(
        place=number,
        channel=str(body.get("channel") or "channel"),
        author=str(body.get("user") or "system"),
        text=body["text"],
        at=seconds(body["ts"]),
        thread=str(body.get("thread") or body.get("thread_ts") or ""),
        is_bot=bool(body.get("bot")),
        system=bool(body.get("system")),
        slack="slack_ts" in body,
        labelled=any(name.startswith(GUESSED) or name in ANNOTATED for name in body),
        marks=marks(body),
    )


def marks(body: Mapping[str, Any]) -> frozenset[str]:
    """Names of the reactions to a message, without skin tones, and "resolved" if it is marked so."""
    given = body.get("reactions")
    if isinstance(given, list):
        given = [reaction.get("name") for reaction in given if isinstance(reaction, dict)]
    names = (
        {name.split("::")[0] for name in given if isinstance(name, str)} if isinstance(given, (list, dict)) else set()
    )
    return frozenset(names | ({"resolved"} if body.get("resolved") is True else set()))


def seconds(text: str) -> float:
    """Epoch seconds of an ISO time (UTC where it names no zone) or of Slack's own number; raises ValueError."""
    try:
        return float(text)
    except ValueError:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
