"""Deleted is gone: after a checkpoint no byte of it is left in the database or its log."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.events import Deletion, Edit
from bot.memory import Memory, open_memory
from bot.messages import Message, Post, Target
from bot.models import Suggestion
from bot.outcomes import Erasure, Outcome
from bot.storage.base import LeaseLost
from bot.storage.codec import pack
from bot.storage.migrating import MIGRATIONS
from knowledge.models import Hit, Kind, Status
from tests.storage.values import CHANNEL, NOW, case, decision, open_thread, opening, post, turn

CANARY = "walrus-77213"
ROOT = f"{CHANNEL}:1.0"


def left(memory: Memory) -> list[str]:
    """Names of the files beside the database that hold the canary, after a checkpoint."""
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    folder = memory.database.path.parent
    return sorted(f.name for f in folder.iterdir() if CANARY.encode() in f.read_bytes())


def search(memory: Memory) -> None:
    """As if nothing else had been made of the words that are on the list of erasures."""
    assert [erasure.gone for erasure in memory.erasures.open() if CANARY in erasure.gone]
    memory.erasures.searched([erasure.id for erasure in memory.erasures.open()])


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
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, erased=(Erasure("turn", ROOT, "deleted"),)), NOW, deletion.lease)
    search(memory)
    assert left(memory) == []


def test_an_edited_turn(memory: Memory) -> None:
    crowd(memory)
    open_thread(memory, turn("1.0", text=CANARY))
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, (turn("1.0", text="something else"),)), NOW)
    search(memory)
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
    assert memory.erasures.past(NOW, NOW) == 1
    memory.erasures.take_thread(memory.erasures.open()[0], NOW)
    search(memory)
    memory.erasures.remove_threads([ROOT], whole=False)
    memory.erasures.done([erasure.id for erasure in memory.erasures.open()], NOW)
    assert threads.load(ROOT, CHANNEL, NOW).version == 0
    assert left(memory) == []


def test_the_broom_leaves_what_is_not_past_its_time(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    memory.inbox.put(turn("9.0"), "Ev1", (), NOW)
    assert (memory.broom.sweep_inbox(NOW + 1), memory.erasures.past(0.5, NOW)) == (0, 0)
    assert threads.load(ROOT, CHANNEL, NOW).version == 1


def test_a_reply_whose_deletion_is_worked_on_first_is_never_stored(memory: Memory) -> None:
    reply = turn("1.5", "1.0", "bob", CANARY)
    memory.inbox.put(reply, reply.id, (), NOW)
    memory.inbox.put(Edit(reply.id, f"{CANARY}!", NOW), "Ev2", (f"{reply.id}:edit:2.000000",), NOW)
    (late,) = memory.inbox.claim("me", NOW, False, 1)
    memory.ledger.commit(Outcome(erased=(Erasure("turn", reply.id, "deleted", "platform"),)), NOW)
    with pytest.raises(LeaseLost):
        memory.ledger.commit(opening(reply), NOW, late.lease)
    assert memory.inbox.claim("me", NOW + 100, False, 9) == []
    assert not memory.inbox.put(reply, "told again by history", (), NOW)
    assert left(memory) == []


def test_a_thread_that_people_had_forgotten_is_not_heard_again_and_one_past_its_time_is(memory: Memory) -> None:
    for ts, why in (("1.0", "forgotten"), ("2.0", "retention")):
        open_thread(memory, turn(ts))
        memory.erasures.request(Erasure("thread", f"{CHANNEL}:{ts}", why, "hal"), NOW)
    assert not memory.inbox.put(turn("9.0", "1.0"), "a", (), NOW)
    assert memory.inbox.put(turn("9.1", "2.0"), "b", (), NOW)


def test_a_thread_that_wakes_while_its_time_runs_out_keeps_what_is_new(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0", text=CANARY))
    memory.erasures.past(NOW, NOW)
    memory.erasures.take_thread(memory.erasures.open()[0], NOW)
    version = threads.load(ROOT, CHANNEL, NOW).version
    memory.ledger.commit(Outcome(ROOT, CHANNEL, version, (turn("9.0", "1.0", "amy", "once more"),)), NOW)
    search(memory)
    memory.erasures.remove_threads([ROOT], whole=False)
    assert [t.text for t in threads.load(ROOT, CHANNEL, NOW).turns] == ["", "once more"]
    assert left(memory) == []


@pytest.mark.parametrize(
    "table", ["vectors", "entry_versions", "shown", "feedback", "reactions", "inbox_alias", "outbox", "decisions"]
)
def test_what_points_to_nothing_is_counted_and_swept(memory: Memory, table: str) -> None:
    assert memory.erasures.orphans() == {}
    row = {
        "vectors": "(7, 1, 'm', 0, '')", "entry_versions": "(7, 1, 'live', '{}', 'me', 1)", "feedback": "('d1', 'amy', 1, '', 1, 1)",
        "shown": "('d1', 7, 1, 'nowhere', 'c', 1, 1, 1, 0.5, x'')",
        "reactions": "('t', 'amy', '+1', 1, 'nowhere')", "inbox_alias": "('a', 99)",
        "outbox": "(1, 'case-7/1', '', 'c', 'sent', 0, 0, '', 0, 1, 1, 't', '', 0)",
        "decisions": "(1, 'd', 't', 'nowhere', 'c', 'k', 'a', 1, 1, '', 1, 1, '', 0, '', '', '', NULL, '')",
    }[table]  # fmt: skip
    memory.database.write(f"INSERT INTO {table} VALUES {row}")
    assert memory.erasures.orphans() == {table: 1}
    assert memory.erasures.sweep() == 1
    assert memory.erasures.orphans() == {}


def test_a_store_from_before_knows_which_cases_rest_on_which_turns(tmp_path: Path) -> None:
    taught = replace(case("thread:x"), kind=Kind.CASE, turns=("a", "b"))
    old = sqlite3.connect(tmp_path / "vigil.db")
    old.executescript((MIGRATIONS / "0001_start.sql").read_text(encoding="utf-8") + "PRAGMA user_version=1;")
    for number, kept in enumerate((taught, replace(taught, kind=Kind.PRECEDENT))):
        old.execute("INSERT INTO entry_versions VALUES (?,1,'live',?,'me',1)", (number, pack(kept)))
    old.commit()
    old.close()
    memory = open_memory(tmp_path / "vigil.db")
    assert [memory.erasures.cases_on(turn_id) for turn_id in "abc"] == [[0], [0], []]
