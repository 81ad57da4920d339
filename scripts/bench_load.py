#!/usr/bin/env python3
"""Loads a running Vigil with the talk of many channels, some of it slow to answer: what is lost, late, or left behind."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from bench_load_vigil import supervise, work
from bench_load_world import play

from bot import demo
from bot.jobs import caught_up
from bot.memory import Memory, open_memory

CONFIG = """log_level = "warning"
[slack]
base_url = "{api}"
[store]
path = "{folder}/vigil.db"
[embedding]
model = "{model}"
[console]
port = {port}
[defaults]
mode = "public"
"""
GUIDE = """# Uploads

## Upload limit

If the upload of a large file fails with error 413, raise the upload limit: set `max_upload_mb` to 4096 in the
gateway's settings and restart the gateway.
"""
SAMPLE_SECONDS, PATIENCE, WARM_UP, CAUGHT_UP = 5.0, 900.0, 0.2, 120.0
ACK_MS = 300.0
"""What promise 15 allows."""


@contextmanager
def world(options: argparse.Namespace, count: int, rate: float) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The workspace's process and what it prints."""
    line = [sys.executable, __file__, "--world"]
    line += [str(value) for value in (rate, count, options.channels, options.share)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(30)


@contextmanager
def vigil(folder: Path, api: str, options: argparse.Namespace) -> Iterator[subprocess.Popen[bytes]]:
    """A Vigil that knows one page, ready; ended afterwards."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(api=api, folder=folder, model=options.embedder, port=demo.free_port()))
    (folder / "uploads.md").write_text(GUIDE)
    demo.command(folder, "ingest", str(folder / "uploads.md"))
    line = [sys.executable, __file__, "--supervise", str(config), str(options.answer_seconds)]
    memory = open_memory(folder / "vigil.db")
    with (folder / "vigil.log").open("wb") as log:
        process = subprocess.Popen(line, env=demo.environment(demo.TOKENS), stderr=log, start_new_session=True)
        try:
            end = time.monotonic() + CAUGHT_UP
            while not memory.runs.fact(caught_up.FACT) and time.monotonic() < end:
                time.sleep(0.2)
            yield process
        finally:
            begun = time.monotonic()
            process.terminate()
            process.wait(15)
            print(f"vigil ended in {time.monotonic() - begun:.1f} s", file=sys.stderr)


def children(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """The process ids of listener and worker."""
    pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    named = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in pids}
    return {"listener" if "_listen" in line else "worker": int(pid) for pid, line in named.items()}


def usage(pids: dict[str, int]) -> dict[str, float]:
    """Megabytes, threads and open files of each process, and seconds of processor time so far."""
    found: dict[str, float] = {}
    for name, pid in pids.items():
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        found |= {
            f"{name}_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1),
            f"{name}_threads": int(status["Threads"]),
            f"{name}_files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
            f"{name}_cpu_s": sum(map(int, times[11:13])) / os.sysconf("SC_CLK_TCK"),
        }
    return found


def trial(options: argparse.Namespace, rate: float, minutes: float) -> dict[str, Any]:
    """One run at a rate; everything that is to be known of it."""
    count = round(rate * minutes)
    with tempfile.TemporaryDirectory(prefix="vigil-load-") as name, world(options, count, rate) as (people, told):
        folder = Path(name)
        with vigil(folder, json.loads(told.readline())["api"], options) as process:
            memory, pids = open_memory(folder / "vigil.db"), children(process)
            samples, heard = watched(memory, pids, people, told)
            drained = empty(memory)
            sizes = sum(file.stat().st_size for file in folder.glob("vigil.db*")) / 2**20
            found = summary(memory, heard, samples, rate, minutes)
            found |= {"entries": memory.database.value("SELECT count(*) FROM entries")}
            found |= {"drained_s": round(drained - heard["ended"], 1), "database_mb": round(sizes, 1)}
            found["restarts"] = sum(pid not in children(process).values() for pid in pids.values())
        log = (folder / "vigil.log").read_text().splitlines()
        found["log"] = {"lines": len(log), "first": log[:3]}
    return found


def watched(
    memory: Memory, pids: dict[str, int], people: subprocess.Popen[str], told: IO[str]
) -> tuple[list[dict[str, float]], dict[str, Any]]:
    """Let people talk, and look now and then at what Vigil uses and what waits; then what the workspace saw."""
    heard: dict[str, Any] = {}

    def listen() -> None:
        for line in told:
            heard.update(json.loads(line))

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    people.stdin.write("go\n")  # type: ignore[union-attr]
    people.stdin.flush()  # type: ignore[union-attr]
    samples = []
    while "acks" not in heard and listening.is_alive():
        samples.append(usage(pids) | {"at": time.time(), "open": memory.inbox.backlog()[0]})
        print(f"\r{json.dumps(samples[-1])[:150]}", end="", file=sys.stderr)
        time.sleep(SAMPLE_SECONDS)
    print(file=sys.stderr)
    return samples, heard


def empty(memory: Memory) -> float:
    """The time at which both boxes were empty."""
    end = time.monotonic() + PATIENCE
    while memory.inbox.backlog()[0] or memory.outbox.backlog()[0]:
        if time.monotonic() > end:
            return float("inf")
        time.sleep(0.1)
    return time.time()


def summary(
    memory: Memory, heard: dict[str, Any], samples: Sequence[dict[str, float]], rate: float, minutes: float
) -> dict[str, Any]:
    """The figures of one run."""
    known = {row[0] for row in memory.database.read("SELECT id FROM turns")}
    rows = memory.database.read(
        "SELECT d.at-i.received_at, d.asked FROM decisions d JOIN inbox_alias a ON a.alias=d.turn_id "
        "JOIN inbox i ON i.id=a.inbox_id WHERE d.kind='suggestion' GROUP BY d.turn_id HAVING min(d.seq)"
    )
    waited = [1000 * row[0] for row in rows]
    while_talking = [s for s in samples if s["at"] <= heard["ended"]] or list(samples)
    settled = while_talking[int(WARM_UP * len(while_talking)) :]
    flat = {
        f"{key}_{when}": s[key]
        for key in ("listener_mb", "worker_mb")
        for when, s in (("early", settled[0]), ("end", settled[-1]))
    }
    seconds = max(1.0, samples[-1]["at"] - samples[0]["at"])
    return {
        "rate_per_minute": rate, "minutes": minutes,
        "lost": sum(turn not in known for turn in heard.pop("timestamps")),
        **heard, "inbox": memory.inbox.backlog(), "outbox": memory.outbox.backlog(),
        "thought_begins_p50_ms": round(float(np.percentile(waited, 50)), 1),
        "thought_begins_p99_ms": round(float(np.percentile(waited, 99)), 1),
        "backlog_max": max(s["open"] for s in samples), **flat,
        "worker_mb_by_minute": [s["worker_mb"] for s in samples[:: round(60 / SAMPLE_SECONDS)]],
        **{key: max(s[key] for s in samples) for key in ("worker_threads", "worker_files", "listener_threads", "listener_files")},
        **{key: round(samples[-1][key] / seconds, 2) for key in ("listener_cpu_s", "worker_cpu_s")},
    }  # fmt: skip


def holds(found: dict[str, Any]) -> bool:
    """Whether a run kept the promise, and its people spoke in time."""
    clean = not (found["lost"] or found["unanswered"] or found["answered_twice"] or found["not_acknowledged"])
    return clean and found["ack_p99_ms"] < ACK_MS and found["drained_s"] < 30 and found["speaker_late_s"] < 5


def main() -> None:
    """Read the command line and measure; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, nargs="+", default=[4000.0], help="messages a minute, one run each")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--channels", type=int, default=40)
    parser.add_argument("--share", type=float, default=0.05, help="of messages that ask Vigil itself")
    parser.add_argument("--answer-seconds", type=float, default=5.0, help="what the stubbed answerer takes")
    parser.add_argument("--embedder", default="hashing", help='"" takes the model that ships with Vigil')
    options = parser.parse_args()
    runs = []
    for rate in options.rate:
        runs.append(trial(options, rate, options.minutes))
        print(json.dumps(runs[-1]), file=sys.stderr)
    held = [found["rate_per_minute"] for found in runs if holds(found)]
    print(json.dumps({"cores": os.cpu_count(), "embedder": options.embedder or "shipped", "highest_that_holds": max(held, default=0),
                      "runs": runs}))  # fmt: skip


if __name__ == "__main__":
    parts = {"--world": play, "--supervise": supervise, "--work": work}  # what runs in processes of its own
    if sys.argv[1:2] and sys.argv[1] in parts:
        parts[sys.argv[1]](*sys.argv[2:])
    else:
        main()
