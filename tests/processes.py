"""A real `vigil run` with its listener and worker processes, on a store of its own, for tests that kill them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo import free_port
from bot.memory import Memory, open_memory
from bot.sandbox import BOT_ID, Sandbox
from bot.sandbox.models import Json

PATIENCE = 60.0
CONFIG = """log_level = "info"
[slack]
base_url = "{api}"
timeout_seconds = 2.0
pace = {pace}
[store]
path = "{folder}/vigil.db"
[embedding]
model = "hashing"
[console]
port = {console}
[jobs]
follow_up_seconds = 1.0
learn_seconds = 1.0
catch_up_seconds = {catch_up}
[defaults]
mode = "public"
threshold = 0.3
evidence = 0.05
hold_minutes = {hold_minutes}
per_channel_per_hour = 1000
cooldown_minutes = 0
repeat_days = 0
"""
GUIDE = """# Uploads

## Upload limit

If the upload of a large file fails with error 413, raise the upload limit: set `max_upload_mb` to 4096 in the
gateway's settings and restart the gateway.
"""
QUESTION = "How do I raise the upload limit? The upload of a large file fails with error 413, case {}."
SABOTAGE = Path(__file__).parent / "sabotage"
PARTS = {"listener": "_listen", "worker": "_work"}


class Processes:
    """One store and the `vigil run` on it, which may be killed and started again.

    `console` are more lines of that section of the configuration. `pace` is the share of Slack's limits that is used: a
    sandbox has none unless a test asks for them.
    """

    def __init__(
        self, box: Sandbox, folder: Path, hold_minutes: float = 0.12, catch_up: float = 5.0, console: str = "",
        pace: float = 1000.0,
    ) -> None:  # fmt: skip
        self.box, self.folder, self.console = box, folder, free_port()
        self.config, self.log, self.orders = folder / "config.toml", folder / "vigil.log", folder / "orders"
        self.config.write_text(
            CONFIG.format(
                api=box.api_url,
                folder=folder,
                console=f"{self.console}\n{console}",
                hold_minutes=hold_minutes,
                catch_up=catch_up,
                pace=pace,
            )
        )
        self.tokens = ("xoxb-sandbox", "xapp-sandbox")
        self.run: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """This process's environment with the tokens that the test chose, and a way to sabotage its processes."""
        path = f"{SABOTAGE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        self.orders.mkdir(exist_ok=True)
        return {**os.environ, "SLACK_BOT_TOKEN": self.tokens[0], "SLACK_APP_TOKEN": self.tokens[1],
                "PYTHONPATH": path, "VIGIL_SABOTAGE": str(self.orders)}  # fmt: skip

    def sabotage(self, part: str, method: str) -> None:
        """Let a method (`module:Class:method`) of "listener" or "worker" hang for ever; the next such process is whole."""
        order = self.orders / f"{PARTS[part]}:{method}"
        order.touch()
        self.until(lambda: not order.exists(), f"a {part} that has {method}")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of Vigil's on this store to its end."""
        line = [sys.executable, "-m", "bot.cli", "--config", str(self.config), *arguments]
        return subprocess.run(
            line,
            env=self.environment(),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )

    def teach(self) -> None:
        """Ingest the one page that answers the question."""
        (self.folder / "uploads.md").write_text(GUIDE)
        done = self.command("ingest", str(self.folder / "uploads.md"))
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start `vigil run`; does not wait."""
        with self.log.open("ab") as log:
            line = [sys.executable, "-m", "bot.cli", "--config", str(self.config), "run"]
            self.run = subprocess.Popen(
                line, env=self.environment(), stdin=subprocess.DEVNULL, stderr=log, start_new_session=True
            )

    def health(self) -> Json:
        """What `/healthz` says; {"ok": False} when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.console}/healthz", timeout=2) as answer:
                found: Json = json.load(answer)
        except urllib.error.HTTPError as unwell:
            found = json.load(unwell)
        except OSError:
            return {"ok": False}
        return found

    def healthy(self) -> bool:
        """Whether `/healthz` says that all is well."""
        return bool(self.health()["ok"])

    def until(self, ready: object, what: str, patience: float = PATIENCE) -> None:
        """Wait till `ready()` is true; the log's end is told when it never is."""
        assert callable(ready)
        end = time.monotonic() + patience
        while not ready():
            assert time.monotonic() < end, f"waited in vain for {what}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)

    def pid(self, part: str) -> int | None:
        """The process id of "listener", "worker" or "supervisor", None when there is none now."""
        if self.run is None or self.run.poll() is not None:
            return None
        if part == "supervisor":
            return self.run.pid
        children = Path(f"/proc/{self.run.pid}/task/{self.run.pid}/children").read_text().split()
        return next((int(pid) for pid in children if PARTS[part] in _command_line(pid)), None)

    def kill(self, part: str) -> bool:
        """`kill -9` one of them; a dead supervisor is started again. False when there was none to kill."""
        pid = self.pid(part)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        if part == "supervisor" and self.run is not None:
            self.run.wait()
            self.start()
        return True

    def stop(self) -> int:
        """End it as an operator would; returns the exit code."""
        if self.run is None:
            return 0
        self.run.terminate()
        return self.run.wait(20)

    def memory(self) -> Memory:
        """The store, to look into."""
        return open_memory(self.folder / "vigil.db")

    def own(self, channel: str) -> list[Json]:
        """Vigil's messages in a channel."""
        return [m for m in self.box.all_messages(channel) if m.get("bot_id") == BOT_ID]


def _command_line(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has just ended
        return ""


@contextmanager
def running(box: Sandbox, folder: Path, pace: float = 1000.0) -> Iterator[Processes]:
    """A Vigil that knows one page and is ready; ended afterwards, whatever happened."""
    found = Processes(box, folder, pace=pace)
    found.teach()
    found.start()
    try:
        found.until(found.healthy, "a healthy start")
        yield found
    finally:
        found.stop()
