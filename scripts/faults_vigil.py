"""The Vigil of a fault trial: real processes on a store of their own, which are killed, kept down and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from faults_load import HELPERS
from faults_stage import Stage, lasting_port

from bot.memory import Memory, open_memory
from tests.processes import Processes

ROOT = Path(__file__).parent.parent
CRASH = Path(__file__).parent / "faults_crash"
CONFIG = """log_level = "info"
{chat}
[store]
path = "{folder}/vigil.db"
[embedding]
model = "hashing"
[console]
port = {console}
[jobs]
follow_up_seconds = 1.0
learn_seconds = 2.0
catch_up_seconds = 10.0
curate_seconds = 5.0
[defaults]
mode = "public"
threshold = 0.3
evidence = 0.05
hold_minutes = 0.0
helpers = {helpers}
helpers_channel = "desk"
oncall = "{oncall}"
per_channel_per_hour = 1000000
per_thread_per_hour = 1000
cooldown_minutes = 0
repeat_days = 0
business_hours = "00:00-24:00"
business_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ask_solved = false
[channels.hold]
hold_minutes = {hold}
[channels.stale]
evidence = 0.95
follow_up_hours = {stale}
[channels.desk]
mode = "shadow"
"""
HOLD_SECONDS, STALE_SECONDS = 3.0, 6.0
PARTS = ("supervisor", "listener", "worker")


class Vigil(Processes):
    """`vigil run` on a stage. It is kept running: whoever kills the supervisor has it started again."""

    def __init__(self, stage: Stage, folder: Path, more: str = "") -> None:
        """`more` is added to the configuration."""
        super().__init__(stage, folder)
        self.stage, self.points = stage, folder / "points"
        self.points.mkdir()
        self.died_by_itself, self.console = 0, lasting_port()
        hours = {"hold": HOLD_SECONDS / 60, "stale": STALE_SECONDS / 3600}
        people = {"helpers": json.dumps([stage.id_of(name) for name in HELPERS]), "oncall": stage.id_of("S0ONCALL")}
        self.config.write_text(
            CONFIG.format(chat=stage.section(), folder=folder, console=self.console, **hours, **people) + more
        )
        self._memory: Memory | None = None

    def environment(self) -> dict[str, str]:
        """The tokens, this very source tree, and the folder from which crash points are armed."""
        path = os.pathsep.join([str(CRASH), str(ROOT), os.environ.get("PYTHONPATH", "")])
        return {
            **super().environment(),
            **self.stage.secrets(),
            "PYTHONPATH": path,
            "VIGIL_CRASH_POINTS": str(self.points),
        }

    def learn(self, guide: str) -> None:
        """Read the document that answers the load's questions."""
        (self.folder / "guide.md").write_text(guide)
        done = self.command("ingest", str(self.folder / "guide.md"))
        assert done.returncode == 0, done.stderr

    def memory(self) -> Memory:
        """The store, opened once by the thread of the trial."""
        if self._memory is None:
            self._memory = open_memory(self.folder / "vigil.db")
            self.stage.know(self._memory.database)
        return self._memory

    def strike(self, part: str) -> bool:
        """`kill -9` a part, or "everything" at once; False when there was nothing to kill."""
        if part != "everything":
            return self.kill(part)
        found = [pid for name in PARTS if (pid := self.pid(name)) is not None]
        for pid in found:
            _kill(pid)
        if self.run is not None:
            self.run.wait()
        return bool(found)

    def revive(self) -> None:
        """Start it when it does not run; a Vigil that ended without being asked to is counted."""
        if self.run is not None and self.run.poll() not in (None, 0, -signal.SIGKILL, -signal.SIGTERM):
            self.died_by_itself += 1
            self.stage.note(f"vigil run ended by itself with {self.run.returncode}")
        if self.run is None or self.run.poll() is not None:
            self.start()

    def terminate(self) -> float:
        """SIGTERM, as an operator would; returns the seconds that it took to end."""
        began = time.monotonic()
        if self.run is not None:
            self.run.terminate()
            self.run.wait(60)
        return time.monotonic() - began

    def arm(self, point: str, passage: int) -> None:
        """Let the process that passes `point` for the `passage`-th time from now on die there."""
        (self.points / f"{point}.new").write_text(str(passage))
        (self.points / f"{point}.new").rename(self.points / point)

    def disarm(self, point: str) -> None:
        """Take the point back."""
        (self.points / point).unlink(missing_ok=True)

    def hits(self) -> list[str]:
        """The points at which a process died so far, in order of time."""
        notes = sorted(self.points.glob("*.hit"), key=lambda path: int(path.name.split(".")[2]))
        return [path.name.split(".")[0] for path in notes]

    def spoil_cache(self) -> None:
        """Write nonsense over the middle of the index cache, if there is one."""
        cache = self.folder / "vigil.index"
        if cache.exists():
            with cache.open("r+b") as file:
                file.seek(cache.stat().st_size // 2)
                file.write(b"\0nonsense\0" * 20)

    def close(self) -> None:
        """End it for good, at any price."""
        try:
            self.terminate()
        except subprocess.TimeoutExpired:
            self.strike("everything")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
