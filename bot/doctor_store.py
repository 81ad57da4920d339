"""Examines the database and what lies beside it: integrity, disk, index cache, audit log, backlog and lock."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bot import app
from bot.config import Config
from bot.doctor_check import Check, guarded
from bot.doctor_orphans import orphans
from bot.memory import Memory, open_memory
from bot.store import held
from knowledge.embedding import Embedder
from knowledge.mirror import read

LEAST_FREE = 500_000_000  # bytes; a full disk stops Vigil, though it loses nothing
LATE_SECONDS, RECENT_SECONDS = 600.0, 86_400.0
NETWORKED = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.s3fs",
    "9p",
)


def store_checks(config: Config, model: Embedder | None) -> Iterator[Check]:
    """Everything about the store; `model` None leaves out the index. A store that is not there yet is not made."""
    path = Path(config.store.path)
    yield from guarded("disk", lambda: _disk(path))
    if not path.exists():
        yield _room(path)
        return
    memory = open_memory(path)
    yield from guarded("database", lambda: _database(memory))
    if model is not None:
        yield from guarded("index", lambda: [_index(config, memory, model)])
    yield from guarded("orphans", lambda: [orphans(config, memory, model)])
    yield from guarded("audit log", lambda: [_audit(memory)])
    yield from guarded("backlog", lambda: _backlog(memory, path))


def running(path: Path) -> bool:
    """Whether a supervisor holds the lock of this store."""
    return held(path)


def _room(path: Path) -> Check:
    folder = _existing(path)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Check("database", False, f"{path} cannot be made: {folder} is not a folder that Vigil may write to")
    return Check("database", True, f"{path} is not there yet; the first run makes it")


def _existing(path: Path) -> Path:
    """The nearest folder above that is there."""
    return next(folder for folder in path.absolute().parents if folder.exists())


def _disk(path: Path) -> Iterator[Check]:
    folder = _existing(path)
    free = shutil.disk_usage(folder).free
    kind = filesystem(folder)
    if kind in NETWORKED:
        yield Check(
            "disk", False, f"{folder} is on a network disk ({kind}), where SQLite can lose data; use a local one"
        )
    elif free < LEAST_FREE:
        yield Check("disk", False, f"only {free / 1e6:.0f} MB free at {folder}; free space before it is full")
    else:
        yield Check("disk", True, f"{free / 1e9:.1f} GB free at {folder}" + (f" ({kind})" if kind else ""))


def filesystem(folder: Path, table: Path = Path("/proc/self/mountinfo")) -> str:
    """The kind of file system on which a folder lies, as the kernel calls it; "" where that cannot be told."""
    if not table.exists():
        return ""
    best, kind = "", ""
    for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
        left, _, right = line.partition(" - ")
        point = left.split()[4].replace("\\040", " ")
        if folder.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, right.split()[0]
    return kind


def _database(memory: Memory) -> Iterator[Check]:
    value, path = memory.database.value, memory.database.path
    verdict = value("PRAGMA quick_check(1)")
    if verdict != "ok":
        yield Check("database", False, f"{path} is damaged ({verdict}); stop Vigil and put a backup in its place")
        return
    if not os.access(path, os.W_OK):
        yield Check("database", False, f"{path} is read-only; give Vigil's user write access")
        return
    modes = {"journal_mode": "wal", "secure_delete": 1, "synchronous": 2}
    off = [name for name, wanted in modes.items() if value(f"PRAGMA {name}") != wanted]
    if off:
        yield Check("database", False, f"{path}: SQLite refuses {', '.join(off)}; use a local disk")
        return
    schema, version = value("PRAGMA user_version"), value("SELECT sqlite_version()")
    yield Check("database", True, f"{path} is sound (schema {schema}, SQLite {version}, write-ahead log)")


def _index(config: Config, memory: Memory, model: Embedder) -> Check:
    path = app.cache_path(config)
    entries = memory.database.value("SELECT count(*) FROM entries WHERE status='live'")
    if not path.exists():
        return Check("index", True, f"{path} is not there; it will be built from {entries} live entries")
    newest = memory.entries.last_change()
    found = read(path, model.model, model.dim, newest)
    if found is None:
        say = f"{path} is damaged, of another model or of another database; it will be rebuilt from {entries} live entries"
        return Check("index", True, say)
    finder, change = found
    behind = f", {newest - change} change(s) behind and followed at start" if newest > change else ""
    return Check("index", True, f"{path} fits: {len(finder)} entries, {finder.passages} passages{behind}")


def _audit(memory: Memory) -> Check:
    broken = memory.audit.broken_at()
    if broken is not None:
        say = f"line {broken} does not follow from the one before: it was changed from outside; compare with a backup"
        return Check("audit log", False, say)
    lines = memory.database.value("SELECT count(*) FROM audit")
    return Check("audit log", True, f"{lines} line(s), each follows from the one before")


def _backlog(memory: Memory, path: Path) -> Iterator[Check]:
    now, value = time.time(), memory.database.value
    open_events, failed_events = memory.inbox.backlog()
    oldest = value("SELECT min(received_at) FROM inbox WHERE state='open'")
    late = oldest is not None and now - oldest > LATE_SECONDS
    say = f"{open_events} open, {failed_events} failed"
    if late:
        state = "running; see its log" if running(path) else "not running; start it with: vigil run"
        say += f"; the oldest has waited {(now - oldest) / 60:.0f} min and Vigil is {state}"
    recent = value("SELECT max(received_at) FROM inbox WHERE state='failed'")
    yield _given_up("inbox", say, recent, not late, memory, now)
    waiting, failed_posts = memory.outbox.backlog()
    recent = value("SELECT max(created_at) FROM outbox WHERE state='failed'")
    yield _given_up("outbox", f"{waiting} waiting, {failed_posts} failed", recent, True, memory, now)


def _given_up(table: str, say: str, at: float | None, well: bool, memory: Memory, now: float) -> Check:
    """What was given up long ago stays in the table as a record and is no longer held against anybody."""
    if at is None or now - at > RECENT_SECONDS:
        return Check(table, well, say)
    error = memory.database.value(f"SELECT error FROM {table} WHERE state='failed' ORDER BY id DESC LIMIT 1")
    return Check(table, False, f"{say}, the last {(now - at) / 3600:.0f} h ago: {error}")
