"""The database file: settings, migrations, and every way in which it cannot be used said in one line."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pysqlite3 as sqlite
import pytest

from bot.memory import Memory, open_memory
from bot.storage.migrating import MIGRATIONS
from bot.store import StoreError
from tests.storage.values import NOW, turn

NEWEST = max(int(step.name[:4]) for step in MIGRATIONS.glob("*.sql"))


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        open_memory(path).runs.remember("k", "v")
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_the_settings_that_the_promises_rest_on(memory: Memory) -> None:
    found = {name: memory.database.value(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "secure_delete", "busy_timeout")}  # fmt: skip
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "busy_timeout": 10_000}
    assert memory.database.value("PRAGMA user_version") == NEWEST
    assert memory.database.value("PRAGMA soft_heap_limit") == 2**26
    assert tuple(map(int, memory.database.value("SELECT sqlite_version()").split("."))) >= (3, 51, 3)


def test_opening_again_changes_nothing(memory: Memory) -> None:
    memory.runs.remember("k", "v")
    schema = memory.database.read("SELECT sql FROM sqlite_schema")
    again = open_memory(memory.database.path)
    assert again.runs.fact("k") == "v"
    assert again.database.read("SELECT sql FROM sqlite_schema") == schema


def test_two_processes_may_make_it_at_the_same_time(tmp_path: Path) -> None:
    errors: list[Exception] = []

    def make() -> None:
        try:
            open_memory(tmp_path / "new" / "vigil.db").runs.beat("x", NOW)
        except StoreError as error:
            errors.append(error)

    makers = [threading.Thread(target=make) for _ in range(6)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(60)
    assert errors == []


def test_a_newer_database_is_refused_and_untouched(memory: Memory) -> None:
    memory.database.value(f"PRAGMA user_version={NEWEST + 1}")
    memory.database.close()
    before = memory.database.path.read_bytes()
    assert f"made by a newer Vigil (schema {NEWEST + 1}, this one knows {NEWEST}); update Vigil" in refusal(memory.database.path)  # fmt: skip
    assert memory.database.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"hello" * 1000, b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vigil.db"
    path.write_bytes(content)
    refusal(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else(tmp_path: Path) -> None:
    """A file in which another program keeps its own tables is not turned into Vigil's."""
    path = tmp_path / "vigil.db"
    other = sqlite.connect(str(path))
    other.execute("CREATE TABLE entries (name TEXT)")
    other.close()
    refusal(path)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "cannot be opened; check [store] path" in refusal(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot make its folder" in refusal(tmp_path / "file" / "vigil.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_file(memory: Memory) -> None:
    memory.database.close()
    memory.database.path.chmod(0o444)
    assert "read-only" in refusal(memory.database.path)


def test_a_connection_that_may_not_write(memory: Memory) -> None:
    memory.database.value("PRAGMA query_only=ON")
    with pytest.raises(StoreError, match="read-only; give Vigil's user write access"):
        memory.runs.remember("k", "v")


def test_a_locked_database_says_so(memory: Memory) -> None:
    other = open_memory(memory.database.path)
    other.database.value("PRAGMA busy_timeout=50")
    with memory.database.transaction(), pytest.raises(StoreError, match="locked by another program"):
        other.runs.remember("k", "v")
    other.runs.remember("k", "v")


def test_a_full_disk_acknowledges_nothing(memory: Memory) -> None:
    memory.database.value(f"PRAGMA max_page_count={memory.database.value('PRAGMA page_count')}")
    with pytest.raises(StoreError, match="the disk is full"):
        memory.inbox.put(turn("1.0", text="x" * 100_000), "Ev1", (), NOW)
    memory.database.value("PRAGMA max_page_count=1000000")
    assert memory.inbox.backlog() == (0, 0)
    assert memory.inbox.put(turn("1.0"), "Ev1", (), NOW)


def test_a_damaged_page_is_an_error_in_one_line(memory: Memory) -> None:
    for number in range(300):
        memory.inbox.put(turn(f"{number}.0"), f"Ev{number}", (), NOW)
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()
    size = memory.database.path.stat().st_size
    with memory.database.path.open("r+b") as file:
        file.seek(size // 4)
        file.write(b"\xff" * (size // 2))
    with pytest.raises(StoreError) as caught:
        open_memory(memory.database.path).inbox.claim("me", NOW, False, 300)
    assert "\n" not in str(caught.value)
    assert str(memory.database.path) in str(caught.value)


def test_every_thread_has_its_own_connection(memory: Memory) -> None:
    seen: list[object] = []
    worker = threading.Thread(target=lambda: seen.append(memory.database.connection()))
    worker.start()
    worker.join(10)
    assert seen[0] is not memory.database.connection()
    assert memory.database.connection() is memory.database.connection()


def test_writers_of_one_process_get_their_turn_in_the_order_of_asking(memory: Memory) -> None:
    database = memory.database
    database.write("CREATE TABLE turns_taken (name INTEGER)")

    def write(name: int) -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO turns_taken VALUES (?)", (name,))
        database.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in range(12)]
    with database.transaction():
        for waiting, writer in enumerate(writers, start=1):
            writer.start()
            while len(database._writing) < waiting:
                assert writer.is_alive()
    for writer in writers:
        writer.join(60)
    assert [row[0] for row in database.read("SELECT name FROM turns_taken ORDER BY rowid")] == list(range(12))
