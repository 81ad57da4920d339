"""What is taken over from processes that died, and handed back by those that end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot import app, live_listener
from bot.events import Turn
from bot.memory import Memory, open_memory
from bot.messages import Message, Post, Target
from bot.outcomes import Outcome

NOW = 1_795_000_000.0
CHANNEL = "slack:T1:C1"


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


def test_a_process_id_that_is_used_again_is_another_process() -> None:
    host, pid, _ = app.owner().split(":")
    assert app.gone(f"{host}:{pid}:12345/turns"), "in a container the new worker has the old one's id"


def test_what_is_handed_back_is_free_at_once_and_was_no_attempt(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "vigil.db")
    waiting(memory)
    assert memory.inbox.claim("here:1:2/turns", NOW, False)
    assert memory.outbox.claim("here:1:2/sender", NOW)
    assert memory.leases.hand_back("here:1:2", NOW, 12.0) == 2
    assert memory.inbox.claim("here:9:9/turns", NOW, False)[0].lease.attempts == 1
    assert memory.outbox.claim("here:9:9/sender", NOW) is None
    assert memory.outbox.claim("here:9:9/sender", NOW + 12) is not None
    assert memory.leases.hand_back("here:1:2", NOW, 12.0) == 0, "what others hold stays theirs"


def test_what_kills_whoever_works_on_it_lets_others_go_first_and_is_given_up_in_the_end(tmp_path: Path) -> None:
    memory, now, waits = open_memory(tmp_path / "vigil.db"), NOW, []
    waiting(memory)
    while memory.inbox.backlog() == (1, 0):
        assert memory.inbox.claim("dead", now, False)
        memory.leases.release(lambda _: True, now, 12.0)
        waits.append(memory.database.value("SELECT not_before FROM inbox") - now)
        now += max(0.0, waits[-1])
    assert memory.inbox.backlog() == (0, 1)
    assert [wait > 0 for wait in waits[:5]] == [False, False, False, True, True]
    assert max(waits) == 600.0
    assert "died" in memory.database.value("SELECT error FROM inbox")


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
        live_listener.wake(write_end, live_listener.NEWS)
    os.close(read_end)
    live_listener.wake(write_end, live_listener.NEWS)
    os.close(write_end)
