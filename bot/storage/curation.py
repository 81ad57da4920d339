"""What curation asks of the database: what is due for review, what was taken back, what the helpers were shown lately."""

from __future__ import annotations

from collections.abc import Sequence

from bot.storage.history import SqliteHistory
from bot.storage.sqlite import Database
from knowledge.models import Kind
from knowledge.steps import Deed, Review

CARDS = "SELECT count(*) FROM outbox WHERE lane=? AND created_at>=? AND key GLOB 'case-[0-9]*/[0-9]*' AND key NOT GLOB '*/*/*'"
# Since then nobody did anything with the entry, said that it helped, or met it again.
QUIET = """e.updated_at<:before
AND NOT EXISTS (SELECT 1 FROM entry_log l WHERE l.entry_id=e.id AND l.at>=:before)
AND NOT EXISTS (SELECT 1 FROM bonds b WHERE b.to_id=e.id AND b.kind='duplicate' AND b.at>=:before)
AND NOT EXISTS (SELECT 1 FROM shown s JOIN feedback f ON f.decision_id=s.decision_id
  WHERE s.entry_id=e.id AND f.helpful AND f.at>=:before)"""
AGED = f"SELECT e.id FROM entries e WHERE e.status='live' AND e.kind=:kind AND {QUIET} AND e.id NOT IN (SELECT entry_id FROM reviews)"
FRESH = f"""DELETE FROM reviews WHERE why='age' AND entry_id NOT IN (
SELECT e.id FROM entries e JOIN reviews r ON r.entry_id=e.id WHERE e.kind=:kind AND {QUIET})
AND entry_id IN (SELECT id FROM entries WHERE kind=:kind)"""
CHANGED = f"""SELECT DISTINCT e.id, json_extract(e.body, '$.url') FROM entry_log l JOIN entries e ON e.id=l.entry_id
WHERE l.id>? AND l.id<=? AND e.kind='section' AND l.action IN ('{Deed.UPDATED}','{Deed.RETIRED}')"""
LINKED = """SELECT e.id, json_extract(j.value, '$.url') FROM entries e, json_each(e.body, '$.links') j
WHERE e.status='live' AND e.kind!='section' AND e.id NOT IN (SELECT entry_id FROM reviews)"""
CURSOR = "curation_seen"


class SqliteCuration(SqliteHistory):
    """See bot.jobs.curate.Curation and bot.dialogue.cautions.Reviews."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)

    def taken_back_since(self, at: float) -> list[int]:
        """Ids of the cases that were live and were taken back or retired since then."""
        sql = f"""SELECT DISTINCT e.id FROM entry_log l JOIN entries e ON e.id=l.entry_id WHERE l.at>=? AND l.was='live'
            AND l.action IN ('{Deed.UNDONE}','{Deed.RETIRED}') AND e.kind='case' AND e.status NOT IN ('live','superseded')"""
        return [int(row[0]) for row in self._database.read(sql, (at,))]

    def cards_since(self, lane: str, since: float) -> int:
        """How many cards of proposed cases went, or are to go, to a channel since then."""
        return int(self._database.value(CARDS, (lane, since)))

    def digested(self, lane: str) -> float:
        """When the last digest was written for a channel, epoch seconds; 0 for never."""
        sql = "SELECT coalesce(max(created_at), 0) FROM outbox WHERE lane=? AND key GLOB 'digest-*'"
        return float(self._database.value(sql, (lane,)))

    def agreed_since(self, container: str, since: float) -> int:
        """How many cases of a channel went live by agreement since then, those taken back among them."""
        sql = f"""SELECT count(*) FROM entry_log l JOIN entries e ON e.id=l.entry_id
            WHERE l.at>=? AND l.action='{Deed.AUTO_APPROVED}' AND e.container=?"""
        return int(self._database.value(sql, (since, container)))

    def reviews(self, entry_ids: Sequence[int] | None = None) -> list[Review]:
        """What is due for review, the longest first; of these entries alone where they are given."""
        where = "" if entry_ids is None else f"WHERE entry_id IN ({','.join('?' * len(entry_ids))})"
        sql = f"SELECT entry_id, why, other, since FROM reviews {where} ORDER BY since, entry_id"
        return [Review(*row) for row in self._database.read(sql, tuple(entry_ids or ()))]

    def age(self, kind: Kind, before: float, now: float) -> int:
        """Put up for review what nobody has confirmed since then, and let go what somebody has; returns how many came."""
        with self._database.transaction() as connection:
            connection.execute(FRESH, {"kind": kind, "before": before})
            rows = connection.execute(AGED, {"kind": kind, "before": before}).fetchall()
            connection.executemany("INSERT INTO reviews VALUES (?,'age',0,?)", [(row[0], now) for row in rows])
        return len(rows)

    def follow_documents(self, now: float) -> int:
        """Put up for review what links to a page that changed since the last call; returns how many came."""
        seen = int(self._database.value("SELECT value FROM meta WHERE key=?", (CURSOR,)) or 0)
        newest = int(self._database.value("SELECT coalesce(max(id), 0) FROM entry_log"))
        if newest <= seen:
            return 0
        changed = {page(url): entry_id for entry_id, url in self._database.read(CHANGED, (seen, newest)) if url}
        linked = self._database.read(LINKED) if changed else []
        due = {entry_id: changed[page(url)] for entry_id, url in linked if page(url or "") in changed}
        with self._database.transaction() as connection:
            rows = [(entry_id, section, now) for entry_id, section in due.items()]
            connection.executemany("INSERT OR IGNORE INTO reviews VALUES (?,'document',?,?)", rows)
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (CURSOR, str(newest)))
        return len(due)


def page(url: str) -> str:
    """The address of the page that a link leads to, without the place on it."""
    return url.partition("#")[0].rstrip("/")
