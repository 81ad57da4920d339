"""One SQLite file: a connection per thread, numbered migrations, short transactions, and plain words for its errors."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3 as sqlite
import sqlite_utils

from bot.models import VigilError
from bot.outcomes import Outcome

MIGRATIONS = Path(__file__).parent / "migrations"
NEEDED = (3, 51, 3)
ALWAYS = ("busy_timeout=10000", "foreign_keys=ON", "cache_size=-32000")
DURABLE = ("synchronous=FULL", "secure_delete=ON")
FLEETING = ("synchronous=OFF", "journal_mode=MEMORY")
IN_MEMORY = ":memory:"


class StoreError(VigilError):
    """The database cannot be used as it is; what was committed before stands."""


class Database:
    """A SQLite database on a local disk; safe to share between threads, each gets its own connection.

    `durable=False` leaves the file away and keeps everything in memory: for replays, by one thread only.
    `written` counts, by name, this process's writes to what somebody keeps a copy of; see `stamp`. Everyone in
    `committed` is told of each outcome that the ledger has written.
    """

    def __init__(self, path: Path, durable: bool = True) -> None:
        if sqlite.sqlite_version_info < NEEDED:
            raise StoreError(f"SQLite {sqlite.sqlite_version} is too old; install pysqlite3 0.6 or newer")
        self.path = path
        self._durable = durable
        self._local = threading.local()
        self.written: Counter[str] = Counter()
        self.committed: list[Callable[[Outcome], None]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as trouble:
            raise StoreError(f"{path}: cannot make its folder: {trouble.strerror}") from None
        self._migrate()

    def connection(self) -> Any:
        """This thread's connection, in autocommit mode."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._open()
            self._local.connection = connection
        return connection

    def _open(self) -> Any:
        with self._words():
            name = str(self.path) if self._durable else IN_MEMORY
            raw = sqlite.connect(name, isolation_level=None, timeout=10.0, cached_statements=512)
            if self._durable:
                sqlite_utils.Database(raw).enable_wal()
            for pragma in (*(DURABLE if self._durable else FLEETING), *ALWAYS):
                raw.execute(f"PRAGMA {pragma}")
            return raw

    def read(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        try:
            rows: list[tuple[Any, ...]] = self.connection().execute(sql, arguments).fetchall()
        except sqlite.Error as trouble:
            raise self._worded(trouble) from trouble
        return rows

    def write(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What one writing statement returns; it is a transaction of its own."""
        return self.read(sql, arguments)

    def stamp(self, name: str) -> tuple[int, int]:
        """Unchanged as long as nobody else committed anything and this process wrote nothing under that name.

        Only to be compared with a stamp taken by the same thread.
        """
        others = int(self.value("PRAGMA data_version")) if self._durable else 0
        return others, self.written[name]

    def value(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        """The first column of the first row, None when there is none."""
        rows = self.read(sql, arguments)
        return rows[0][0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A write transaction: committed at the end, rolled back on any error; raises StoreError on database trouble."""
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite.Error as trouble:
            raise self._worded(trouble) from trouble

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _migrate(self) -> None:
        steps = sorted(MIGRATIONS.glob("[0-9]*.sql"))
        newest = int(steps[-1].name[:4])
        if self._version() >= newest:
            self._refuse_newer(newest)
            return
        with self.transaction() as connection:
            done = connection.execute("PRAGMA user_version").fetchone()[0]
            if not done and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                raise StoreError(f"{self.path}: another program's database; set [store] path to a file of Vigil's own")
            for step in (s for s in steps if int(s.name[:4]) > done):
                for statement in _statements(step.read_text(encoding="utf-8")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={int(step.name[:4])}")

    def _refuse_newer(self, newest: int) -> None:
        if self._version() > newest:
            raise StoreError(
                f"{self.path}: made by a newer Vigil (schema {self._version()}, this one knows {newest}); update Vigil"
            )

    def _version(self) -> int:
        return int(self.value("PRAGMA user_version"))

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except sqlite.Error as trouble:
            raise self._worded(trouble) from trouble

    def _worded(self, trouble: Exception) -> StoreError:
        text = str(trouble)
        hint = {
            "database or disk is full": "the disk is full; free space, nothing acknowledged is lost",
            "file is not a database": "not a Vigil database; move it away or set [store] path",
            "attempt to write a readonly database": "read-only; give Vigil's user write access",
            "unable to open database file": "cannot be opened; check [store] path and permissions",
            "database is locked": "locked by another program for over 10 s; close it",
        }.get(text, text)
        return StoreError(f"{self.path}: {hint}")


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite.complete_statement(pending):
            yield pending
            pending = ""
