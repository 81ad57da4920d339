"""Writers of one database get their turn, also beside a process that writes without a pause."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.storage import turnstile
from bot.storage.sqlite import Database

BUSY = """
import sys, threading
from pathlib import Path
from bot.storage.sqlite import Database

database = Database(Path(sys.argv[1]))

def write():
    while True:
        with database.transaction() as connection:
            connection.execute("UPDATE counter SET n=n+1")

for _ in range(4):
    threading.Thread(target=write, daemon=True).start()
print("writing", flush=True)
sys.stdin.read()
"""


@contextmanager
def busy(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes all the time, with four threads."""
    line = [sys.executable, "-c", BUSY, str(path)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "writing\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def counting(path: Path) -> Database:
    database = Database(path)
    database.write("CREATE TABLE counter (n INTEGER)")
    database.write("INSERT INTO counter VALUES (0)")
    return database


def test_a_busy_process_keeps_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "SOON", 0.0)  # how many go first in a while of grace depends on the machine
    database = counting(tmp_path / "vigil.db")
    passed = []
    with busy(database.path):
        for _ in range(60):
            others = count(database) + 5
            while count(database) < others:  # they are at it
                pass
            before = count(database)
            with database.transaction():
                passed.append(count(database) - before)
    assert sorted(passed)[-6] <= 5, passed  # without a turn some wait for hundreds of others


def count(database: Database) -> int:
    return int(database.value("SELECT n FROM counter"))


def test_whoever_stands_still_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    database = counting(tmp_path / "vigil.db")
    holder = (
        "import fcntl, os, sys\n"
        f"file = os.open({str(tmp_path / 'vigil.turn')!r}, os.O_RDWR)\n"
        "fcntl.lockf(file, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()\n"
    )
    line = [sys.executable, "-c", holder]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        database.write("UPDATE counter SET n=7")
        process.kill()
    assert database.value("SELECT n FROM counter") == 7


def test_where_no_file_can_be_made_writers_go_on(tmp_path: Path) -> None:
    (tmp_path / "vigil.turn").mkdir()
    database = counting(tmp_path / "vigil.db")
    database.write("UPDATE counter SET n=3")
    assert database.value("SELECT n FROM counter") == 3


def test_nobody_else_may_read_the_file_and_it_is_closed_at_the_end(tmp_path: Path) -> None:
    database = counting(tmp_path / "vigil.db")
    assert (tmp_path / "vigil.turn").stat().st_mode & 0o777 == 0o600
    before = len(os.listdir("/proc/self/fd"))
    database.close()
    del database
    assert len(os.listdir("/proc/self/fd")) < before
