#!/usr/bin/env python3
"""Shows what a message costs as threads and entries pile up: one long channel, measured near 1k, 10k and 100k threads."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench_channel import channel, write
from rich.console import Console
from rich.table import Table

from bot import app, engine
from bot.config import Config, Embedding, Rules
from bot.memory import Memory, open_memory
from bot.platforms.transcript import read_transcript
from bot.replay import Replay
from bot.replay_progress import Progress
from bot.replay_world import OwnTime, SimulatedClock, TimedInbox, TimedLedger, TranscriptDirectory

WINDOW = 2048  # messages over which a point of the curve is the mean
STAGES = ("triage", "search", "shelve", "suggest", "inbox", "commit", "load")


@dataclass(slots=True)
class Curve:
    """Hears how many messages were played; at each wanted number of threads it notes what the last window cost."""

    memory: Memory
    stages: OwnTime
    wanted: list[int]
    progress: Progress
    points: list[dict[str, Any]]
    before: dict[str, float]
    since: float
    worked: float

    def __call__(self, played: int) -> None:
        """One more message was played."""
        self.progress(played)
        if played % WINDOW or not self.wanted:
            return
        now = time.perf_counter()
        threads = int(self.memory.database.value("SELECT count(*) FROM threads"))
        if threads >= self.wanted[0]:
            self.points.append(self._point(threads, played, now - self.since, time.process_time() - self.worked))
            sys.stderr.write(json.dumps(self.points[-1]) + "\n")  # a long run may be ended after any point
            self.wanted.pop(0)
        self.before, self.since = dict(self.stages.seconds), time.perf_counter()
        self.worked = time.process_time()

    def _point(self, threads: int, played: int, seconds: float, worked: float) -> dict[str, Any]:
        spent = {name: value - self.before.get(name, 0.0) for name, value in self.stages.seconds.items()}
        return {
            "threads": threads,
            "messages": played,
            "entries": int(self.memory.database.value("SELECT count(*) FROM entries WHERE status='live'")),
            "ms_per_message": _each(seconds - spent.get("embedding", 0.0)),
            "cpu_ms_per_message": _each(worked),  # what other work on the machine hardly touches
            "stages_ms": {name: _each(spent.get(name, 0.0)) for name in STAGES},
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def _each(seconds: float) -> float:
    return round(1000 * seconds / WINDOW, 3)


def measure(threads: Sequence[int], folder: Path) -> list[dict[str, Any]]:
    """Play one channel that is long enough, with a stand-in for the embedding model, whose time is left out anyway."""
    file, memory = folder / "generated.jsonl", open_memory(folder / "bench.db", durable=False)
    write(channel(_messages(threads[-1])), file)
    transcript = read_transcript(file, lambda where, why: None)
    eager = Rules(hold_minutes=0.0, threshold=0.3)  # so that many messages go the whole way, search included
    config, stages = Config(embedding=Embedding(model="hashing"), defaults=eager), OwnTime()
    timed = replace(
        memory, inbox=TimedInbox(memory.database, stages), ledger=TimedLedger(memory.database, stages)
    )  # fmt: skip
    clock, model = SimulatedClock(transcript.turns[0].sent_at), app.embedder(config)
    memory.channels.put(transcript.channels, clock())
    knowledge = app.knowledge_base(config, memory, model, None)
    knowledge.refresh()
    run = Replay(timed, clock, stages, config.defaults.follow_up_hours)
    directory = TranscriptDirectory(config, transcript)
    parts = engine.build(config, timed, knowledge, model, {}, directory, clock, "bench", stages, run.committed)
    with Progress("messages", len(transcript.turns)) as progress:
        curve = Curve(memory, stages, list(threads), progress, [], {}, time.perf_counter(), time.process_time())
        run.play(parts, transcript.turns, curve)
    return curve.points


def _messages(threads: int) -> int:
    """How many messages of the endless channel hold so many threads, and a window more."""
    some = channel(2000)
    return int(threads * len(some) / len({said.thread for said in some})) + 2 * WINDOW


def show(points: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    table = Table("threads", "entries", "ms a message", "processor", *(f"… {name}" for name in STAGES), "memory")
    for p in points:
        spent = [f"{p['stages_ms'][name]:.3f}" for name in STAGES]
        table.add_row(
            f"{p['threads']:,}",
            f"{p['entries']:,}",
            f"{p['ms_per_message']:.2f}",
            f"{p['cpu_ms_per_message']:.2f}",
            *spent,
            f"{p['memory_mb']:,} MB",
        )
    Console(width=120).print(table)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="points, rising")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        points = measure(sorted(options.threads), Path(folder))
    print(json.dumps({"points": points})) if options.json else show(points)


if __name__ == "__main__":
    main()
