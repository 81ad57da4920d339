"""Erased words are not left in the parts of the file that no row uses."""

from __future__ import annotations

import random
from pathlib import Path

from bot.memory import Memory
from bot.storage.residue import left
from tests.storage.values import NOW

WORDS = 'the zanzibar77 rollout\nstopped with “DPL-017”, said "Ana"'


def crowded(memory: Memory) -> None:
    """Rows come in no order, so that pages are split and rows move; then every row that holds the words is deleted."""
    dice = random.Random(1)
    with memory.database.transaction() as connection:
        for number in range(1200):
            word = "zanzibar77" if number % 10 == 0 else "plain"
            body = f'{{"text":"the {word} rollout {"x" * dice.randrange(20, 900)}"}}'
            row = (dice.randrange(10**9), 1, "live", body, "vigil", NOW)
            connection.execute("INSERT INTO entry_versions VALUES (?,?,?,?,?,?)", row)
    memory.database.write("DELETE FROM entry_versions WHERE body LIKE '%zanzibar77%'")
    assert memory.erasures.flush()


def test_copies_that_no_row_holds_are_found_and_removed(memory: Memory) -> None:
    path = memory.database.path
    crowded(memory)
    assert b"zanzibar77" in path.read_bytes(), "SQLite leaves no copies any more: bot/storage/residue.py may go"
    assert left(path, [WORDS])
    memory.erasures.scrub([WORDS])
    assert b"zanzibar77" not in path.read_bytes()
    assert memory.database.value("PRAGMA integrity_check") == "ok"
    assert memory.database.value("SELECT count(*) FROM entry_versions") == 1080


def test_words_that_stand_in_a_row_are_no_copies(memory: Memory) -> None:
    memory.database.write("INSERT INTO meta VALUES ('a', ?)", (WORDS,))
    assert memory.erasures.flush()
    before = _stamp(memory.database.path)
    memory.erasures.scrub([WORDS, "", "short"])
    assert _stamp(memory.database.path) == before


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns
