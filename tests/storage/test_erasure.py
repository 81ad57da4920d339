"""Deleted is gone: after a checkpoint no byte of it is left in the database or its log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.events import Deletion
from bot.memory import Memory
from bot.messages import Message, Post, Target
from bot.models import Suggestion
from bot.outcomes import Outcome
from knowledge.models import Hit, Status
from tests.storage.values import CHANNEL, NOW, case, decision, open_thread, post, turn

CANARY = "walrus-77213"
ROOT = f"{CHANNEL}:1.0"


def left(memory: Memory) -> list[str]:
    """Names of the files beside the database that hold the canary, after a checkpoint."""
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    folder = memory.database.path.parent
    return sorted(f.name for f in folder.iterdir() if CANARY.encode() in f.read_bytes())


def crowd(memory: Memory) -> None:
    """Enough other rows that the canary's page is shared."""
    for n in range(50, 90):
        open_thread(memory, turn(f"{n}.0", text=f"question {n}"))


def test_the_search_finds_what_is_there(memory: Memory) -> None:
    open_thread(memory, turn("1.0", text=CANARY))
    assert left(memory) == ["vigil.db"]


@pytest.mark.parametrize("size", [1, 4000])
def test_a_deleted_turn(memory: Memory, size: int) -> None:
    said = turn("1.0", text=f"{CANARY} " * size)
    memory.inbox.put(said, "Ev1", (), NOW)
    (leased,) = memory.inbox.claim("me", NOW, False)
    crowd(memory)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 0, (said,)), NOW, leased.lease)
    memory.inbox.put(Deletion(ROOT, NOW), "Ev2", (), NOW)
    (deletion,) = memory.inbox.claim("me", NOW, False)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, erased=(ROOT,)), NOW, deletion.lease)
    assert left(memory) == []


def test_an_edited_turn(memory: Memory) -> None:
    crowd(memory)
    open_thread(memory, turn("1.0", text=CANARY))
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, (turn("1.0", text="something else"),)), NOW)
    assert left(memory) == []


def test_an_erased_entry(memory: Memory) -> None:
    (entry,) = memory.entries.put([case("file:a", CANARY)], Status.LIVE, "U1", NOW)
    memory.entries.put([case("file:a", f"{CANARY} again")], Status.LIVE, "U1", NOW)
    memory.entries.put([case(f"file:{n}") for n in range(100)], Status.LIVE, "U1", NOW)
    memory.entries.erase([entry.id], NOW)
    assert left(memory) == []


def test_a_post_that_was_sent(memory: Memory) -> None:
    memory.ledger.commit(Outcome(posts=(Post("d1/a", Target.CHANNEL, CHANNEL, Message(CANARY)),)), NOW)
    sending = memory.outbox.claim("me", NOW)
    assert sending is not None
    memory.outbox.sent(sending.lease, f"{CHANNEL}:2.0", NOW)
    assert left(memory) == []


def test_swept_events_and_threads(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0", text=CANARY))
    (entry,) = memory.entries.put([case("file:a")], Status.LIVE, "U1", NOW)
    quoted = Suggestion(CANARY, (Hit(entry, 1.0, 0.7, CANARY, 0.5, 1.0),), 0.7)
    said = replace(decision(1), suggestion=quoted)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, decisions=(said,), posts=(post("d1/answer"),)), NOW)
    memory.inbox.put(turn("9.0"), f"raw-{CANARY}", (f"alias-{CANARY}",), NOW)
    (leased,) = memory.inbox.claim("me", NOW, False)
    memory.ledger.commit(Outcome(), NOW, leased.lease)
    assert memory.broom.sweep_inbox(NOW + 1) == 1
    assert memory.broom.sweep_turns(NOW) == [ROOT]
    assert threads.load(ROOT, CHANNEL, NOW).version == 0
    assert left(memory) == []


def test_the_broom_leaves_what_is_not_past_its_time(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    memory.inbox.put(turn("9.0"), "Ev1", (), NOW)
    assert (memory.broom.sweep_inbox(NOW + 1), memory.broom.sweep_turns(0.5)) == (0, [])
    assert threads.load(ROOT, CHANNEL, NOW).version == 1
