"""Copies the store while Vigil works, and puts such a copy in its place again: files, their names and their permissions."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import store
from bot.storage import audit_anchor
from bot.storage.migrating import newest, refuse_newer
from bot.storage.restoring import made_at, settle
from bot.storage.sqlite import Database, copy, read_only, sound, whole
from bot.store import StoreError
from knowledge.cachefile import sweep

Tell = Callable[[int, int], object]
"""Hears how many pages are copied, of how many."""
BESIDE = ("-wal", "-shm", "-journal")
HELD = {"threads": "SELECT count(*) FROM threads", "entries": "SELECT count(*) FROM entries WHERE status='live'"}


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to: as of when the store is, where the former one lies, and what is erased again.

    `blind` says that there was a former store and that it could not be read; `persons` counts the erasure requests
    of persons made since, whose ids nobody keeps.
    """

    made_at: float
    former: Path | None
    blind: bool
    erased: int
    persons: int


def backup(source: Path, target: Path, force: bool, tell: Tell) -> dict[str, int]:
    """Copy the store as of now into `target`, whole and sound or not at all; returns what it holds. Raises StoreError."""
    if not source.exists():
        raise StoreError(f"{source}: there is no store yet; set [store] path")
    if target.exists() and (target.is_dir() or target.samefile(source) or not force):
        hint = (
            "choose another name" if target.is_dir() or target.samefile(source) else "choose another name, or --force"
        )
        raise StoreError(f"{target}: is there already; {hint}")
    with _aside(target) as part:
        _checked(source, part, target, tell)
        copied = read_only(part)
        held = {name: int(copied.execute(sql).fetchone()[0]) for name, sql in HELD.items()}
        copied.close()
        size = part.stat().st_size
        _in_place(part, target)
    return {"bytes": size, **held}


def current(store: Path) -> bool:
    """Whether a store is of the schema that this Vigil writes."""
    connection = read_only(store)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0]) == newest()
    finally:
        connection.close()


def rescue(database: Database, now: float) -> Path | None:
    """Save what this thread's connection still holds of a store that was deleted or replaced; None when it is nothing sound.

    Once the last process that had the file open ends, a deleted file is gone for good.
    """
    target = _stamped(database.path, "rescued", now)
    try:
        with _aside(target) as part:
            copy(database.connection(), part, target, lambda done, pages: None)
            _in_place(part, target)
    except StoreError:
        return None
    return target


def restore(saved: Path, target: Path, actor: str, now: float, tell: Tell) -> Restored:
    """Put a backup in the store's place; what stood there is kept beside. Raises StoreError and then changes nothing."""
    if not saved.is_file():
        raise StoreError(f"{saved}: there is no such file")
    if target.exists() and saved.samefile(target):
        raise StoreError(f"{saved}: is the store itself; name a backup")
    lock = store.take(target)
    try:
        with _aside(target) as part:
            _checked(saved, part, saved, tell)
            return _swap(part, target, actor, now)
    finally:
        lock.close()


def _checked(saved: Path, part: Path, called: Path, tell: Tell) -> None:
    """Copy a store, and make sure that it is one."""
    source = read_only(saved)
    try:
        copy(source, part, called, tell)
    finally:
        source.close()
    copied = read_only(part)
    try:
        version = int(copied.execute("PRAGMA user_version").fetchone()[0])
        known = copied.execute("SELECT 1 FROM sqlite_schema WHERE name='inbox'").fetchone()
    finally:
        copied.close()
    refuse_newer(saved, version)
    if not (version and known):
        raise StoreError(f"{saved}: is no store of Vigil's")


def _swap(part: Path, target: Path, actor: str, now: float) -> Restored:
    database = Database(part)
    since, there = made_at(database.connection()), target.exists()
    former = _readable(target) if there else None
    try:
        erased, end = settle(database, now, actor, former), audit_anchor.head(database)
        sql = "SELECT count(*) FROM erasures WHERE kind='person' AND at>=?"
        persons = int(former.execute(sql, (since,)).fetchone()[0]) if former is not None else 0
    finally:
        database.close()
        if former is not None:
            former.close()
            whole(target)  # a kill between the next steps must not part it from its log
    kept = _put_aside(target, now)
    _in_place(part, target)
    audit_anchor.anew(target, end)
    target.with_suffix(".index").unlink(missing_ok=True)  # of another past; the next start makes it anew
    return Restored(since, kept, there and former is None, erased, persons)


def _readable(path: Path) -> Any | None:
    """A connection to the store that is to be replaced; None when it is not sound or not of the schema this Vigil knows."""
    try:
        connection = read_only(path)
        return connection if sound(connection) else None
    except StoreError:
        return None


def _put_aside(target: Path, now: float) -> Path | None:
    """Keep the former store, if there is one, under another name: it has that name too before the new one takes its place.

    Its log goes first, even where nothing else is left of it: SQLite would play it into whatever file it finds beside.
    """
    kept = _stamped(target, "before", now)
    for end in BESIDE:
        log = Path(f"{target}{end}")
        if log.exists():
            log.rename(f"{kept}{end}")
    if not target.exists():
        return None
    os.link(target, kept)
    return kept


def _stamped(target: Path, why: str, now: float) -> Path:
    return target.with_name(f"{target.name}.{why}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}")


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A new file beside `target` that only its owner may read; gone afterwards unless it was put in place."""
    part = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        sweep(target)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as refused:
        raise StoreError(f"{target}: cannot be written ({refused.strerror}); choose another place") from None
    try:
        yield part
    except OSError as refused:
        raise StoreError(f"{target}: cannot be written ({refused.strerror}); nothing was changed") from refused
    finally:
        for end in ("", *BESIDE):
            Path(f"{part}{end}").unlink(missing_ok=True)


def _in_place(part: Path, target: Path) -> None:
    """Give the finished file its name, without the logs of one that had it before, and make sure that both are on the disk."""
    for end in BESIDE:
        Path(f"{target}{end}").unlink(missing_ok=True)
    for path, place in ((part, None), (part.parent, target)):
        if place is not None:
            part.replace(place)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
