#!/usr/bin/env python3
"""Measures search at scale on this machine: time, recall, memory, load, and searching while everything changes."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from bench_search_changes import change
from bench_search_world import BATCH, DIM, Drawn, Figures, Report, World, base_at, seconds, spread
from rich.console import Console
from rich.progress import Progress

from bot.memory import open_memory
from knowledge.cachefile import load
from knowledge.index import VectorIndex
from knowledge.lexical import Lexical
from knowledge.models import Status
from knowledge.tokens import tokens

QUERIES = 500
RECALLED = 200  # queries whose vector arm is compared with looking at everything
SHARES = (1.0, 0.1, 0.01)


def build(folder: Path, entries: int, report: Report) -> Figures:
    """Fill a store, index it from nothing and write the cache."""
    world = World()
    embedder, store = Drawn(world), open_memory(folder / "vigil.db").entries
    for start in range(0, entries, BATCH):
        cases = [world.case(number) for number in range(start, min(entries, start + BATCH))]
        put = store.put(cases, Status.LIVE, "bench", 1.0)
        rows = world.vectors([entry.case.passages()[0] for entry in put])
        store.save_vectors([(entry, row[np.newaxis]) for entry, row in zip(put, rows, strict=True)], embedder.model)
        report("fill the store", start + len(cases), entries)
    base = base_at(folder, embedder)
    report("index it", 0, 1)
    index_s = seconds(base.refresh)
    save_s = seconds(base.save_cache)
    report("index it", 1, 1)
    size = (folder / "vectors").stat().st_size
    return {"build_s": round(index_s, 1), "save_s": round(save_s, 2), "cache_mb": round(size / 1e6)}


def serve(folder: Path, report: Report) -> Figures:
    """Start from the cache as a worker does, then put questions one after the other."""
    embedder = Drawn(World())
    questions = World().queries(2 * QUERIES)
    embedder.remember([question.text for question in questions])
    empty = resident()
    base = base_at(folder, embedder)
    load_s = seconds(base.refresh)
    for question in questions[QUERIES:]:
        base.search(question)
    for question in questions[:QUERIES]:
        tokens(question.text)  # in a worker triage has cut the message into words before it is searched for
    times, busy = list[float](), list[float]()
    for number, question in enumerate(questions[:QUERIES]):
        before = time.thread_time()
        times.append(seconds(lambda: base.search(question)))  # noqa: B023
        busy.append(time.thread_time() - before)
        report("search", number + 1, QUERIES)
    memory = {
        "entries": base.size,
        "load_s": round(load_s, 2),
        "rss_mb": round(resident()),
        "index_mb": round(resident() - empty),
    }
    return {**memory, "search_ms": spread(times), "search_cpu_ms": spread(busy)}


def recall(folder: Path, report: Report) -> Figures:
    """The vector arm against looking at everything, and the keyword arm against adding everything up."""
    found = load(folder / "vectors", lambda head: True)
    if found is None:
        raise SystemExit(f"{folder / 'vectors'}: the cache is damaged")
    index, lexical, full = VectorIndex.of(DIM, found[1]), Lexical.of(found[1]), Lexical.of(found[1], postings=10**12)
    questions, rng = World().queries(RECALLED, seed=5), np.random.default_rng(6)
    highest = int(found[1]["shelf"].max())
    vectors, masks = World().vectors([q.text for q in questions]), [rng.random(highest + 1) < share for share in SHARES]
    shares = {}
    for number, (share, mask) in enumerate(zip(SHARES, masks, strict=True)):
        pairs = [(index.search(v, mask, 10), index.search(v, mask, 10, exact=True)) for v in vectors]
        kept = [
            len({m.entry_id for m in near} & {m.entry_id for m in best}) / max(1, len(best)) for near, best in pairs
        ]
        shares[f"{share:.0%}"] = round(float(np.mean(kept)), 4)
        report("recall", number + 1, len(SHARES) + 1)
    words = [
        ({i for i, _ in lexical.search(q.text, None, 10)}, {i for i, _ in full.search(q.text, None, 10)})
        for q in questions
    ]
    agree = float(np.mean([len(some & every) / max(1, len(every)) for some, every in words]))
    report("recall", len(SHARES) + 1, len(SHARES) + 1)
    arms = {"vector_ms": spread([seconds(lambda: index.search(v, masks[0], 50)) for v in vectors])}  # noqa: B023
    arms["words_ms"] = spread([seconds(lambda: lexical.search(q.text, masks[0], 50)) for q in questions])  # noqa: B023
    return {
        "recall_at_10": shares["100%"],
        "recall_at_10_by_share": shares,
        "words_agree_at_10": round(agree, 4),
        **arms,
    }


def resident() -> float:
    """Megabytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def part(work: Callable[..., Figures], *arguments: Any) -> Figures:
    """Run one part in this (fresh) process, with its progress on standard error."""
    with Progress(console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            task = tasks.setdefault(what, None) or bars.add_task(what, total=total)
            tasks[what] = task
            bars.update(task, completed=done)

        return work(*arguments, report)


def alone(work: Callable[..., Figures], *arguments: Any) -> Figures:
    """Run one part in a process of its own, so that memory and load time are a restarted worker's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(part, work, *arguments).result()


def measure(folder: Path, entries: int, changes: int) -> Figures:
    """All parts, the store being built where the folder has none."""
    figures: Figures = {"entries": entries, "load_average": round(os.getloadavg()[0], 1)}
    if not (folder / "vectors").exists():
        figures |= alone(build, folder, entries)
    figures |= alone(serve, folder)
    figures |= alone(recall, folder)
    if changes:
        copy = Path(tempfile.mkdtemp(prefix="changed-", dir=folder))
        for name in ("vigil.db", "vectors"):
            shutil.copy(folder / name, copy / name)
        figures["while_changing"] = alone(change, copy, entries, changes)
        figures["afterwards"] = {**alone(serve, copy), **alone(recall, copy)}
        shutil.rmtree(copy)
    return figures


def main() -> None:
    """Run every part and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=272_325)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument(
        "--keep", type=Path, help="a folder for the store and the cache, to be used again by the next run"
    )
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigil-search-") as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(folder, options.entries, options.changes)
    sys.stdout.write(json.dumps(figures, indent=None if options.json else 2) + "\n")


if __name__ == "__main__":
    main()
