"""The supervisor's word on health, and what it takes over from processes that died."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot import app, live
from bot.events import Turn
from bot.memory import Memory, open_memory
from bot.messages import Message, Post, Target
from bot.outcomes import Outcome
from bot.storage.base import STARTING
from bot.supervisor import Child, Supervisor

NOW = 1_795_000_000.0
CHANNEL = "slack:T1:C1"


def fared(note: str, beat_at: float) -> bool:
    """What /healthz says of one living child, started at NOW, with that heartbeat."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        child = Child("worker", [], 0, process, started_at=NOW)
        well = Supervisor([child], lambda: {"worker": (beat_at, note)}, lambda: NOW + 5).health()["ok"]
        process.communicate(b"\n")
    return bool(well)


def test_a_child_is_well_once_it_is_at_work_itself() -> None:
    assert fared("ready", NOW + 1)
    assert not fared(STARTING, NOW + 1)
    assert not fared("ready", NOW - 1), "the heartbeat of the process before"


def dead() -> str:
    """The name under which a process that has ended held its leases."""
    ended = subprocess.run(
        [sys.executable, "-c", "from bot import app; print(app.owner())"], capture_output=True, text=True, check=True
    )
    return f"{ended.stdout.strip()}/turns"


def test_only_a_process_of_this_machine_that_ended_is_gone() -> None:
    assert app.gone(dead())
    assert not app.gone(f"{app.owner()}/sender")
    assert not app.gone(f"elsewhere.example:{os.getpid()}:1/sender")


def waiting(memory: Memory) -> None:
    memory.inbox.put(Turn(f"{CHANNEL}:1.0", f"{CHANNEL}:1.0", CHANNEL, "amy", "hello", NOW), "r1", (), NOW)
    memory.ledger.commit(Outcome(posts=(Post("d1/suggestion", Target.CHANNEL, CHANNEL, Message("hello")),)), NOW)


def test_what_the_dead_held_is_free_at_once_and_looked_for_before_it_is_sent_again(tmp_path: Path) -> None:
    memory, owner = open_memory(tmp_path / "vigil.db"), dead()
    waiting(memory)
    assert memory.inbox.claim(owner, NOW, False)
    assert memory.outbox.claim(owner, NOW)
    assert memory.leases.release(app.gone, NOW, 12.0) == 1
    assert memory.inbox.claim("me", NOW, False)
    assert memory.outbox.claim("me", NOW) is None
    sending = memory.outbox.claim("me", NOW + 12)
    assert sending is not None
    assert sending.unknown


def test_what_the_living_hold_stays_theirs(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "vigil.db")
    waiting(memory)
    assert memory.inbox.claim(f"{app.owner()}/turns", NOW, False)
    assert memory.leases.release(app.gone, NOW, 12.0) == 0
    assert not memory.inbox.claim("me", NOW, False)


def test_a_pipe_that_nobody_empties_does_not_hold_up_the_listener() -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    for _ in range(100_000):
        live.wake(write_end, live.NEWS)
    os.close(read_end)
    live.wake(write_end, live.NEWS)
    os.close(write_end)
