"""One SQLite file: a connection per thread, numbered migrations, short transactions, and plain words for its errors."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pysqlite3 as sqlite
import sqlite_utils

from bot import store
from bot.outcomes import Outcome
from bot.storage.migrating import migrate, newest, refuse_newer
from bot.storage.turnstile import Turnstile
from bot.store import Standing, StoreError, StoreLost
from knowledge import private

NEEDED = (3, 51, 3)
ALWAYS = ("busy_timeout=10000", "foreign_keys=ON", "cache_size=-8000", "journal_size_limit=64000000")
# Many threads each have a connection with pages of its own; together they keep no more than 64 MB.
DURABLE = ("synchronous=FULL", "secure_delete=ON", "soft_heap_limit=67108864")
FLEETING = ("synchronous=OFF", "journal_mode=MEMORY")
IN_MEMORY = ":memory:"


class Database:
    """A SQLite database on a local disk; safe to share between threads, each gets its own connection.

    `durable=False` leaves the file away and keeps everything in memory: for replays, by one thread only.
    `written` counts, by name, this process's writes to what somebody keeps a copy of; see `stamp`. Everyone in
    `committed` is told of each outcome that the ledger has written.
    """

    def __init__(self, path: Path, durable: bool = True) -> None:
        if sqlite.sqlite_version_info < NEEDED:
            raise StoreError(f"SQLite {sqlite.sqlite_version} is too old; install pysqlite3 0.6 or newer")
        self.path, self.durable, self._local = path, durable, threading.local()
        self._writing = Turnstile(path if durable else None)
        self.written: Counter[str] = Counter()
        self.committed: list[Callable[[Outcome], None]] = []
        try:
            private.folder(path.parent)
            if durable and not path.exists():
                private.make(path)  # what SQLite lays beside it has its mode too
        except OSError as trouble:
            raise StoreError(f"{path}: cannot make its folder: {trouble.strerror}") from None
        self._standing: Standing | None = None
        self._lost: StoreLost | None = None
        self._migrate()
        self._standing = Standing(path) if durable else None

    def connection(self) -> Any:
        """This thread's connection, in autocommit mode."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            self.stands(False)
            connection = self._local.connection = self._open()
        return connection

    def stands(self, in_use: bool = True) -> None:
        """Raise StoreLost where writing would add to a damaged file, or to one that nobody will find again."""
        if self._lost is not None:
            raise self._lost
        if self._standing is not None:
            self._standing.check(in_use)

    def _open(self) -> Any:
        with self._words():
            name = str(self.path) if self.durable else IN_MEMORY
            raw = sqlite.connect(name, isolation_level=None, timeout=10.0, cached_statements=512)
            if self.durable:
                sqlite_utils.Database(raw).enable_wal()
            for pragma in (*(DURABLE if self.durable else FLEETING), *ALWAYS):
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
        if self.connection().in_transaction:
            return self.read(sql, arguments)
        self.stands()
        with self._writing:
            return self.read(sql, arguments)

    def stamp(self, name: str) -> tuple[int, int]:
        """Unchanged as long as nobody else committed anything and this process wrote nothing under that name.

        Only to be compared with a stamp taken by the same thread.
        """
        return (int(self.value("PRAGMA data_version")) if self.durable else 0), self.written[name]

    def value(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        """The first column of the first row, None when there is none."""
        return next(iter(self.read(sql, arguments)), (None,))[0]

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A write transaction: committed at the end, rolled back on any error; raises StoreError on database trouble."""
        connection = self.connection()
        self.stands()
        try:
            with self._writing:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    self._roll_back(connection)
                    raise
        except sqlite.Error as trouble:
            raise self._worded(trouble) from trouble

    def _roll_back(self, connection: Any) -> None:
        """Undo what is open; a connection that cannot even do that is given up, since closing it undoes as well."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite.Error as trouble:
            self.close()
            raise self._worded(trouble) from trouble

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _migrate(self) -> None:
        if self._version() >= newest():
            refuse_newer(self.path, self._version())
            return
        with self.transaction() as connection:
            migrate(connection, self.path if self.durable else Path(IN_MEMORY))

    def _version(self) -> int:
        return int(self.value("PRAGMA user_version"))

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except sqlite.Error as trouble:
            raise self._worded(trouble) from trouble

    def _worded(self, trouble: Exception) -> StoreError:
        found = store.worded(self.path, trouble)
        if isinstance(found, StoreLost):
            self._lost = found
        return found


def read_only(path: Path) -> Any:
    """A connection that changes nothing of the file; raises StoreError."""
    at_rest = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    how = "immutable=1" if at_rest else "mode=ro"  # where nothing can be written, a log cannot be shared either
    try:
        connection = sqlite.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, isolation_level=None)
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    except sqlite.Error as trouble:
        raise store.worded(path, trouble) from trouble
    return connection


def sound(connection: Any) -> bool:
    """Whether a whole database can be read and has the schema that this Vigil knows."""
    try:
        checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        return bool(checked and connection.execute("PRAGMA user_version").fetchone()[0] == newest())
    except sqlite.Error:
        return False


def whole(path: Path) -> None:
    """Bring what is in a database's log into its file, so that the file alone holds everything; raises StoreError."""
    try:
        connection = sqlite.connect(str(path), isolation_level=None, timeout=10.0)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    except sqlite.Error as trouble:
        raise store.worded(path, trouble) from trouble


def copy(source: Any, target: Path, called: Path, tell: Callable[[int, int], object]) -> None:
    """Write what is committed now into `target`, a file that needs no log beside it; others go on writing meanwhile.

    `called` is the name it will have; `tell` hears how many pages are done, of how many. Raises StoreError where the disk
    refuses or the copy is not sound.
    """
    try:
        other = sqlite.connect(str(target), isolation_level=None)
        try:
            source.execute("BEGIN")  # all pages as of one moment: else every commit would begin the copy anew
            source.execute("SELECT 1 FROM sqlite_schema").fetchone()
            source.backup(other, pages=256, progress=lambda _, left, pages: tell(pages - left, pages))
            other.execute("PRAGMA journal_mode=DELETE")
            verdict = other.execute("PRAGMA integrity_check(1)").fetchone()[0]
        finally:
            other.close()
            if source.in_transaction:
                source.execute("ROLLBACK")
    except sqlite.Error as trouble:
        raise store.worded(called, trouble) from trouble
    if verdict != "ok":
        raise StoreLost(f"{called}: the copy is not sound, so what was copied is damaged ({verdict})")
