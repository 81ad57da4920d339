#!/usr/bin/env python3
"""A disk of its own fails under a running Vigil, full, failing and locked by turns: what was lost, doubled and logged, as JSON."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Sandbox, Workspace
from tests.processes import QUESTION, Processes, running

LOCKING = """import sys, time, pysqlite3
connection = pysqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(600)"""
Trouble = Callable[[Processes], Any]


@contextmanager
def disk(megabytes: int) -> Iterator[Path]:
    """A small disk in memory; only root can make one."""
    with tempfile.TemporaryDirectory(prefix="vigil-disk-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


@contextmanager
def full(vigil: Processes) -> Iterator[None]:
    """Not a byte is left, for the log neither."""
    filler = vigil.folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as enough:
                sys.stderr.write(f"{enough.strerror}\n")
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def failing(vigil: Processes) -> Iterator[None]:
    """Every write to a file fails with an input/output error, in processes started meanwhile too; the log's as well."""
    limit(vigil, 0)
    try:
        yield
    finally:
        for _ in range(4):  # one that is just being started may have the limit of the one that starts it
            limit(vigil, resource.RLIM_INFINITY)
            time.sleep(0.5)


def limit(vigil: Processes, size: int) -> None:
    for part in ("supervisor", "listener", "worker"):
        pid = vigil.pid(part)
        if pid is not None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def locked(vigil: Processes) -> Iterator[None]:
    """Another program holds the write lock."""
    line = [sys.executable, "-c", LOCKING, str(vigil.folder / "vigil.db")]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield
        finally:
            holder.kill()


def say(vigil: Processes, said: list[str], count: int) -> None:
    for _ in range(count):
        said.append(vigil.box.say("C0HELP", "U0BEN" if len(said) % 2 else "U0CLEO", QUESTION.format(len(said))))


def through(vigil: Processes, said: list[str], trouble: Trouble, seconds: float) -> dict[str, Any]:
    """Say something while there is trouble, a message a second, with a worker and a listener killed meanwhile."""
    lines, began = len(vigil.log.read_text().splitlines()), len(said)
    with trouble(vigil):
        until, dead = time.monotonic() + seconds, ["worker", "listener"]
        while time.monotonic() < until:
            say(vigil, said, 1)
            time.sleep(1.0)
            if dead and len(said) > began + seconds / 2:
                vigil.kill(dead.pop())
        well = vigil.healthy()
    ended = time.monotonic()
    vigil.box.wait_acked(120)
    memory = vigil.memory()
    vigil.until(
        lambda: len(answered(vigil)) >= len(said) and memory.inbox.backlog() == memory.outbox.backlog() == (0, 0),
        "an answer to all", 120,
    )  # fmt: skip
    vigil.until(vigil.healthy, "health", 120)
    return {
        "trouble": trouble.__name__, "seconds": seconds, "said": len(said) - began, "healthy_meanwhile": well,
        "well_after": round(time.monotonic() - ended, 1), "log_lines": len(vigil.log.read_text().splitlines()) - lines,
        **verdict(vigil, said),
    }  # fmt: skip


def answered(vigil: Processes) -> Counter[str]:
    return Counter(str(m.get("thread_ts")) for m in vigil.own("C0HELP"))


def verdict(vigil: Processes, said: list[str]) -> dict[str, Any]:
    """Counted over all that was ever said."""
    memory = vigil.memory()
    heard = {row[0].rsplit(":", 1)[1] for row in memory.database.read("SELECT id FROM turns WHERE flags&2=0")}
    return {
        "lost": len(set(said) - heard), "silent": len(set(said) - set(answered(vigil))),
        "doubled": sum(count > 1 for count in answered(vigil).values()),
        "integrity": memory.database.value("PRAGMA integrity_check"),
    }  # fmt: skip


def main() -> int:
    """Read the command line, run, and print; 0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0, help="how long each trouble lasts")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    workspace = Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 300)
    said: list[str] = []
    with Sandbox(workspace) as box, disk(64) as folder, running(box, folder) as vigil:
        say(vigil, said, 5)
        box.wait_acked(60)
        found = [
            through(vigil, said, trouble, options.seconds)
            for _ in range(options.rounds)
            for trouble in (full, failing, locked)
        ]
    bad = [row for row in found if row["lost"] or row["silent"] or row["doubled"] or row["integrity"] != "ok"]
    print(json.dumps({"messages": len(said), "rounds": found, "ok": not bad}))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
