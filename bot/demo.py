"""The demo: the real bot against the sandbox workspace, with a sample channel played into it at speed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bot.demo_acts import Stage, play
from bot.demo_view import View
from bot.demo_world import TOKENS, World, world
from bot.memory import open_memory
from bot.models import VigilError
from bot.sandbox.history import fill

SAMPLE = Path(__file__).parent / "sandbox" / "sample"
WORKSPACE = SAMPLE / "workspace.json"
RUNBOOKS = "https://docs.northwind.example/runbooks/"
HISTORY_ENDED = 5 * 86_400.0
"""Seconds before now at which the sample channel's recorded history ends: old enough to be filed, not answered."""
READY_SECONDS = 90.0

CONFIG = """log_level = "info"
{chat}
[store]
path = "{folder}/vigil.db"
[console]
port = {console}
[jobs]
follow_up_seconds = 1.0
learn_seconds = 1.0
catch_up_hours = 800.0
catch_up_seconds = {catch_up}
[defaults]
mode = "public"
hold_minutes = 0.05            # three seconds, so that nobody has to wait
follow_up_hours = 0.01         # 36 seconds, for the same reason
cooldown_minutes = 0.05
business_hours = "00:00-24:00"
business_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
helpers = {helpers}
helpers_channel = "support-helpers"
oncall = "{oncall}"
alert_bots = {alert_bots}
[channels.random]
mode = "shadow"
"""
HELPERS = ("U0ANA", "U0KOFI", "U0TOMASZ", "U0PRIYA", "U0MEI", "U0ZHANG", "U0LINA")
ALERTS = {"slack": ("U0ALERT", "B0ALERT"), "lark": ("U0ALERT",)}

SCRIPTED = """
[llm]
enabled = true
base_url = "{url}"
"""


def show(once: bool, port: int, scripted: bool = False, platform: str = "slack") -> int:
    """Play the demo; with `once` end after the summary. Returns the exit code: 0 when everything was seen to happen.

    `scripted` gives Vigil a language model, the sandbox's, which is none: rules answer over the real protocol.
    """
    console = Console()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: the bot is a session of its own and would go on alone
        signal.signal(ending, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="vigil-demo-") as name, world(platform, WORKSPACE, port) as place:
        folder, console_port, secrets = Path(name), free_port(), place.tokens()
        (folder / "config.toml").write_text(config(place, folder, console_port, scripted))
        console.rule(f"[bold]Vigil in a sandbox {'tenant of Lark' if platform == 'lark' else 'workspace'}")
        pages = sum(1 for _ in (SAMPLE / "runbooks").rglob("*.md"))
        console.print(f"Reading {pages} runbook pages into the knowledge base ...", style="dim")
        command(folder, "ingest", str(SAMPLE / "runbooks"), "--base-url", RUNBOOKS, secrets=secrets)
        until = time.time() - HISTORY_ENDED
        count = sum(fill(place, SAMPLE / f"conversations{name}.jsonl", until) for name in ("", "_zh"))
        console.print(f"The workspace holds {count} messages of history. Starting Vigil ...", style="dim")
        with running(folder, console_port, secrets) as since:
            console.print(f"Vigil is listening ({time.monotonic() - since:.1f} s). Page: [link]{place.url}[/link]\n")
            stage = Stage(place, open_memory(folder / "vigil.db"), View(console, *called(place)))
            seen = play(stage, json.loads((SAMPLE / "demo.json").read_text(encoding="utf-8"))["acts"])
            stage.view.summary(seen, stage.memory.decisions.stats(None, 0.0))
            if scripted:
                asked(place, console)
            if not once:
                stay(stage, place.url, console)
            return 0 if all(row.seen for row in seen) else 1


def config(place: World, folder: Path, console_port: int, scripted: bool) -> str:
    """The configuration of the bot that is shown."""
    helpers, alerts = ([place.person(user) for user in users] for users in (HELPERS, ALERTS[place.name]))
    # Lark tells an app nothing of other bots' messages: alerts are found in the history.
    text = CONFIG.format(chat=place.config(), catch_up=5.0 if place.name == "lark" else 300.0, folder=folder, console=console_port, helpers=json.dumps(helpers),
                         oncall=place.person("S0ONCALL"), alert_bots=json.dumps(alerts))  # fmt: skip
    return text + (SCRIPTED.format(url=place.url) if scripted else "")


def called(place: World) -> tuple[dict[str, str], dict[str, str]]:
    """What people and channels of the sample are called, by every id that they have."""
    sample = json.loads(WORKSPACE.read_text(encoding="utf-8"))
    people = {name: user["name"] for user in sample["users"] for name in (user["id"], place.person(user["id"]))}
    return people, {channel["id"]: channel["name"] for channel in sample["channels"]}


def asked(place: World, console: Console) -> None:
    """Tell what the scripted model was asked."""
    tasks = Counter(request.task for request in place.box.llm.requests)
    told = ", ".join(f"{task} {count}" for task, count in tasks.most_common()) or "nothing"
    console.print(f"The scripted model was asked: {told}.", style="dim")


def stay(stage: Stage, url: str, console: Console) -> None:
    """Leave the page open and go on telling what Vigil does, until Ctrl-C."""
    console.print(f"\nNow it is your turn: open [bold]{url}[/bold], choose whom to speak as, and ask. Ctrl-C ends it.")
    try:
        while True:
            stage.tell()
            time.sleep(0.1)
    except KeyboardInterrupt:
        console.print("\nGood-bye; nothing is left behind.")


def environment(secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment of a bot that talks to the sandbox."""
    return {**os.environ, **secrets, "ANTHROPIC_API_KEY": "sandbox"}


def command(folder: Path, *arguments: str, secrets: Mapping[str, str] = TOKENS) -> None:
    """Run one Vigil command on the demo's store; raises VigilError when it fails."""
    line = [sys.executable, "-m", "bot.cli", "--config", str(folder / "config.toml"), *arguments]
    if subprocess.run(line, env=environment(secrets), check=False).returncode:
        raise VigilError(f"the demo could not run: vigil {arguments[0]} (its line above says why)")


@contextmanager
def running(folder: Path, console_port: int, secrets: Mapping[str, str] = TOKENS) -> Iterator[float]:
    """A running `vigil run`, ready to listen; gives the monotonic time at which it was started, and ends it afterwards."""
    since = time.monotonic()
    with (folder / "vigil.log").open("wb") as log:
        line = [sys.executable, "-m", "bot.cli", "--config", str(folder / "config.toml"), "run"]
        process = subprocess.Popen(line, env=environment(secrets), stderr=log, start_new_session=True)
        try:
            wait_ready(process, console_port, folder / "vigil.log")
            yield since
        finally:
            process.terminate()
            process.wait(15)


def wait_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until `/healthz` says that all is well; raises VigilError with the log's end when that fails."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise VigilError("Vigil did not get ready; the end of its log:\n" + log.read_text(errors="replace")[-1500:])


def free_port() -> int:
    """A port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
