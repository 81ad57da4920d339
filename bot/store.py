"""The store as a file: what can be wrong with it, said in one line each, and the lock of whoever works on it."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import IO

from bot.models import VigilError
from knowledge import private


class StoreError(VigilError):
    """The database cannot be used as it is; what was committed before stands."""


class StoreDown(StoreError):
    """The disk is full, the database locked or the like: it is nobody's fault who tried, and later it may work."""


class StoreLost(StoreError):
    """The database is damaged, or no longer the file that was opened: this process must write nothing more to it."""


# SQLite's primary result codes, https://sqlite.org/rescode.html
BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB = 5, 6, 7, 8, 10, 11, 13, 14, 15, 26
DAMAGED = "is damaged; stop Vigil, then put a backup in its place: vigil restore FILE"
HINTS = {
    BUSY: "locked by another program for over 10 s; close it",
    LOCKED: "locked by another program for over 10 s; close it",
    NOMEM: "there is no memory left to read it; free some",
    READONLY: "read-only; give Vigil's user write access",
    IOERR: "the disk fails ({text}); look at it and its folder, nothing acknowledged is lost",
    CORRUPT: f"{DAMAGED} ({{text}})",
    FULL: "the disk is full; free space, nothing acknowledged is lost",
    CANTOPEN: "cannot be opened; check [store] path and permissions",
    PROTOCOL: "locked by another program for over 10 s; close it",
    NOTADB: "not a Vigil database; move it away or set [store] path",
}
LOST = (CORRUPT, NOTADB)
SAID = {  # errors of the backup API carry no code
    "database is locked": BUSY, "attempt to write a readonly database": READONLY, "disk I/O error": IOERR,
    "database disk image is malformed": CORRUPT, "database or disk is full": FULL,
    "unable to open database file": CANTOPEN, "file is not a database": NOTADB,
}  # fmt: skip
NO_ROOM = 65_536  # bytes: with less SQLite cannot even begin, and calls that an input/output error


def worded(path: Path, trouble: Exception) -> StoreError:
    """SQLite's error in plain words: StoreDown, StoreLost, or a StoreError that says what it said."""
    code = getattr(trouble, "sqlite_errorcode", 0) & 0xFF or SAID.get(str(trouble), 0)
    if code not in HINTS:
        return StoreError(f"{path}: {trouble}")
    if code == IOERR and _no_room(path):
        code = FULL
    kind = StoreLost if code in LOST else StoreDown
    return kind(f"{path}: {HINTS[code].format(text=trouble)}")


def _no_room(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < NO_ROOM
    except OSError:
        return False


class Standing:
    """Whether the files of a store are still those that were opened: what is written to others is lost with the process."""

    def __init__(self, path: Path) -> None:
        self._path, self._wal = path, Path(f"{path}-wal")
        self._opened = self._present()

    def check(self, in_use: bool) -> None:
        """Raise StoreLost when the database was moved, deleted or replaced; `in_use` means its log must be there too."""
        if self._present() != self._opened or (in_use and not self._wal.exists()):
            raise StoreLost(
                f"{self._path}: was moved, deleted or replaced while Vigil had it open; nothing more is acknowledged: "
                "put the right file there (vigil restore FILE), then start Vigil"
            )

    def _present(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def take(store: Path) -> IO[str]:
    """Hold the store for this process alone until the handle is closed or the process ends; raises StoreError.

    The lock lies beside the file itself, so that another path or link to the same store meets the same one.
    """
    store = store.resolve()
    try:
        private.folder(store.parent)
        private.make(store.with_suffix(".lock"))
        handle = store.with_suffix(".lock").open("w")
    except OSError as refused:
        raise StoreError(
            f"{store}: its lock cannot be made beside it ({refused.strerror}); give write access"
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise StoreError(
            f"{store}: another Vigil is running on this store; stop it, or set another [store] path"
        ) from None
    return handle


def held(store: Path) -> bool:
    """Whether somebody holds the store."""
    try:
        with store.resolve().with_suffix(".lock").open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
