"""What is held of one person: counted, taken out, and their id replaced by an alias wherever it has to stand for something."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.outcomes import Erasure, Outcome
from bot.storage import audit, audit_anchor
from bot.storage.codec import unpack_event
from bot.storage.entries import NEXT
from bot.storage.erasing import disguised, erase_turn
from bot.storage.ratings import WORDLESS
from bot.storage.sqlite import Database

NAMED = (
    ("turns", "author"), ("threads", "asker"), ("replied", "person"), ("reactions", "actor"), ("marks", "actor"),
    ("decisions", "person"), ("feedback", "actor"), ("entries", "proposed_by"), ("entries", "approved_by"),
    ("entry_versions", "actor"), ("entry_log", "actor"), ("erasures", "actor"), ("erasures", "object"),
    ("revisions", "author"),
)  # fmt: skip
MENTIONED = (
    ("turns", ("id",), ("text", "mentions", "files")), ("entries", ("id",), ("body",)),
    ("entry_versions", ("entry_id", "version"), ("body",)), ("decisions", ("id",), ("suggestion", "reasons")),
    ("feedback", ("decision_id", "actor", "said"), ("reason",)), ("outbox", ("id",), ("post", "error")),
    ("inbox", ("id",), ("payload", "error")), ("erasures", ("id",), ("gone",)), ("entry_log", ("id",), ("reason",)),
    ("revisions", ("id",), ("resolution",)),
)  # fmt: skip
KEYS = (("inbox_alias", "alias"), ("inbox", "raw_id"))
TOUCHED = """UPDATE threads SET version=version+1 WHERE asker=:who OR id IN (SELECT thread_id FROM turns WHERE author=:who
    UNION SELECT thread_id FROM reactions WHERE actor=:who UNION SELECT thread_id FROM marks WHERE actor=:who) RETURNING id"""
HELD = {
    "messages": "SELECT count(*) FROM turns WHERE author=:who AND flags&8=0",
    "threads opened": "SELECT count(*) FROM threads WHERE asker=:who",
    "events not worked on": "SELECT count(*) FROM inbox WHERE state!='done' AND instr(payload, '\"'||:who||'\"')",
    "cases with their words": "SELECT count(*) FROM entries WHERE kind='case' AND instr(body, '\"'||:who||'\"')",
    "earlier threads with their words": "SELECT count(*) FROM entries WHERE kind='precedent' AND instr(body, '\"'||:who||'\"')",
    "corrections that wait": "SELECT count(*) FROM revisions WHERE author=:who",
    "words of feedback": f"SELECT count(*) FROM feedback WHERE actor=:who AND reason!={WORDLESS}",
    "reactions, marks and ratings, under an alias": "SELECT (SELECT count(*) FROM reactions WHERE actor=:who) + "
    "(SELECT count(*) FROM marks WHERE actor=:who) + (SELECT count(*) FROM feedback WHERE actor=:who)",
    "lines of the audit log, under an alias": "SELECT count(*) FROM audit WHERE actor=:who",
}


class SqlitePersons:
    """See bot.jobs.erase.Persons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def held(self, person: str) -> dict[str, int]:
        """What is held of a person, counted by kind."""
        return {name: int(self._database.value(sql, {"who": person})) for name, sql in HELD.items()}  # type: ignore[arg-type]

    def take(self, erasure: Erasure, now: float) -> None:
        """Take the words of all the person's turns, each with an erasure of its own, of their feedback, and their events."""
        person = erasure.object
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id FROM turns WHERE author=? AND flags&8=0", (person,)).fetchall()
            for (turn_id,) in rows:
                erase_turn(connection, Erasure("turn", turn_id, erasure.why, erasure.actor), now)
            connection.execute(f"UPDATE feedback SET reason={WORDLESS} WHERE actor=?", (person,))
            sql = "SELECT id, payload FROM inbox WHERE state!='done' AND instr(payload, ?)"
            for row, payload in connection.execute(sql, (person,)).fetchall():
                event = unpack_event(payload)
                wrote = getattr(event, "author", "") or getattr(getattr(event, "turn", None), "author", "")
                if person in (wrote, getattr(event, "actor", "")):
                    connection.execute("UPDATE inbox SET state='done', payload='', error='' WHERE id=?", (row,))
            self._moved(connection, person)

    def written_by(self, person: str) -> list[int]:
        """Ids of the cases that name the person among their authors."""
        sql = "SELECT id FROM entries WHERE kind='case' AND instr(json_extract(body, '$.authors'), ?)"
        return [row[0] for row in self._database.read(sql, (f'"{person}"',))]

    def rename(self, person: str, alias: str, now: float) -> None:
        """Write the alias for the person's id everywhere, whole or within a text; the audit log's chain stays whole."""
        name = re.compile(rf"(?<![\w-]){re.escape(person)}(?![\w-])")
        with self._database.transaction() as connection:
            self._moved(connection, person)
            for table, column in NAMED:
                connection.execute(f"UPDATE {table} SET {column}=? WHERE {column}=?", (alias, person))
            for table, keys, columns in MENTIONED:
                for column in columns:
                    _rewrite(connection, table, keys, column, person, lambda text: name.sub(alias, text))
            for table, column in KEYS:
                _rewrite(
                    connection,
                    table,
                    (column,),
                    column,
                    person,
                    lambda text: disguised(text) if name.search(text) else text,
                )
            audit.forget(connection, person, alias, now)
        audit_anchor.advance(self._database)

    def _moved(self, connection: Any, person: str) -> None:
        """Nobody's earlier reading of these threads holds any more."""
        for (thread_id,) in connection.execute(TOUCHED, {"who": person}).fetchall():
            for tell in self._database.committed:
                tell(Outcome(thread_id))
        self._database.written.update(("roots", "replied"))


def _rewrite(
    connection: Any, table: str, keys: tuple[str, ...], column: str, person: str, change: Callable[[str], str]
) -> None:  # fmt: skip
    where = " AND ".join(f"{key}=?" for key in keys)
    moved = f", change={NEXT}" if table == "entries" else ""  # so that every index takes note
    sql = f"SELECT {', '.join(keys)}, {column} FROM {table} WHERE instr({column}, ?)"
    for *key, text in connection.execute(sql, (person,)).fetchall():
        changed = change(text)
        if changed != text:
            connection.execute(f"UPDATE {table} SET {column}=?{moved} WHERE {where}", (changed, *key))
