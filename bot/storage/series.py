"""The series: what each day's decisions, ratings and searches come to, as counts by day, channel, name and part."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bot.messages import Post
from bot.outcomes import Counted, Disliked, Opening
from bot.storage.codec import pack_post
from bot.storage.sqlite import Database

DAY = 86_400.0
MEASURED = "measured"
NEAREST = "nearest"
KEPT = (MEASURED, NEAREST)  # what is measured once and not counted again while ratings still come in
RATIO = 1.2  # between the steps of a scale on which times are counted
PLACE = "channel_id NOT IN (SELECT id FROM channels WHERE flags&2)"  # a conversation with one person is nobody's series
WHEN = f"d.at>=:since AND d.at<:until AND d.{PLACE}"
SPOKE = "d.action IN ('draft','private','public') AND d.kind='suggestion'"
ENOUGH = f"{SPOKE} AND CASE d.suggestion WHEN '' THEN 0 ELSE json_extract(d.suggestion, '$.enough') END"
PLAIN = {
    "decided": f"SELECT channel_id, '', count(DISTINCT turn_id) FROM decisions d WHERE {WHEN} AND kind='suggestion' "
    "AND NOT asked GROUP BY 1",
    "spoken": f"SELECT channel_id, '', count(DISTINCT turn_id) FROM decisions d WHERE {WHEN} AND {SPOKE} AND NOT asked "
    "GROUP BY 1",
    "tier": f"SELECT channel_id, json_extract(suggestion, '$.hits[0].kind'), count(*) FROM decisions d "
    f"WHERE {WHEN} AND {ENOUGH} AND json_array_length(suggestion, '$.hits') GROUP BY 1, 2",
    "shown": f"SELECT channel_id, '', count(DISTINCT decision_id) FROM shown d WHERE {WHEN} GROUP BY 1",
    "welcome": f"SELECT channel_id, '', count(*) FROM (SELECT d.channel_id FROM shown d JOIN feedback f USING (decision_id) "
    f"WHERE {WHEN} AND d.share=1 AND f.said GROUP BY decision_id HAVING 2*sum(f.helpful)>count(*)) GROUP BY 1",
    "rated": f"SELECT channel_id, iif(f.helpful, 'helpful', 'unhelpful'), count(*) FROM decisions d "
    f"JOIN feedback f ON f.decision_id=d.id WHERE f.said AND {WHEN} GROUP BY 1, 2",
    "promised": f"SELECT channel_id, printf('%.2f', promised), count(*) FROM shown d JOIN feedback f USING (decision_id) "
    f"WHERE {WHEN} AND d.share=1 AND d.promised>0 AND f.said GROUP BY 1, 2",
    "kept": f"SELECT channel_id, '', sum(f.helpful) FROM shown d JOIN feedback f USING (decision_id) "
    f"WHERE {WHEN} AND d.share=1 AND d.promised>0 AND f.said GROUP BY 1",
}
ROOTS = f"""SELECT t.id, t.channel_id, t.asker, t.opened_at, r.text FROM threads t JOIN turns r ON r.id=t.id
WHERE t.opened_at>=? AND t.opened_at<? AND t.need>=? AND r.text!='' AND r.flags&8=0 AND t.{PLACE} ORDER BY t.opened_at"""
DISLIKED = """SELECT s.entry_id, count(DISTINCT s.decision_id), coalesce(sum(f.helpful), 0), count(f.actor)-coalesce(sum(f.helpful), 0),
count(DISTINCT iif(f.helpful, NULL, f.actor)) FROM shown s LEFT JOIN feedback f ON f.decision_id=s.decision_id AND f.said
WHERE s.at>=? AND s.channel_id IN (SELECT value FROM json_each(?)) GROUP BY 1"""
OUTBOX = "INSERT OR IGNORE INTO outbox (key, post, lane, created_at) VALUES (?,?,?,?)"


class SqliteSeries:
    """See bot.jobs.watch.Series."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unmeasured(self, since: int, until: int) -> list[int]:
        """The days from `since` to before `until` that were not measured yet, none before the first decision."""
        first = self._database.value("SELECT min(at) FROM decisions")
        if first is None:
            return []
        sql = "SELECT day FROM series WHERE name=? AND channel_id='' AND day>=?"
        done = {row[0] for row in self._database.read(sql, (MEASURED, since))}
        return [day for day in range(max(since, int(first // DAY)), until) if day not in done]

    def counted(self, day: int) -> list[Counted]:
        """What the store's decisions of a day come to now; nothing is written."""
        span = {"since": day * DAY, "until": (day + 1) * DAY}
        read = self._database.read
        rows = [
            Counted(day, channel, name, part, number)
            for name, sql in PLAIN.items()
            for channel, part, number in read(sql, span)  # type: ignore[arg-type]
        ]
        spoken = read(f"SELECT channel_id, at, entry_ids FROM decisions d WHERE {WHEN} AND {ENOUGH}", span)  # type: ignore[arg-type]
        took = read(f"SELECT channel_id, took FROM decisions d WHERE {WHEN} AND took IS NOT NULL", span)  # type: ignore[arg-type]
        found = Counter(("took", channel, step(1000 * seconds)) for channel, seconds in took)
        found.update(("age", channel, step(days)) for channel, days in self._ages(spoken))
        for channel, versions, number in read(
            f"SELECT channel_id, versions, count(*) FROM decisions d WHERE {WHEN} GROUP BY 1, 2",
            span,  # type: ignore[arg-type]
        ):
            named = dict(pair.split("=", 1) for pair in versions.split(",") if "=" in pair)
            found.update({(name, channel, named[name]): number for name in ("triage", "embedding") if name in named})
        return rows + [Counted(day, channel, name, part, n) for (name, channel, part), n in found.items()]

    def _ages(self, spoken: Sequence[tuple[Any, ...]]) -> list[tuple[str, float]]:
        """(channel, days) of every source that was cited and still is there."""
        ids = sorted({int(part) for _, _, cited in spoken for part in cited.split(",") if part})
        sql = "SELECT id, json_extract(body, '$.happened_at'), updated_at FROM entries WHERE id IN (SELECT value FROM json_each(?))"
        since = {row[0]: row[1] or row[2] for row in self._database.read(sql, (json.dumps(ids),))}
        return [
            (channel, max(0.0, at - since[int(part)]) / DAY)
            for channel, at, cited in spoken
            for part in cited.split(",")
            if part and int(part) in since
        ]

    def write(self, day: int, counts: Iterable[Counted], first: bool) -> bool:
        """Keep a day's counts in place of what was counted of it before; False if it was measured already and is `first`.

        In one transaction, so that a day is never half measured, and never twice.
        """
        with self._database.transaction() as connection:
            done = connection.execute("SELECT 1 FROM series WHERE name=? AND day=?", (MEASURED, day)).fetchone()
            if first and done:
                return False
            connection.execute(f"DELETE FROM series WHERE day=? AND name NOT IN {KEPT}", (day,))
            rows = [(c.day, c.channel_id, c.name, c.part, c.number) for c in counts]
            rows += [(day, "", MEASURED, "", 1)] * first
            connection.executemany("INSERT OR REPLACE INTO series VALUES (?,?,?,?,?)", rows)
        return True

    def read(self, since: int, until: int) -> list[Counted]:
        """All that was kept of the days from `since` to before `until`."""
        sql = "SELECT day, channel_id, name, part, number FROM series WHERE day>=? AND day<? ORDER BY day"
        return [Counted(*row) for row in self._database.read(sql, (since, until))]

    def openings(self, day: int, need: float) -> list[Opening]:
        """The questions that opened a day's threads of at least that need, and still stand."""
        return [Opening(*row) for row in self._database.read(ROOTS, (day * DAY, (day + 1) * DAY, need))]

    def disliked(self, since: float, channels: Sequence[str]) -> list[Disliked]:
        """Entries shown in these channels since then that more often did not help than did, the worst first."""
        rows = [Disliked(*row) for row in self._database.read(DISLIKED, (since, json.dumps(list(channels))))]
        return sorted((r for r in rows if r.unhelpful > r.helpful), key=lambda r: (r.helpful - r.unhelpful, r.entry_id))

    def told(self, desk: str, cause: str, since: float) -> bool:
        """Whether a channel was told of a cause after then."""
        return bool(self._database.value("SELECT 1 FROM told WHERE desk=? AND cause=? AND at>?", (desk, cause, since)))

    def tell(self, post: Post, cause: str, now: float, quiet: float, turns: Sequence[str] = ()) -> bool:
        """Put a post about a cause into the outbox, unless its channel was told of that within `quiet` seconds.

        Should one of the `turns` be erased whose words it tells, the post goes too.
        """
        sql = """INSERT INTO told VALUES (?,?,?) ON CONFLICT DO UPDATE SET at=excluded.at WHERE at<=excluded.at-? RETURNING at"""
        with self._database.transaction() as connection:
            if not connection.execute(sql, (post.channel_id, cause, now, quiet)).fetchall():
                return False
            connection.execute(OUTBOX, (post.key, pack_post(post), post.channel_id, now))
            connection.executemany("INSERT OR IGNORE INTO told_turns VALUES (?,?)", [(t, post.key) for t in turns])
        return True


def step(value: float) -> str:
    """The upper end of the step in which a positive value is counted; all up to 1 are one step."""
    return f"{RATIO ** max(0, math.ceil(math.log(max(value, 1e-9), RATIO) - 1e-9)):.3g}"
