"""A running Vigil notices what is deaf or stuck in it, tells of it, mends it, and ends within seconds when asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Hang, Sandbox, Workspace
from tests.processes import QUESTION, Processes

SHORT = 'ops_channel = "#random"\ndeaf_seconds = 5\nstuck_seconds = 3\nprobe_seconds = 1'


@pytest.fixture(scope="module")
def vigil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """One Vigil for all tests here, in their order; its limits are short, its patience with Slack is long."""
    with Sandbox(Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 60)) as box:
        box.join("random", "vigil")
        found = Processes(box, tmp_path_factory.mktemp("deaf"), console=SHORT)
        found.config.write_text(found.config.read_text().replace("timeout_seconds = 2.0", "timeout_seconds = 25.0"))
        found.teach()
        found.start()
        try:
            found.until(found.healthy, "a healthy start")
            yield found
        finally:
            found.stop()


def recorded(vigil: Processes, ts: str) -> bool:
    return bool(vigil.memory().database.value("SELECT 1 FROM turns WHERE id LIKE ?", (f"%:C0HELP:{ts}",)))


def whys(vigil: Processes) -> str:
    return " ".join(vigil.health().get("why", []))


def ops(vigil: Processes) -> str:
    return " ".join(str(message["text"]) for message in vigil.own("C0RANDOM"))


def test_a_probe_comes_through(vigil: Processes) -> None:
    vigil.until(lambda: "probe/slack" in vigil.health()["last"], "a probe")
    assert vigil.health()["dropped"] == 0


def test_a_loop_that_hangs_while_the_worker_lives_is_noticed_told_and_mended(vigil: Processes) -> None:
    worker = vigil.pid("worker")
    vigil.sabotage("worker", "bot.dialogue.mind:Mind:respond")
    said = vigil.box.say("C0HELP", "U0BEN", "can anybody hear me?")
    vigil.until(lambda: "turns has been at one step" in whys(vigil), "word of it")
    vigil.until(lambda: recorded(vigil, said) and vigil.healthy(), "what was said")
    assert vigil.pid("worker") != worker
    vigil.until(lambda: "turns has been at one step" in ops(vigil), "word in the ops channel")
    assert vigil.health()["children"]["worker"]["restarts"] == 1


def test_a_listener_that_stands_still_is_replaced(vigil: Processes) -> None:
    listener = vigil.pid("listener")
    assert listener is not None
    os.kill(listener, signal.SIGSTOP)
    said = vigil.box.say("C0HELP", "U0BEN", "and now?")
    vigil.until(lambda: vigil.health()["children"]["slack"]["restarts"] == 1, "a new listener")
    assert "was not well" in vigil.health()["children"]["slack"]["last_end"]
    vigil.until(lambda: recorded(vigil, said) and vigil.healthy(), "what was said")


def test_it_ends_at_once_while_a_send_hangs_and_hands_back_what_it_holds(vigil: Processes) -> None:
    vigil.box.faults.next("chat.postMessage", Hang(60, applied=True))
    vigil.box.say("C0HELP", "U0BEN", f"<@U0VIGIL> {QUESTION.format(1)}")
    vigil.until(lambda: any(point == "chat.postMessage" for point, _ in vigil.box.faults.struck), "the send")
    run = vigil.run
    assert run is not None
    run.send_signal(signal.SIGINT)
    assert run.wait(10) == 0, "the promise is ten seconds"
    assert "did not end in time" not in vigil.log.read_text()
    database = vigil.memory().database
    assert database.read("SELECT state, lease_until, not_before>? FROM outbox WHERE state!='sent'", (time.time(),)) == [
        ("sending", 0, 1)
    ]
    assert database.value("SELECT count(*) FROM inbox WHERE state='open' AND lease_until>0") == 0


@pytest.mark.timeout(100)
def test_the_demo_ends_by_a_signal_with_all_that_it_started(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    line = [sys.executable, "-u", "-m", "bot.cli", "demo"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as demo:
        assert demo.stdout is not None
        assert any("Starting Vigil" in row for row in demo.stdout)
        (folder,) = tmp_path.glob("vigil-demo-*")
        vigils(folder, 1)
        demo.terminate()
        demo.stdout.read()
        demo.wait(20)
    vigils(folder, 0)
    assert not folder.exists()


def vigils(folder: Path, count: int) -> None:
    """Wait till there are so many processes that run Vigil on a configuration in that folder (at least, or none)."""
    end = time.monotonic() + 30
    while True:
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        found = sum(str(folder).encode() in line for line in lines)
        if found >= count if count else not found:
            return
        assert time.monotonic() < end, f"{found} processes, not {count}"
        time.sleep(0.05)
