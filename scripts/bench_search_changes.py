"""The part of the search bench in which everything changes while searches go on."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench_search_world import BATCH, CHANNELS, Drawn, Figures, Report, World, base_at, seconds, spread

from bot.memory import open_memory
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Query, Status

QUERIES = 500
POLL = 0.25  # seconds between two looks at the store, as the worker takes them
PAUSE = 0.01  # seconds between two searches
PROBE = 1_000  # changes between two whose way into the search is timed


def change(folder: Path, entries: int, changes: int, report: Report) -> Figures:
    """Search on and on while another process adds, edits and retires, and a thread takes it over as the worker does."""
    embedder, questions = Drawn(World()), World().queries(QUERIES, seed=9)
    embedder.remember([question.text for question in questions])
    base, stop = base_at(folder, embedder), threading.Event()
    base.refresh()

    context = multiprocessing.get_context("spawn")
    heard, turn = context.Queue(), context.Semaphore(1)

    def follow() -> None:
        while not stop.wait(POLL):
            if base.refresh():
                turn.release()

    writer = context.Process(target=write, args=(folder, entries, changes, heard, turn))
    follower = threading.Thread(target=follow)
    writer.start()
    follower.start()
    times, seen, probes, done = list[float](), list[float](), dict[str, float](), 0
    while (done < changes and writer.exitcode in (None, 0)) or (probes and time.time() < max(probes.values()) + 10):
        question = questions[len(times) % len(questions)]
        times.append(seconds(lambda: base.search(question)))  # noqa: B023
        while not heard.empty():
            done, word, since = heard.get()
            probes |= {word: since} if word else {}
            report("change", done, changes)
        seen += _arrived(base, probes)
        time.sleep(PAUSE)
    stop.set()
    follower.join()
    writer.join()
    save_s = seconds(base.save_cache)
    visible = {
        "p50": round(float(np.median(seen or [0])), 2),
        "most": round(max(seen, default=0), 2),
        "seen": len(seen),
        "lost": len(probes),
    }
    return {
        "changes": changes,
        "search_ms": spread(times),
        "searches": len(times),
        "visible_s": visible,
        "save_s": round(save_s, 2),
    }


def write(folder: Path, entries: int, changes: int, heard: Any, turn: Any) -> None:
    """In a process of its own: two of five changes are new entries, two new texts of known ones, one is retired.

    A batch is written when the one before was taken over: what is measured is search, not how long a queue grows.
    """
    world, store = World(), open_memory(folder / "vigil.db").entries
    for start in range(0, changes, BATCH):
        numbers = range(start, min(changes, start + BATCH))
        cases = [world.case(entries + n if n % 5 < 2 else (n * 7919) % entries, n + 1) for n in numbers if n % 5 < 4]
        turn.acquire()
        retired = {1 + (n * 104_729) % entries for n in numbers if n % 5 == 4}
        store.change_state(sorted(retired), Status.RETIRED, "bench", 2.0)
        first = store.put(cases, Status.LIVE, "bench", 3.0)[0]
        probe = first.case.resolution.split()[-1] if start % PROBE == 0 else ""
        heard.put((numbers[-1] + 1, probe, time.time()))


def _arrived(base: KnowledgeBase, probes: dict[str, float]) -> list[float]:
    """Seconds that each probe took which can be found by now; it is no probe any more."""
    everyone, found = Audience.of("everyone", *(f"channel:{number}" for number in range(CHANNELS))), []
    for word, since in list(probes.items()):
        if any(word in hit.entry.case.resolution for hit in base.search(Query(word, everyone, limit=100))):
            found.append(time.time() - since)
            del probes[word]
    return found
