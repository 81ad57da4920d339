"""Reads when the threads of a recording were marked as resolved, from the file of threads that may lie beside it."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.platforms.transcript_rows import TranscriptError, seconds

ENDINGS = (".jsonl.gz", ".jsonl")
LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Resolved:
    """A thread (the id of its root turn) was marked as resolved at `at` (epoch seconds), by its asker or by somebody else."""

    at: float
    thread_id: str
    by_asker: bool


def read_resolved(path: Path, roots: Mapping[str, str]) -> tuple[Resolved, ...]:
    """The marks told by NAME.threads.jsonl(.gz) beside the recording, in order of time; none where there is no such file.

    Each line names `thread`, `resolved_at` (ISO time, null for never) and perhaps `resolved_by` ("asker" or other);
    `roots` leads from the recording's own thread ids to root turns, and threads that it lacks are left out. Raises
    TranscriptError in one line on a file that cannot be read.
    """
    ending = next((ending for ending in ENDINGS if path.name.endswith(ending)), None)
    beside = path.with_name(f"{path.name.removesuffix(ending)}.threads{ending}") if ending else path
    if ending is None or not beside.exists():
        return ()
    found = [
        Resolved(at, roots[thread], by == "asker")
        for thread, at, by in _rows(beside)
        if at is not None and thread in roots
    ]
    return tuple(sorted(found, key=lambda mark: (mark.at, mark.thread_id)))


def _rows(path: Path) -> Iterator[tuple[str, float | None, str]]:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.name.endswith(".gz")
            else path.open(encoding="utf-8") as lines
        ):
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST), ""), start=1):
                if line.strip():
                    yield _row(path, number, line)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as trouble:
        raise TranscriptError(f"{path}: cannot be read: {trouble}") from None


def _row(path: Path, number: int, line: str) -> tuple[str, float | None, str]:
    try:
        body: dict[str, Any] = json.loads(line)
        at = body.get("resolved_at")
        return str(body["thread"]), seconds(str(at)) if at else None, str(body.get("resolved_by") or "")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        why = "each line needs a thread and the time resolved_at (or null)"
        raise TranscriptError(f"{path}: line {number} cannot be used: {why}") from None
