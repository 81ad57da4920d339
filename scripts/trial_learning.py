#!/usr/bin/env python3
"""Learns from 10,000 threads, undisturbed and under kill -9, and says how long it took and whether both know the same."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from learning_world import HERE, PACE, START, store, talks
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from bot import app
from bot.config import Config, Embedding
from bot.dialogue.cards import Cards
from bot.jobs.introducing import Introductions
from bot.jobs.learn import Librarian
from bot.memory import Memory, open_memory
from bot.messages import Channel
from bot.platforms.transcript import Transcript
from bot.replay_world import TranscriptDirectory
from bot.storage.threads import SqliteThreads

LOOK = 0.5  # seconds between two looks at how far the child has come
LEFT = "SELECT (SELECT count(*) FROM threads WHERE shelved<version), (SELECT count(*) FROM threads WHERE state='resolved' AND learned_version=0)"


def main() -> int:
    """Run the trial and print one JSON line; 0 when nothing was lost and nothing learned twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", choices=("hashing", "real"), default="hashing")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.work:
        learn(wanted.work, wanted.model)
        return 0
    with tempfile.TemporaryDirectory() as name:
        told = trial(Path(name), wanted)
    print(json.dumps(told))
    return 0 if told["same"] and not told["left"] else 1


def trial(folder: Path, wanted: argparse.Namespace) -> dict[str, Any]:
    """Fill a store, learn from one copy undisturbed and from the other under kills, and compare."""
    with Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  console=Console(stderr=True)) as bars:  # fmt: skip
        calm, hurt = folder / "calm", folder / "hurt"
        fill(calm, wanted.threads, wanted.seed, bars)
        shutil.copytree(calm, hurt)
        seconds, _ = drive(calm, wanted, 0.0, bars, "learning")
        shaken, kills = drive(hurt, wanted, seconds, bars, f"learning under {wanted.kills} kills")
    memories = [open_memory(place / "vigil.db") for place in (calm, hurt)]
    known = [learned(memory) for memory in memories]
    return {
        "threads": wanted.threads, "kills": kills, "model": wanted.model, "seconds": round(seconds, 1),
        "seconds_under_kills": round(shaken, 1), "threads_per_second": round(wanted.threads / seconds, 1),
        "left": sum(sum(memory.database.read(LEFT)[0]) for memory in memories), "same": known[0] == known[1],
        **{name: known[1][name] for name in ("cases", "precedents", "versions")},
        "sources_twice": len(known[1]["bodies"]) - len({source for source, *_ in known[1]["bodies"]}),
    }  # fmt: skip


def fill(folder: Path, threads: int, seed: int, bars: Progress) -> None:
    """Write the threads to a new store, without waiting for the disk."""
    memory = open_memory(folder / "vigil.db")
    memory.database.value("PRAGMA synchronous=OFF")
    for talk in bars.track(talks(threads, seed), threads, description="writing threads"):
        store(memory, talk)
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()


def drive(folder: Path, wanted: argparse.Namespace, expected: float, bars: Progress, what: str) -> tuple[float, int]:
    """Let a child learn until nothing is left; where `expected` seconds are given, kill it at random moments.

    Returns the seconds taken and how often it was killed.
    """
    dice = random.Random(wanted.seed)
    moments = sorted(dice.uniform(0.02, 0.95) * expected for _ in range(wanted.kills)) if expected else []
    database = open_memory(folder / "vigil.db").database
    total, began, killed = sum(database.read(LEFT)[0]), time.monotonic(), 0
    bar = bars.add_task(what, total=total)
    child = start(folder, wanted)
    while child.poll() is None or killed > 0 > child.returncode:
        if child.poll() is not None:
            child = start(folder, wanted)
        time.sleep(min(LOOK, max(0.01, moments[0] + began - time.monotonic())) if moments else LOOK)
        if moments and time.monotonic() - began >= moments[0] and child.poll() is None:
            child.kill()  # our own child, by its id
            child.wait()
            killed, moments = killed + 1, moments[1:]
        bars.update(bar, completed=total - sum(database.read(LEFT)[0]))
    if child.returncode:
        raise SystemExit(f"the learning process failed with {child.returncode}")
    return time.monotonic() - began, killed


def start(folder: Path, wanted: argparse.Namespace) -> subprocess.Popen[bytes]:
    """A process of its own that learns."""
    return subprocess.Popen([sys.executable, __file__, "--work", str(folder), "--model", wanted.model])


def learn(folder: Path, model: str) -> None:
    """The child's work: the real librarian over the real store, until nothing is left."""
    memory = open_memory(folder / "vigil.db")
    config = Config(embedding=Embedding(model="hashing" if model == "hashing" else ""))
    knowledge = app.knowledge_base(config, memory, app.embedder(config), folder / "vigil.index")
    office = TranscriptDirectory(config, Transcript("sim", (Channel(HERE, "help", team="sim:T1"),), (), False, {}))
    now: Callable[[], float] = lambda: START + 20_000 * PACE + 30 * 86_400  # noqa: E731 - long after the last word
    threads = SqliteThreads(memory.database, office.helpers, office.audience, office.threaded)
    introductions = Introductions(Cards(office, knowledge, memory.curation), knowledge, office, memory.curation, now)
    librarian = Librarian(threads, memory.ledger, knowledge, memory.entries, office, now, introductions)
    while sum(memory.database.read(LEFT)[0]):
        librarian.run()
    knowledge.save_cache()


def learned(memory: Memory) -> dict[str, Any]:
    """Everything that was made of the threads, apart from numbers that depend on the order of writing."""
    read = memory.database.read
    bodies = read("SELECT source, kind, status, version, body FROM entries ORDER BY source")
    return {
        "bodies": [(source, kind, status, version, hashlib.sha256(body.encode()).hexdigest())
                   for source, kind, status, version, body in bodies],
        "cases": sum(row[1] == "case" for row in bodies), "precedents": sum(row[1] == "precedent" for row in bodies),
        "versions": read("SELECT count(*) FROM entry_versions")[0][0],
        "vectors": read("SELECT count(*), sum(passages) FROM vectors"), "posts": read("SELECT count(*) FROM outbox"),
        "orphans": memory.erasures.orphans(),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
