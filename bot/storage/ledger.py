"""The ledger writes everything that one event leads to in a single transaction, or nothing."""

from __future__ import annotations

import math
from typing import Any

from bot.events import Turn
from bot.outcomes import Act, Outcome
from bot.storage import audit, audit_anchor, revisions
from bot.storage.base import Lease, LeaseLost, StaleThread
from bot.storage.codec import pack_calls, pack_post, pack_suggestion
from bot.storage.entries import NEXT
from bot.storage.erasing import begin, note_edit
from bot.storage.ratings import keep
from bot.storage.sqlite import Database
from bot.storage.surroundings import added
from bot.storage.turns import FLAGS, turn_row

NOBODY = sum(1 << FLAGS.index(name) for name in ("is_bot", "own", "system"))  # flags of turns that no person wrote


class SqliteLedger:
    """See bot.storage.base.Ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def commit(self, outcome: Outcome, now: float, lease: Lease | None = None) -> None:
        """Write it all on condition that the lease and the thread's version still stand."""
        with self._database.transaction() as connection:
            if lease is not None:
                _finish(connection, lease)
            if outcome.version is not None:
                _touch_thread(connection, outcome)
            if changed := _turns(connection, outcome, now):
                self._database.written.update(changed)
            self._database.written["feedback"] += len(outcome.feedback)
            _signs(connection, outcome)
            spoken = _decisions(connection, outcome)
            _posts(connection, outcome, now)
            _rest(connection, outcome, now)
            for act in (*spoken, *outcome.acts):
                audit.append(connection, act, now)
        if spoken or outcome.acts or outcome.erased:
            audit_anchor.advance(self._database)
        for tell in self._database.committed:
            tell(outcome)


def _finish(connection: Any, lease: Lease) -> None:
    done = connection.execute(
        "UPDATE inbox SET state='done', payload='', error='' WHERE id=? AND lease_owner=? AND state='open'",
        (lease.row, lease.owner),
    ).rowcount
    if not done:
        raise LeaseLost(f"inbox row {lease.row} is no longer leased to {lease.owner}")


def _touch_thread(connection: Any, outcome: Outcome) -> None:
    if outcome.version:
        spoken = [turn.sent_at for turn in outcome.turns]
        asker = next((turn.author for turn in outcome.turns if turn.is_root), None)
        changed = connection.execute(
            "UPDATE threads SET version=version+1, state=coalesce(?,state), need=max(need,coalesce(?,0)), "
            "learned_version=CASE WHEN ? THEN 1 WHEN ?!='resolved' THEN 0 ELSE learned_version END, "
            "last_at=max(last_at,?), opened_at=min(opened_at,?), asker=coalesce(?,asker) WHERE id=? AND version=?",
            (outcome.state, outcome.need, outcome.learned, outcome.state or "resolved", max(spoken, default=0.0),
             min(spoken, default=math.inf), asker, outcome.thread_id, outcome.version),
        ).rowcount  # fmt: skip
    else:
        turn = outcome.turns[0]
        changed = connection.execute(
            "INSERT OR IGNORE INTO threads (id, channel_id, asker, opened_at, last_at, version, need, state) "
            "VALUES (?,?,?,?,?,1,?,?)",
            (outcome.thread_id, outcome.channel_id, turn.author, turn.sent_at, turn.sent_at, outcome.need or 0,
             outcome.state or "open"),
        ).rowcount  # fmt: skip
    if not changed:
        raise StaleThread(f"{outcome.thread_id} changed meanwhile")


def _turns(connection: Any, outcome: Outcome, now: float) -> list[str]:
    """Write and erase turns; names what changed that readers may keep a copy of."""
    changed = ["roots"] if outcome.erased else []
    for number, turn in enumerate(outcome.turns):
        if outcome.version:
            note_edit(connection, turn, now)
        connection.execute(f"INSERT OR REPLACE INTO turns VALUES ({','.join('?' * 10)})", turn_row(turn))
        if outcome.version is None or (not outcome.version and number):  # else the thread has it already
            connection.execute(
                "UPDATE threads SET last_at=max(last_at,?), asker=CASE WHEN id=? THEN ? ELSE asker END, "
                "opened_at=min(opened_at,?) WHERE id=?",
                (turn.sent_at, turn.id, turn.author, turn.sent_at, turn.thread_id),
            )
        if turn.is_root:
            changed.append("roots" if outcome.version else added(turn.channel_id))
        changed += ["replied"] * _note_reply(connection, turn)
        if turn.is_root and outcome.version:
            changed += ["replied"] * _note_asker(connection, turn)
    for erasure in outcome.erased:
        begin(connection, erasure, now)
    return changed


def _note_reply(connection: Any, turn: Turn) -> bool:
    """Whether somebody replied for the first time in a thread that another person opened."""
    if turn.is_bot or turn.own or turn.system or turn.is_root:
        return False
    noted: int = connection.execute(
        "INSERT OR IGNORE INTO replied SELECT ?,?,? FROM threads WHERE id=? AND asker!=?",
        (turn.channel_id, turn.author, turn.thread_id, turn.thread_id, turn.author),
    ).rowcount
    return noted > 0


