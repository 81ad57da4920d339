"""What was made of the words of turns: Vigil's own messages, decisions, remarks, posts on their way, cases and precedents."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.messages import Message, Post
from bot.storage.codec import pack_post, unpack
from bot.storage.entries import SqliteEntries
from bot.storage.erasing import DELETED, OWN
from bot.storage.ratings import WORDLESS
from bot.storage.sqlite import Database
from knowledge.models import Case, Entry, Status


class SqliteTraces:
    """The half of bot.jobs.erase_ports.Erasures that looks for words and takes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def own_since(self, at: float) -> list[tuple[str, str, str]]:
        """(turn id, channel id, text) of Vigil's own messages since then."""
        sql = f"SELECT id, channel_id, text FROM turns WHERE flags&{OWN} AND sent_at>=? AND text!=''"
        return [(row[0], row[1], row[2]) for row in self._database.read(sql, (at,))]

    def own_in(self, thread_id: str) -> list[tuple[str, str, str]]:
        """The same of one thread."""
        sql = f"SELECT id, channel_id, text FROM turns WHERE thread_id=? AND flags&{OWN} AND flags&{DELETED}=0"
        return [(row[0], row[1], row[2]) for row in self._database.read(sql, (thread_id,))]

    def told_of(self, turn_ids: Sequence[str]) -> list[tuple[int, str, str]]:
        """(outbox id, own turn id or "", channel id) of posts about a new topic that tell words of these turns."""
        sql = """SELECT DISTINCT o.id, o.turn_id, o.lane FROM told_turns t JOIN outbox o ON o.key=t.post_key
            WHERE t.turn_id IN (SELECT value FROM json_each(?))"""
        return [(row[0], row[1], row[2]) for row in self._database.read(sql, (json.dumps(list(turn_ids)),))]

    def said_in(self, thread_id: str) -> list[tuple[str, str, str, str]]:
        """(decision id, turn id, its suggestion with titles, its reasons) of a thread's decisions."""
        sql = "SELECT id, turn_id, suggestion, reasons FROM decisions WHERE thread_id=?"
        return [(i, turn, _told(said), reasons) for i, turn, said, reasons in self._database.read(sql, (thread_id,))]

    def remarks_in(self, thread_id: str) -> list[tuple[str, str, str]]:
        """(decision id, actor, reason) of the feedback on a thread's decisions that gives a reason."""
        sql = """SELECT f.decision_id, f.actor, f.reason FROM decisions d JOIN feedback f ON f.decision_id=d.id
            WHERE d.thread_id=? AND f.reason!=''"""
        return [(row[0], row[1], row[2]) for row in self._database.read(sql, (thread_id,))]

    def waiting_posts(self) -> list[tuple[int, Post]]:
        """(outbox id, post) of all that still holds words."""
        rows = self._database.read("SELECT id, post FROM outbox WHERE post!=''")
        return [(row[0], unpack(Post, row[1])) for row in rows]

    def take_words(
        self, own: Sequence[str], suggestions: Sequence[str], reasons: Sequence[str], remarks: Sequence[tuple[str, str]],
        posts: Sequence[tuple[int, Post]],
    ) -> None:  # fmt: skip
        """Blank own turns, decisions' suggestions and reasons, feedback's reasons (decision, actor), and posts."""
        with self._database.transaction() as connection:
            run = connection.executemany
            run(
                f"UPDATE turns SET text='', files='', mentions='', flags=flags|{DELETED} WHERE id=?",
                [(i,) for i in own],
            )
            run("UPDATE decisions SET suggestion='' WHERE id=?", [(i,) for i in suggestions])
            run("UPDATE decisions SET reasons='' WHERE id=?", [(i,) for i in reasons])
            run(f"UPDATE feedback SET reason={WORDLESS} WHERE decision_id=? AND actor=?", remarks)
            # What may be out already is looked for by its key: that stays, without the words.
            stubs = [(pack_post(_wordless(post)), row) for row, post in posts]
            run("UPDATE outbox SET post=?, taken_back=1 WHERE id=? AND state='sending'", stubs)
            ids = [(row,) for row, _ in posts]
            run("UPDATE outbox SET post='', state='failed', error='erased' WHERE id=? AND state!='sending'", ids)
            self._database.written.update(("roots",))

    def renewed(self, own: Sequence[str]) -> None:
        """Blank own turns that are being worded anew; they stand, and their new words are heard from the platform."""
        with self._database.transaction() as connection:
            connection.executemany("UPDATE turns SET text='' WHERE id=?", [(turn_id,) for turn_id in own])

    def taken_back(self) -> tuple[list[tuple[str, str]], bool]:
        """(turn id, channel id) of posts that came out after their words were erased; whether some are still on their way."""
        rows = self._database.read("SELECT id, turn_id, lane, state FROM outbox WHERE taken_back")
        return [(row[1], row[2]) for row in rows if row[1]], any(row[3] in ("queued", "sending") for row in rows)

    def settled(self) -> None:
        """What came out is being deleted, what failed never came out."""
        self._database.write("UPDATE outbox SET taken_back=0 WHERE taken_back AND state IN ('sent','failed')")

    def cases_on(self, turn_id: str) -> list[int]:
        """Ids of the cases that rest, in any version, on a turn."""
        rows = self._database.read("SELECT entry_id FROM entry_turns WHERE turn_id=?", (turn_id,))
        return [row[0] for row in rows]

    def ever_on(self, source: str, turn_id: str) -> int | None:
        """The entry of this source, if any of its versions names the turn."""
        sql = """SELECT e.id FROM entries e JOIN entry_versions v ON v.entry_id=e.id
            WHERE e.source=? AND instr(v.body, ?) LIMIT 1"""
        found = self._database.value(sql, (source, json.dumps(turn_id, ensure_ascii=False)))
        return None if found is None else int(found)

    def versions(self, entry_id: int) -> list[Case]:
        """All versions of an entry, newest first."""
        sql = "SELECT body FROM entry_versions WHERE entry_id=? ORDER BY version DESC"
        return [unpack(Case, row[0]) for row in self._database.read(sql, (entry_id,))]

    def replace(self, entry_id: int, case: Case, status: Status, actor: str, now: float) -> Entry:
        """Erase an entry and store what is left of it as a new one, in one transaction."""
        return SqliteEntries(self._database).replace(entry_id, case, status, actor, now)

    def erased_since(self, at: float) -> list[int]:
        """Ids of the entries erased since then."""
        return [row[0] for row in self._database.read("SELECT entry_id FROM erased WHERE at>=?", (at,))]

    def trim(self, source: str) -> None:
        """Leave only the present version of an entry, and only its vectors."""
        former = (
            "entry_id=(SELECT id FROM entries WHERE source=?) AND version<(SELECT version FROM entries WHERE source=?)"
        )
        with self._database.transaction() as connection:
            for table in ("entry_versions", "vectors"):
                connection.execute(f"DELETE FROM {table} WHERE {former}", (source, source))


def _told(suggestion: str) -> str:
    """The text of a stored suggestion and the titles that it cites."""
    if not suggestion:
        return ""
    body = json.loads(suggestion)
    return "\n".join([body["text"], *(hit["title"] for hit in body["hits"])])


def _wordless(post: Post) -> Post:
    return Post(post.key, post.target, post.channel_id, Message("…"), post.thread_id, post.person, post.address,
                post.event_type, post.decision_id, post.tells)  # fmt: skip
