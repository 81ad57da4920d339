"""Times a running Vigil from outside: from what is said in the sandbox to the decision that stands in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from bench_channel import Said

from bot.demo import command
from bot.memory import Memory
from bot.sandbox import Sandbox
from knowledge.models import Audience, Case, Kind, Status

LOOK = 0.002
"""Seconds between two looks at the database: what the figures can be off by."""
PATIENCE = 120.0


@dataclass(slots=True)
class Watch:
    """Notes the monotonic time at which each message's decision can be read; a context manager with its own thread."""

    memory: Memory
    seen: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        last = 0
        while not self._stop.wait(LOOK):
            rows = self.memory.database.read("SELECT seq, turn_id FROM decisions WHERE seq>? ORDER BY seq", (last,))
            now = time.monotonic()
            for seq, turn_id in rows:
                last = seq
                self.seen.setdefault(turn_id.rsplit(":", 1)[-1], now)

    def wait(self, wanted: Sequence[str]) -> None:
        """Return when every message has its decision; raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while missing := [ts for ts in wanted if ts not in self.seen]:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(missing)} of {len(wanted)} messages were not decided upon in {PATIENCE} s")
            time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Played:
    """What one way of speaking cost: seconds from said to decided, seconds to each ack, messages a second in all."""

    decided: list[float]
    acks: list[float]
    stages: Mapping[str, list[float]]
    per_second: float

    def figures(self) -> dict[str, float]:
        """Percentiles in milliseconds, and the rate."""
        of_stages = {f"{name}_p50_ms": percentile(spent, 50) for name, spent in self.stages.items()}
        return {
            "messages": len(self.decided),
            "messages_per_second": round(self.per_second, 1),
            **{f"decided_p{p}_ms": percentile(self.decided, p) for p in (50, 95, 99)},
            **{f"ack_p{p}_ms": percentile(self.acks, p) for p in (50, 99)},
            **of_stages,
        }


def percentile(seconds: Sequence[float], p: int) -> float:
    """A percentile in milliseconds."""
    return round(1000 * float(np.percentile(seconds, p)), 1)


def play(box: Sandbox, watch: Watch, messages: Sequence[Said], per_second: float | None) -> Played:
    """Say the messages at a rate (None: as fast as the workspace takes them) and wait for all decisions."""
    roots, said, spoken_at = dict[str, str](), dict[str, float](), dict[str, float]()
    acks, start = len(box.ack_times), time.monotonic()
    for number, message in enumerate(messages):
        if per_second:
            time.sleep(max(0.0, start + number / per_second - time.monotonic()))
        before, clock = time.monotonic(), time.time()
        ts = box.say(message.channel, message.author, message.text, roots.get(message.thread))
        roots.setdefault(message.thread, ts)
        said[ts], spoken_at[ts] = before, clock
    watch.wait(list(said))
    decided = [watch.seen[ts] - at for ts, at in said.items()]
    rate = len(said) / (max(watch.seen[ts] for ts in said) - start)
    return Played(decided, box.ack_times[acks:], stages(watch, said, spoken_at), rate)


def stages(watch: Watch, said: Mapping[str, float], spoken_at: Mapping[str, float]) -> dict[str, list[float]]:
    """The way of each message in parts: said to stored, stored to thought about, thought about to decided."""
    rows = watch.memory.database.read(
        "SELECT d.turn_id, min(i.received_at), min(d.at) FROM decisions d JOIN inbox_alias a ON a.alias=d.turn_id "
        "JOIN inbox i ON i.id=a.inbox_id WHERE d.kind='suggestion' GROUP BY d.turn_id"
    )
    parts: dict[str, list[float]] = {"stored": [], "waited": [], "thought": []}
    for turn_id, stored, begun in rows:
        ts = turn_id.rsplit(":", 1)[-1]
        if ts in said:
            parts["stored"].append(stored - spoken_at[ts])
            parts["waited"].append(begun - stored)
            parts["thought"].append(watch.seen[ts] - said[ts] - (begun - spoken_at[ts]))
    return {name: spent for name, spent in parts.items() if spent}


def approval(box: Sandbox, memory: Memory, folder: Path) -> dict[str, float]:
    """Approve an entry by the command line; seconds until the running worker's `/vigil search` finds it."""
    title = f"Quasar relay rejects tokens {time.time_ns()}"
    case = Case(Kind.CASE, title, "The quasar relay rejects every token with QSR-771.", "Rotate its signing key.", source=title,
                audience=Audience.of("everyone"), authors=("bench",))  # fmt: skip
    entry = memory.entries.put([case], Status.PROPOSED, "bench", time.time())[0]
    live, found = threading.Event(), [0.0, 0.0]

    def look() -> None:
        while not live.wait(LOOK):
            row = memory.entries.get(entry.id)
            if row is not None and row.status is Status.LIVE:
                found[0] = time.monotonic()
                live.set()

    threading.Thread(target=look, daemon=True).start()
    begun = time.monotonic()
    approving = threading.Thread(target=command, args=(folder, "knowledge", "approve", str(entry.id), "--as", "lead"))
    approving.start()
    live.wait(PATIENCE)
    found[1] = _searched(box, title)
    approving.join()
    return {"approved_to_found_s": round(found[1] - found[0], 3), "command_s": round(time.monotonic() - begun, 2)}


def _searched(box: Sandbox, title: str) -> float:
    """The monotonic time at which an answer to `/vigil search` named the title; asked every 50 ms."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        box.command("help-cloud", "U0BEN", "/vigil", "search QSR-771 quasar relay")
        time.sleep(0.05)
        if any(title in str(answer) for answer in (*box.responses, *box.ephemerals)):
            return time.monotonic()
    raise TimeoutError(f"the approved entry was not found in {PATIENCE} s")
