"""The audit log: append-only, and every tampering shows."""

from __future__ import annotations

import hashlib
import json

import pytest

from bot.memory import Memory, open_memory
from bot.outcomes import MERGED, PROPOSED, REFUSED, Act, Erasure, Outcome
from bot.storage.sqlite import StoreError
from tests.storage.values import NOW

ACTS = [Act(f"U{n}", "approve", f"entry {n}", n % 2 == 0) for n in range(1, 6)]


@pytest.fixture
def written(memory: Memory) -> Memory:
    for act in ACTS[:3]:
        memory.audit.append(act, NOW)
    memory.ledger.commit(Outcome(acts=tuple(ACTS[3:])), NOW)
    return memory


def test_the_log_tells_what_became_of_each_thread(memory: Memory) -> None:
    for thread, action in (
        ("t1", f"{REFUSED}no reply"),
        ("t2", PROPOSED),
        ("t1", MERGED),
        ("t3", f"{REFUSED}too thin"),
    ):
        memory.audit.append(Act("vigil", action, thread, True), NOW)
    memory.audit.append(Act("U1", "resolve", "t2", True), NOW)
    assert memory.audit.learned() == [("t3", f"{REFUSED}too thin", NOW), ("t1", MERGED, NOW), ("t2", PROPOSED, NOW)]


def test_an_untouched_log_is_whole(memory: Memory, written: Memory) -> None:
    assert written.audit.broken_at() is None
    assert len(written.database.read("SELECT * FROM audit")) == 5


def test_an_empty_log_is_whole(memory: Memory) -> None:
    assert memory.audit.broken_at() is None


@pytest.mark.parametrize("sql", ["UPDATE audit SET actor='x' WHERE seq=2", "DELETE FROM audit WHERE seq=2"])
def test_the_database_forbids_changes(written: Memory, sql: str) -> None:
    with pytest.raises(StoreError, match="append-only"):
        written.database.read(sql)
    assert written.audit.broken_at() is None


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE audit SET actor='x' WHERE seq=2", 2),
        ("UPDATE audit SET allowed=1-allowed WHERE seq=5", 5),
        ("UPDATE audit SET at=at+1 WHERE seq=1", 1),
        ("UPDATE audit SET hash='' WHERE seq=5", 5),
        ("DELETE FROM audit WHERE seq=1", 2),
        ("DELETE FROM audit WHERE seq=3", 4),
        ("UPDATE audit SET seq=9 WHERE seq=3", 4),
        ("INSERT INTO audit (seq, at, actor, action, object, allowed, previous, hash) SELECT 9, at, actor, action, object, allowed, previous, hash FROM audit WHERE seq=1", 9),
    ],
)  # fmt: skip
def test_tampering_shows(written: Memory, sql: str, line: int) -> None:
    unguarded(written)
    written.database.read(sql)
    assert written.audit.broken_at() == line


def unguarded(memory: Memory) -> None:
    """Without the triggers: somebody who edits the file is not held by them."""
    for (trigger,) in memory.database.read("SELECT name FROM sqlite_schema WHERE type='trigger' AND tbl_name='audit'"):
        memory.database.read(f"DROP TRIGGER {trigger}")


def test_cut_off_lines_show(written: Memory) -> None:
    """The last lines can be cut off without breaking the chain; the table's own counter remembers them."""
    unguarded(written)
    written.database.read("DELETE FROM audit WHERE seq>3")
    assert written.audit.broken_at() == 4


def test_a_rolled_back_line_is_no_missing_one(written: Memory) -> None:
    with pytest.raises(StoreError):
        written.ledger.commit(Outcome(acts=(ACTS[0], Act("U1", "mute", None, True))), NOW)  # type: ignore[arg-type]
    assert written.audit.broken_at() is None


def test_writers_of_several_processes_make_one_chain(written: Memory) -> None:
    other = open_memory(written.database.path)
    for n in range(10):
        (other if n % 2 else written).audit.append(Act("U9", "mute", str(n), True), NOW + n)
    assert other.audit.broken_at() is None


def forgotten(memory: Memory, person: str) -> list[str]:
    """Who acted, line by line, after somebody was forgotten."""
    number = memory.erasures.request(Erasure("person", person, "requested"), NOW)
    memory.persons.rename(person, f"erased-{number}", NOW)
    return [row[0] for row in memory.database.read("SELECT actor FROM audit ORDER BY seq")]


def test_an_erased_persons_lines_stand_without_the_name(written: Memory) -> None:
    assert forgotten(written, "U2") == ["U1", "erased-1", "U3", "U4", "U5", "vigil", "vigil"]
    assert written.audit.broken_at() is None
    assert not written.database.read("SELECT 1 FROM audit WHERE actor='erased-1' AND salt!=''")


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE audit SET actor='U9' WHERE seq=2", 2),
        ("UPDATE audit SET actor='U9', salt='00' WHERE seq=2", 2),
        ("UPDATE audit SET allowed=1-allowed WHERE seq=2", 2),
        ("UPDATE audit SET digest='' WHERE seq=2", 2),
    ],
)
def test_tampering_with_such_lines_shows_too(written: Memory, sql: str, line: int | None) -> None:
    forgotten(written, "U2")
    unguarded(written)
    written.database.read(sql)
    assert written.audit.broken_at() == line


@pytest.mark.parametrize(
    "sql", ["UPDATE audit SET actor='erased-x'", "UPDATE audit SET actor='erased-1', salt='', allowed=1"]
)
def test_only_a_name_may_go(written: Memory, sql: str) -> None:
    with pytest.raises(StoreError, match="append-only"):
        written.database.read(f"{sql} WHERE seq=3")


def test_lines_from_before_the_digests_are_proven_until_their_name_goes(memory: Memory) -> None:
    previous = ""
    for number in (1, 2, 3):
        row = (NOW, f"U{number}", "mute", "x", 1, previous)
        previous = hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()
        memory.database.write(
            "INSERT INTO audit (at, actor, action, object, allowed, previous, hash) VALUES (?,?,?,?,?,?,?)", (*row, previous)
        )  # fmt: skip
    memory.audit.append(ACTS[0], NOW)
    assert memory.audit.broken_at() is None
    assert forgotten(memory, "U2") == ["U1", "erased-1", "U3", "U1", "vigil", "vigil"]
    assert memory.audit.broken_at() is None
