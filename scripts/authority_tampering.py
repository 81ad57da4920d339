"""Tampers with copies of an audit log in every way that an editor of the file has, and counts what is found."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysqlite3 as sqlite

from bot.memory import Memory, open_memory
from bot.outcomes import Act, Erasure
from bot.storage import audit_anchor

LINES, FORGOTTEN = 40, 7
NOW = 1_800_000_000.0
CHANGES = {
    "at": "at+1", "actor": "'U0MALLORY'", "action": "'mute'", "object": "'entry 999'", "allowed": "1-allowed",
    "previous": "hash", "hash": "previous", "digest": "hash", "salt": "digest",
}  # fmt: skip
CHAINED = ("at", "digest", "action", "object", "allowed", "previous")


def tampered(folder: Path, dice: random.Random, times: int, say: Callable[[str], None]) -> dict[str, int]:
    """Counts: tamperings, tamperings_found, tamperings_missed, and how many were tried of each kind."""
    first = _written(folder / "whole.db")
    counts = Counter(tamperings=0, tamperings_found=0, tamperings_missed=0)
    for number in range(times):
        path = folder / "tampered.db"
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        shutil.copy(first, path)
        shutil.copy(audit_anchor.path_of(first), audit_anchor.path_of(path))
        kind, told = _tamper(path, dice)
        memory = open_memory(path)
        flaw = memory.audit.flaw()
        memory.database.close()
        counts["tamperings"] += 1
        counts[f"tampering_{kind}"] += 1
        counts["tamperings_found" if flaw else "tamperings_missed"] += 1
        if flaw is None:
            say(f"tamperings_missed: {told}")
        if (number + 1) % 200 == 0:
            say(f"{number + 1}/{times} tamperings")
    return dict(counts)


def _written(path: Path) -> Path:
    """A log with allowed and refused deeds, and a person who was forgotten."""
    memory: Memory = open_memory(path)
    for number in range(LINES):
        memory.audit.append(
            Act(f"U{number % 10}", ("approve", "resolve")[number % 2], f"entry {number}", number % 3 > 0), NOW
        )
        if number == FORGOTTEN:
            erased = memory.erasures.request(Erasure("person", "U3", "requested", "cli:root"), NOW)
            memory.persons.rename("U3", f"erased-{erased}", NOW)
    assert memory.audit.flaw() is None
    memory.erasures.flush()
    memory.database.close()
    return path


def _tamper(path: Path, dice: random.Random) -> tuple[str, str]:
    """Change the file past its triggers; (kind, what was done)."""
    connection = sqlite.connect(str(path), isolation_level=None)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type='trigger' AND tbl_name='audit'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    kinds = {"edit": _edit, "drop": _drop, "cut": _cut, "move": _move, "insert": _insert, "anew": _anew, "hide": _hide,
             "anchor": _anchor}  # fmt: skip
    kind = dice.choice(sorted(kinds))
    count = connection.execute("SELECT max(seq) FROM audit").fetchone()[0]
    told = kinds[kind](connection, dice, count)
    if kind == "anchor":
        _spoil(audit_anchor.path_of(path), dice)
    connection.close()
    return kind, f"{kind}: {told}"


def _edit(connection: Any, dice: random.Random, count: int) -> str:
    while True:
        line, column = dice.randint(1, count), dice.choice(sorted(CHANGES))
        sql, where = (
            f"UPDATE audit SET {column}={CHANGES[column]} WHERE seq=?",
            f"SELECT {column} FROM audit WHERE seq=?",
        )
        before = connection.execute(where, (line,)).fetchone()
        connection.execute(sql, (line,))
        if connection.execute(where, (line,)).fetchone() != before:  # some edits change nothing
            return f"{column} of line {line}"


def _drop(connection: Any, dice: random.Random, count: int) -> str:
    line = dice.randint(1, count)
    connection.execute("DELETE FROM audit WHERE seq=?", (line,))
    if dice.random() < 0.5:  # and close the gap
        connection.execute("UPDATE audit SET seq=seq-1 WHERE seq>?", (line,))
        connection.execute("UPDATE sqlite_sequence SET seq=seq-1 WHERE name='audit'")
    return f"line {line}"


def _cut(connection: Any, dice: random.Random, count: int) -> str:
    left = dice.randint(0, count - 1)
    connection.execute("DELETE FROM audit WHERE seq>?", (left,))
    if dice.random() < 0.7:  # the table's own counter is easily set back
        connection.execute("UPDATE sqlite_sequence SET seq=? WHERE name='audit'", (left,))
    return f"after line {left}"


def _move(connection: Any, dice: random.Random, count: int) -> str:
    one, other = sorted(dice.sample(range(1, count + 1), 2))
    for was, now in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE audit SET seq=? WHERE seq=?", (now, was))
    return f"lines {one} and {other} in each other's place"


def _insert(connection: Any, dice: random.Random, count: int) -> str:
    line, names = dice.randint(1, count), "actor, salt, digest, at, action, object, allowed, previous, hash"
    for seq in range(count, line - 1, -1):
        connection.execute("UPDATE audit SET seq=? WHERE seq=?", (seq + 1, seq))
    source = dice.choice([seq for seq in range(1, count + 2) if seq != line])
    connection.execute(f"INSERT INTO audit (seq, {names}) SELECT ?, {names} FROM audit WHERE seq=?", (line, source))
    return f"a copy at line {line}"


def _anew(connection: Any, dice: random.Random, count: int) -> str:
    """Change a line and compute every hash after it anew, as somebody who knows the program would."""
    line = dice.randint(1, count)
    connection.execute("UPDATE audit SET allowed=1-allowed WHERE seq=?", (line,))
    columns = ", ".join(CHAINED)
    for seq in range(line, count + 1):
        row = list(connection.execute(f"SELECT {columns} FROM audit WHERE seq=?", (seq,)).fetchone())
        known = connection.execute("SELECT hash FROM audit WHERE seq=?", (seq - 1,)).fetchone()
        row[-1] = known[0] if known else ""
        made = hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()
        connection.execute("UPDATE audit SET previous=?, hash=? WHERE seq=?", (row[-1], made, seq))
    return f"from line {line} on"


def _hide(connection: Any, dice: random.Random, count: int) -> str:
    """Let a line look as if its actor had been forgotten."""
    named = [row[0] for row in connection.execute("SELECT seq FROM audit WHERE salt!=''").fetchall()]
    line, alias = dice.choice(named), dice.choice(("erased-1", "erased-2", "erased-77"))
    connection.execute("UPDATE audit SET actor=?, salt='' WHERE seq=?", (alias, line))
    return f"line {line} behind {alias}"


def _anchor(connection: Any, dice: random.Random, count: int) -> str:
    return "the file beside the store"


def _spoil(path: Path, dice: random.Random) -> None:
    """Take the anchor away, damage it, or let it hold another line."""
    how = dice.choice(("gone", "damaged", "empty", "other"))
    if how == "gone":
        path.unlink()
    else:
        made = {"line": 5, "hash": "0" * 64}
        path.write_text({"damaged": "{", "empty": "", "other": json.dumps(made)}[how])
