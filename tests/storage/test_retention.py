"""Retention: what is over and past its time goes, and what may still be asked for stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.jobs.retention import DAY, Retention
from bot.memory import Memory
from bot.outcomes import Outcome
from tests.storage.values import NOW, turn


def test_records_of_what_is_over_go_and_what_still_counts_stays(memory: Memory) -> None:
    old, long_ago = NOW - 20 * DAY, NOW - 900 * DAY
    rows = [
        ("turn", "edited", old, old), ("turn", "retention", old, old), ("thread", "retention", old, old),
        ("turn", "edited", old, None), ("turn", "deleted", old, old), ("person", "requested", long_ago, long_ago),
        ("thread", "forgotten", long_ago, long_ago), ("turn", "deleted", long_ago, long_ago),
    ]  # fmt: skip
    with memory.database.transaction() as connection:
        sql = "INSERT INTO erasures (kind, object, why, actor, at, done_at) VALUES (?,'x',?,'',?,?)"
        connection.executemany(sql, rows)
        connection.executemany("INSERT INTO erased VALUES (?,?,?)", [(1, 1, old), (2, 2, NOW), (3, 3, old)])
        keys = ("command-1/x", "remove-1/delete", "home-U1/home", "digest-C1-1/digest", "case-1/1", "d1/suggestion")
        sql = "INSERT INTO outbox (key, post, lane, state, created_at) VALUES (?,'','c',?,?)"
        connection.executemany(sql, [(key, "sent", old) for key in keys])
        connection.executemany(sql, [("command-2/x", "queued", old), ("digest-C1-0/digest", "sent", long_ago)])
        connection.executemany("INSERT INTO series VALUES (?,'','n','',1)", [(1,), (int(NOW // DAY),)])
        connection.executemany("INSERT INTO told VALUES ('C1',?,?)", [("a", long_ago), ("b", old)])
    Retention(memory.broom, memory.erasures, 0.0, lambda: NOW).run()
    read = memory.database.read
    assert sorted(read("SELECT kind, why, done_at IS NULL FROM erasures")) == [
        ("person", "requested", 0), ("thread", "forgotten", 0), ("turn", "deleted", 0), ("turn", "edited", 1),
    ]  # fmt: skip
    assert read("SELECT change FROM erased ORDER BY 1") == [(2,), (3,)], "the last number given is never given again"
    left = {row[0] for row in read("SELECT key FROM outbox")}
    assert left == {"digest-C1-1/digest", "case-1/1", "d1/suggestion", "command-2/x"}
    assert read("SELECT day FROM series") == [(int(NOW // DAY),)]
    assert read("SELECT cause FROM told") == [("b",)]


@pytest.mark.parametrize(("reach", "days"), [(72.0, 14.0), (500.0, 2 * 500 / 24)])
def test_what_catch_up_may_bring_again_is_still_known(memory: Memory, reach: float, days: float) -> None:
    """Also where threads are kept for a day only: else what was erased for its age would come back as new."""
    memory.inbox.put(turn("1.0"), "Ev1", (), NOW)
    (leased,) = memory.inbox.claim("me", NOW, False)
    memory.ledger.commit(Outcome(), NOW, leased.lease)
    for at, known in ((NOW + days * DAY - 60, True), (NOW + days * DAY + 60, False)):
        Retention(memory.broom, memory.erasures, 1.0, lambda at=at: at, reach).run()  # type: ignore[misc]
        assert bool(memory.database.value("SELECT count(*) FROM inbox")) is known


def test_the_words_of_an_event_that_was_given_up_go_with_their_time(memory: Memory) -> None:
    memory.inbox.put(turn("1.0", text="walrus"), "Ev1", (), NOW)
    (leased,) = memory.inbox.claim("me", NOW, False)
    memory.inbox.retry(leased.lease, "ValueError: walrus", 0.0, give_up=True)
    Retention(memory.broom, memory.erasures, 1.0, lambda: NOW + DAY / 2).run()
    assert memory.inbox.backlog() == (0, 1)
    Retention(memory.broom, memory.erasures, 1.0, lambda: NOW + 2 * DAY).run()
    assert memory.database.read("SELECT payload, error, state FROM inbox") == [("", "", "done")]


def test_the_write_ahead_log_does_not_stay_large(memory: Memory) -> None:
    memory.inbox.put(turn("1.0", text="x" * 3_000_000), "Ev1", (), NOW)
    log = Path(f"{memory.database.path}-wal")
    assert log.stat().st_size > 2_000_000
    Retention(memory.broom, memory.erasures, 0.0, lambda: NOW).run()
    assert log.stat().st_size == 0
