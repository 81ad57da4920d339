"""Brings a database from the schema it has to the one this Vigil knows, step by numbered step, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.store import StoreError, held

MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> int:
    """The number of the schema that this Vigil knows."""
    return max(int(step.name[:4]) for step in _steps())


def refuse_newer(path: Path, version: int) -> None:
    """Raise StoreError for a database that a newer Vigil has made or brought up to date."""
    if version > newest():
        raise StoreError(f"{path}: made by a newer Vigil (schema {version}, this one knows {newest()}); update Vigil")


def migrate(connection: Any, path: Path) -> None:
    """Take the steps that are missing, inside an open transaction; raises StoreError where that must not be done."""
    done = connection.execute("PRAGMA user_version").fetchone()[0]
    if done and held(path):
        raise StoreError(f"{path}: an older Vigil is running on this store; stop it before you use the new one")
    if not done and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreError(f"{path}: another program's database; set [store] path to a file of Vigil's own")
    for step in _steps():
        if int(step.name[:4]) > done:
            for statement in statements(step.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={int(step.name[:4])}")


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _steps() -> list[Path]:
    return sorted(MIGRATIONS.glob("[0-9]*.sql"))
