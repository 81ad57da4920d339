"""Lets writers of one database pass in the order of asking: a process's threads, and the processes among each other."""

from __future__ import annotations

import fcntl
import os
import time
import weakref
from contextlib import suppress
from pathlib import Path

from knowledge import private
from knowledge.fairlock import FairLock

GATE, TURN = 0, 1
"""Two bytes of a file beside the database: who writes holds the turn; who waited in vain holds the gate, and is next."""
SOON, PATIENCE, PAUSE = 0.02, 1.0, 0.0003
"""Seconds: waited without the gate (handing on turn by turn is slow, so it is for those in need), waited at all, and
between two tries: the system's own wait has no end."""


class Turnstile:
    """Use it as `with turnstile:` around a write transaction.

    SQLite lets a writer that finds the database taken sleep and try again, ever longer, so that one process which writes
    all the time keeps another out for seconds. This is about order only: SQLite's own lock keeps writers apart, and where
    the file cannot be had, or its holder stands still, writers go on as without it.
    """

    def __init__(self, database: Path | None) -> None:
        """`database` None for one that only this process has."""
        self._threads = FairLock()
        self._path = database and database.with_suffix(".turn")
        self._file: int | None = None

    def __len__(self) -> int:
        """How many of this process's threads wait."""
        return len(self._threads)

    def __enter__(self) -> None:
        self._threads.__enter__()
        try:
            if (file := self._open()) is not None:
                _pass(file)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            if self._file is not None:
                _leave(self._file, TURN)
        finally:
            self._threads.__exit__()

    def _open(self) -> int | None:
        if self._file is None and self._path is not None:
            try:
                private.make(self._path)
                self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
            except OSError:  # a full disk, or one that must not be written: the writer itself will say so
                return None
            weakref.finalize(self, os.close, self._file)
        return self._file


def _pass(file: int) -> None:
    """Wait for the turn: after those who hold the gate, and behind the gate where it is long in coming."""
    _take(file, GATE, PATIENCE)
    _leave(file, GATE)
    if not _take(file, TURN, SOON):
        _take(file, GATE, PATIENCE)
        _take(file, TURN, PATIENCE)
        _leave(file, GATE)


def _leave(file: int, which: int) -> None:
    with suppress(OSError):  # as in _take
        fcntl.lockf(file, fcntl.LOCK_UN, 1, which)


def _take(file: int, which: int, patience: float) -> bool:
    """Lock one byte as soon as it is free; False when `patience` is over."""
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, which)
            return True
        except (BlockingIOError, PermissionError):
            if time.monotonic() >= end:
                return False
        except OSError:  # a file system without such locks: nobody waits for anybody
            return True
        time.sleep(PAUSE)
