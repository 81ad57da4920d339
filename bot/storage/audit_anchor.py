"""Keeps the audit log's last line beside the store, so that a log that was cut off or written anew does not pass for whole."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.outcomes_audit import Head
from bot.storage.sqlite import Database

FACT = "audit_anchored"
"""The fact that says since which line there is an anchor."""
SIZE = 128
LAST = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
HASH = "SELECT hash FROM audit WHERE seq=?"

log = structlog.get_logger("audit")


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the file beside the store says; `head` None where there is none, `trouble` why it cannot be read."""

    path: Path
    head: Head | None = None
    trouble: str = ""


def path_of(store: Path) -> Path:
    """Where the anchor of a store lies."""
    return store.with_suffix(".audit")


def head(database: Database) -> Head:
    """The log's last line; 0 and "" while there is none."""
    rows = database.read(LAST)
    return Head(int(rows[0][0]), str(rows[0][1])) if rows else Head(0, "")


def anchored(database: Database) -> int:
    """Since which line there is an anchor, 0 for not yet."""
    return int(database.value("SELECT value FROM meta WHERE key=?", (FACT,)) or 0)


def read(database: Database) -> Anchor:
    """What the anchor says."""
    path = path_of(database.path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace").strip() if database.durable else ""
    except FileNotFoundError:
        return Anchor(path)
    except OSError as refused:
        return Anchor(path, trouble=f"{path} cannot be read ({refused.strerror})")
    return _parsed(path, text) if text else Anchor(path)


def _parsed(path: Path, text: str) -> Anchor:
    try:
        body = json.loads(text)
        return Anchor(path, Head(int(body["line"]), str(body["hash"])))
    except (ValueError, TypeError, KeyError):
        return Anchor(path, trouble=f"{path} is damaged, which says how far the log went")


def advance(database: Database) -> None:
    """Move the anchor to the log's end; not where the log is no longer the one that it holds: that is to be found.

    It never fails: what was committed stands, and the next line tries again.
    """
    if not database.durable:
        return
    try:
        _advance(database, path_of(database.path))
    except OSError as refused:
        log.warning("the audit log's anchor is not kept", action="go on", error=str(refused))


def _advance(database: Database, path: Path) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        text = os.pread(handle, SIZE * 2, 0).decode("utf-8", "replace").strip()
        now, known = head(database), _parsed(path, text) if text else Anchor(path)
        since = anchored(database)
        if known.trouble or (since and not text) or (known.head and not _holds(database, known.head)):
            log.error("the audit log does not fit its anchor", action="vigil audit verify", line=now.line)
            return
        if known.head is None or now.line > known.head.line:
            _write(handle, now, fresh=not text)
        if not since:
            database.write("INSERT OR IGNORE INTO meta VALUES (?,?)", (FACT, str(now.line)))
    finally:
        os.close(handle)


def _holds(database: Database, known: Head) -> bool:
    return known.line == 0 or database.value(HASH, (known.line,)) == known.hash


def _write(handle: int, now: Head, fresh: bool) -> None:
    """In place and of one size: no moment shows half of it to those who hold no lock."""
    os.pwrite(handle, json.dumps({"line": now.line, "hash": now.hash}).ljust(SIZE).encode() + b"\n", 0)
    if fresh:
        os.fsync(handle)


def anew(store: Path, now: Head) -> None:
    """Let the anchor hold another log from now on: that of a store which was put in this one's place."""
    path = path_of(store)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write(handle, now, fresh=True)
    finally:
        os.close(handle)
