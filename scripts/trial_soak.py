#!/usr/bin/env python3
"""A compressed soak: messages of months through the real engine on a simulated clock, and what grows of memory, files and disk."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from soak_world import Mouth, Team, guides, months

from bot import app, engine
from bot.config import Config, Embedding, StoreSettings
from bot.engine import Engine
from bot.events import Turn, natural_key
from bot.memory import Memory, open_memory
from bot.replay_progress import Progress
from bot.replay_world import SimulatedClock
from bot.stages import Stages
from knowledge.library import KnowledgeBase
from knowledge.models import Status

START = 1_790_000_000.0
HOUR, DAY = 3600.0, 86_400.0
POINTS = 20
LOG_MB = 64.0
LASTING = ("audit", "series", "told")  # kept for good, or for 800 days: a line for what people did, a few counts a day
ROOM = 1.15  # what may be added in the second half, when as much goes as comes: noise, not growth


@dataclass(slots=True)
class Soak:
    """One run: the engine on a store of its own, and what was measured."""

    memory: Memory
    parts: Engine
    clock: SimulatedClock
    mouth: Mouth
    knowledge: KnowledgeBase
    points: list[dict[str, Any]] = field(default_factory=list)
    errands_at: float = 0.0
    night_at: float = 0.0

    def heard(self, at: float, event: Any) -> None:
        """Something happens: what fell due before it is done first."""
        while self.errands_at <= at:
            self.errands()
        self.clock.move_to(at)
        self.memory.inbox.put(event, f"Ev{natural_key(event)}", (natural_key(event),), at)
        self.settle()

    def settle(self) -> None:
        """Work until nothing is left that can be done now."""
        parts = self.parts
        while parts.worker.step() or parts.worker.wake_due() or parts.sender.step():
            for own in self.mouth.said:
                self.memory.inbox.put(own, own.id, (), self.clock())
            self.mouth.said.clear()

    def errands(self) -> None:
        """Every hour what runs every minute, and every night what runs every hour."""
        self.clock.move_to(self.errands_at)
        self.errands_at += HOUR
        parts = self.parts
        runs = [parts.follow_ups.run, parts.librarian.run, parts.reviews.run, parts.curator.run, self.knowledge.refresh]
        if self.errands_at >= self.night_at:
            self.night_at += DAY
            runs += [self.approve, parts.retention.run, parts.watch.run, parts.gap_posts.run]
        for run in runs:
            run()
            self.settle()
        while parts.eraser.step() or self.memory.erasures.open():
            self.clock.move_to(self.clock() + 5.0)  # it looks again when what was under way has settled
            self.settle()

    def approve(self) -> None:
        """A helper lets every other case that was proposed go live, and rejects the rest."""
        for entry in self.knowledge.store.with_status(Status.PROPOSED):
            if entry.id % 2:
                self.knowledge.approve(entry.id, "kim", self.clock())
            else:
                self.knowledge.reject(entry.id, "kim", self.clock())

    def point(self, messages: int) -> None:
        """Measure."""
        gc.collect()
        path, value = self.memory.database.path, self.memory.database.value
        pages = {name: int(value(f"PRAGMA {name}")) for name in ("page_count", "freelist_count", "page_size")}
        self.points.append({
            "messages": messages,
            "days": round((self.clock() - START) / DAY, 1),
            "rss_mb": round(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1),
            "files": len(os.listdir("/proc/self/fd")),
            "threads": threading.active_count(),
            "database_mb": round(path.stat().st_size / 1e6, 1),
            "free_mb": round(pages["freelist_count"] * pages["page_size"] / 1e6, 1),
            "lasting_mb": round(sum(map(self._bytes, LASTING)) / 1e6, 1),
            "log_mb": round(Path(f"{path}-wal").stat().st_size / 1e6, 1),
            "rows": {t: n for t in self._tables() if (n := int(value(f"SELECT count(*) FROM {t}")))},
        })  # fmt: skip
        sys.stderr.write(json.dumps(self.points[-1]) + "\n")  # a long run may be ended after any point

    def _bytes(self, table: str) -> int:
        """What a table holds, without what the database adds to it."""
        columns = self.memory.database.read(f"SELECT name FROM pragma_table_info('{table}')")
        lengths = "+".join(f"coalesce(octet_length({row[0]}),0)" for row in columns)
        return int(self.memory.database.value(f"SELECT coalesce(sum({lengths}),0) FROM {table}"))

    def _tables(self) -> list[str]:
        names = self.memory.database.read(
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'"
        )
        return sorted(row[0] for row in names)


def begun(folder: Path, retention: float, seed: int) -> Soak:
    """A Vigil on an empty store, at work for a team that does not exist."""
    store = StoreSettings(path=str(folder / "soak.db"), retention_days=retention)
    config, clock, mouth = Config(embedding=Embedding(model="hashing"), store=store), SimulatedClock(START), Mouth()
    memory, team, model = open_memory(Path(store.path)), Team(config), app.embedder(config)
    knowledge = app.knowledge_base(config, memory, model, app.cache_path(config))
    knowledge.refresh()
    knowledge.put(guides(seed), "soak", START)
    post = mouth.post
    mouth.post = lambda post_: post(post_, clock())  # type: ignore[method-assign]
    parts = engine.build(
        config, memory, knowledge, model, {"sim": mouth}, team, clock, "soak", Stages(), lambda _: None  # type: ignore[dict-item]
    )  # fmt: skip
    return Soak(memory, parts, clock, mouth, knowledge, errands_at=START, night_at=START)


def verdict(soak: Soak, retention: float, seconds: float) -> dict[str, Any]:
    """The figures; `flat` says whether anything grew over the second half of the run, though as much went as came."""
    half, last = soak.points[len(soak.points) // 2 - 1], soak.points[-1]
    grew = [name for name in ("rss_mb", "files", "threads") if last[name] > half[name] * ROOM]
    grew += ["log_mb"] * (last["log_mb"] > LOG_MB)
    if retention:
        passing = [point["database_mb"] - point["lasting_mb"] for point in (half, last)]
        grew += ["database_mb"] * (passing[1] > passing[0] * ROOM)
        rows = {name: number for name, number in last["rows"].items() if name not in LASTING}
        grew += [name for name, number in rows.items() if number > max(100, half["rows"].get(name, 0)) * ROOM]
    return {
        "messages": last["messages"], "days": last["days"], "retention_days": retention, "posts": soak.mouth.posts,
        "seconds": round(seconds), "database_mb": last["database_mb"], "lasting_mb": last["lasting_mb"],
        "log_mb": last["log_mb"],
        "database_mb_per_100000": round(last["database_mb"] * 100_000 / last["messages"], 1),
        "rss_mb": [point["rss_mb"] for point in soak.points], "files": last["files"], "threads": last["threads"],
        "backlog": [soak.memory.inbox.backlog(), soak.memory.outbox.backlog()], "rows": last["rows"], "grew": grew,
        "integrity": soak.memory.database.value("PRAGMA integrity_check"), "flat": not grew,
    }  # fmt: skip


def main() -> int:
    """Read the command line, run, and print; 0 when nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--days", type=float, default=120.0, help="simulated days over which they are spread")
    parser.add_argument("--retention", type=float, default=30.0, help="[store] retention_days; 0 keeps everything")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the store lies meanwhile")
    options = parser.parse_args()
    began, played, every = time.monotonic(), 0, max(1, options.messages // POINTS)
    with tempfile.TemporaryDirectory(prefix="vigil-soak-", dir=options.folder) as folder:
        soak = begun(Path(folder), options.retention, options.seed)
        with Progress("messages", options.messages) as progress:
            for at, event in months(options.messages, options.days, START, options.seed):
                soak.heard(at, event)
                if isinstance(event, Turn):
                    played += 1
                    progress(played)
                    if not played % every:
                        soak.point(played)
        found = verdict(soak, options.retention, time.monotonic() - began)
    print(json.dumps(found))
    return 0 if found["flat"] and found["integrity"] == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
