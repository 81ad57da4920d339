"""Takes the words of turns out of the tables that hold them, inside a transaction, and leaves tombstones."""

from __future__ import annotations

import hashlib
from typing import Any

from bot.events import Edit, Event, Turn
from bot.outcomes import Act, Erasure
from bot.storage import audit

OWN, DELETED = 2, 8  # bits of turns.flags
KNOWN = "SELECT 1 FROM erasures WHERE object=? AND kind=? AND why!='edited' LIMIT 1"
PENDING = """UPDATE inbox SET state='done', payload='', error='' WHERE state!='done' AND id IN
    (SELECT inbox_id FROM inbox_alias WHERE alias=? OR (alias>=? AND alias<?))"""
FORGOTTEN = """SELECT 1 FROM erasures WHERE (object=? AND kind='turn' AND why!='edited')
    OR (object=? AND kind='thread' AND why='forgotten') LIMIT 1"""
# A question is made of the turn asked about, of its thread's root, and of root turns that its author wrote before.
UNASKED = """UPDATE shown SET vector=x'' WHERE rowid IN (
    SELECT s.rowid FROM turns t JOIN shown s ON s.thread_id=t.thread_id LEFT JOIN decisions d ON d.id=s.decision_id
      WHERE t.id=:turn AND (t.id=t.thread_id OR d.turn_id=t.id)
    UNION SELECT s.rowid FROM turns t JOIN shown s ON s.channel_id=t.channel_id AND s.at>=t.sent_at
      JOIN decisions d ON d.id=s.decision_id AND d.person=t.author WHERE t.id=:turn AND t.id=t.thread_id)"""


def begin(connection: Any, erasure: Erasure, now: float) -> None:
    """Write an erasure down, and take a turn's words at once; what rests on it is the eraser's work."""
    if erasure.kind == "turn":
        noted = erase_turn(connection, erasure, now)
        named = erasure.object
    else:
        noted = _note(connection, erasure, now)
        named = f"person erased-{noted}" if erasure.kind == "person" else erasure.object
    if noted:
        audit.append(connection, Act(erasure.actor or "vigil", f"erase: {erasure.why}", named, True), now)


def erase_turn(connection: Any, erasure: Erasure, now: float) -> int:
    """Take a turn's words out of `turns` and `inbox`, and what was made of them in `shown`; again changes nothing.

    Returns the number of the erasure, 0 where it is known already or of an own message.
    """
    turn_id, noted = erasure.object, 0
    row = connection.execute("SELECT text, flags FROM turns WHERE id=?", (turn_id,)).fetchone()
    connection.execute(PENDING, (turn_id, f"{turn_id}:edit:", f"{turn_id}:edit;"))
    if row is None or not row[1] & OWN:
        known = connection.execute(KNOWN, (turn_id, "turn")).fetchone()
        if not known:
            noted = _note(connection, erasure, now, row[0] if row else "")
    connection.execute(
        "UPDATE turns SET text='', files='', mentions='', flags=flags|? WHERE id=?", (DELETED, turn_id)
    )  # fmt: skip
    connection.execute("DELETE FROM reactions WHERE turn_id=?", (turn_id,))
    connection.execute(UNASKED, {"turn": turn_id})
    return noted


def note_edit(connection: Any, turn: Turn, now: float) -> None:
    """Before a turn is stored: where it replaces other words of a person, they are to be looked for everywhere."""
    if turn.own:
        return
    old = connection.execute(
        "SELECT text FROM turns WHERE id=? AND text NOT IN ('', ?)", (turn.id, turn.text)
    ).fetchone()
    if old:
        _note(connection, Erasure("turn", turn.id, "edited", turn.author), now, old[0])
        connection.execute(UNASKED, {"turn": turn.id})


def refused(connection: Any, event: Event) -> bool:
    """Whether the event brings a turn that was erased before it was heard, or one of a thread that is to be forgotten."""
    turn = event.turn if isinstance(event, Edit) else event
    if not isinstance(turn, Turn):
        return False
    return bool(connection.execute(FORGOTTEN, (turn.id, turn.thread_id)).fetchone())


def disguised(name: str) -> str:
    """What stands in `inbox_alias` for a name that held an erased person's id: still known, not readable."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _note(connection: Any, erasure: Erasure, now: float, gone: str = "") -> int:
    row = (erasure.kind, erasure.object, erasure.why, erasure.actor, now, gone)
    sql = "INSERT INTO erasures (kind, object, why, actor, at, gone) VALUES (?,?,?,?,?,?)"
    return int(connection.execute(sql, row).lastrowid)