def _note_asker(connection: Any, root: Turn) -> bool:
    """A root heard after its replies tells who asked: whoever passed for the asker till then replied, and the asker did not."""
    key = (root.channel_id, root.author, root.thread_id)
    gone: int = connection.execute("DELETE FROM replied WHERE channel_id=? AND person=? AND thread_id=?", key).rowcount
    came: int = connection.execute(
        "INSERT OR IGNORE INTO replied SELECT DISTINCT channel_id, author, thread_id FROM turns "
        "WHERE thread_id=? AND id!=thread_id AND author!=? AND flags&?=0",
        (root.thread_id, root.author, NOBODY),
    ).rowcount
    return gone + came > 0


def _signs(connection: Any, outcome: Outcome) -> None:
    for mark in outcome.marks:
        row = (outcome.thread_id, mark.name, mark.actor, mark.at, mark.until)
        connection.execute("INSERT OR REPLACE INTO marks VALUES (?,?,?,?,?)", row)
    for name in outcome.unmark:
        connection.execute("DELETE FROM marks WHERE thread_id=? AND name=?", (outcome.thread_id, name))
    for r in outcome.reactions:
        if r.added:
            row5 = (r.turn_id, r.actor, r.name, r.at, outcome.thread_id)
            connection.execute("INSERT OR REPLACE INTO reactions VALUES (?,?,?,?,?)", row5)
        else:
            key = (r.turn_id, r.actor, r.name)
            connection.execute("DELETE FROM reactions WHERE turn_id=? AND actor=? AND name=?", key)


def _decisions(connection: Any, outcome: Outcome) -> list[Act]:
    """Write them; returns a line for the audit log for each that was new and made Vigil speak."""
    said, spoken = {post.decision_id or post.key.split("/", 1)[0] for post in outcome.posts}, []
    for d in outcome.decisions:
        new = connection.execute(
            "INSERT OR IGNORE INTO decisions (id, turn_id, thread_id, channel_id, kind, action, score, threshold, reasons, "
            f"at, due, person, asked, suggestion, entry_ids, versions, took, calls) VALUES ({','.join('?' * 18)})",
            (d.id, d.turn_id, d.thread_id, d.channel_id, d.kind, d.action, round(d.score, 4), d.threshold,
             "\n".join(d.reasons), d.at, d.due, d.person, "addressed" in "".join(d.reasons), pack_suggestion(d.suggestion),
             ",".join(map(str, d.entry_ids)), ",".join(f"{k}={v}" for k, v in d.versions), d.took,
             pack_calls(d.calls)),
        ).rowcount  # fmt: skip
        if new and d.id in said:
            spoken.append(Act("vigil", f"speak: {d.kind}", f"decision {d.id} in {d.thread_id}", True))
    return spoken


def _posts(connection: Any, outcome: Outcome, now: float) -> None:
    for post in outcome.posts:
        connection.execute(
            "INSERT OR IGNORE INTO outbox (key, post, lane, created_at) VALUES (?,?,?,?)",
            (post.key, pack_post(post), post.channel_id, now),
        )


def _rest(connection: Any, outcome: Outcome, now: float) -> None:
    if outcome.cancel or outcome.wake_up:
        connection.execute("DELETE FROM wake_ups WHERE thread_id=?", (outcome.thread_id,))
    if outcome.wake_up:
        row = (outcome.thread_id, outcome.wake_up.turn_id, outcome.wake_up.due)
        connection.execute("INSERT INTO wake_ups VALUES (?,?,?)", row)
    for f in outcome.feedback:
        if f.removed:
            key = (f.decision_id, f.actor, f.said)
            connection.execute("DELETE FROM feedback WHERE decision_id=? AND actor=? AND said=?", key)
        else:
            row6 = (f.decision_id, f.actor, f.helpful, f.reason, f.at, f.said)
            connection.execute("INSERT OR REPLACE INTO feedback VALUES (?,?,?,?,?,?)", row6)
    for shown in outcome.shown:
        keep(connection, shown)
    if outcome.nudge:
        n = outcome.nudge
        row4 = (outcome.thread_id, n.state, n.at, n.turn_id)
        connection.execute("INSERT OR IGNORE INTO nudges VALUES (?,?,?,?)", row4)
    if outcome.raise_by:
        connection.execute(
            "UPDATE channels SET raise_by=max(0, min(0.35, raise_by+?)) WHERE id=?",
            (outcome.raise_by, outcome.channel_id),
        )
    for entry_id, helpful, unhelpful in outcome.counts:
        connection.execute(
            f"UPDATE entries SET helpful=max(0,helpful+?), unhelpful=max(0,unhelpful+?), change={NEXT} WHERE id=?",
            (helpful, unhelpful, entry_id),
        )
    revisions.write(connection, outcome)
