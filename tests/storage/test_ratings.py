"""Ratings as they are read back: words before deeds before silence, only of what was shown, gone when it is erased."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pysqlite3 as sqlite
import pytest

from bot.memory import Memory, open_memory
from bot.models import Feedback, Mark
from bot.outcomes import Erasure, Outcome, Shown
from bot.storage.base import StaleThread
from bot.storage.migrating import MIGRATIONS
from knowledge.models import Status
from knowledge.usefulness import DAY, Rating
from tests.storage.values import CHANNEL, NOW, case, decision, open_thread, turn

ROOT = f"{CHANNEL}:{NOW:.1f}"
ASKED = (0.6, 0.8)
LATER = NOW + 2 * DAY


@pytest.fixture
def entry_id(memory: Memory) -> int:
    """An entry that was shown in public to Amy's question."""
    (entry,) = memory.entries.put([case("file:a")], Status.LIVE, "U1", NOW)
    open_thread(memory, turn(f"{NOW:.1f}"))
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, shown=(shown("d1", entry.id),)), NOW)
    return entry.id


def shown(decision: str, *entry_ids: int, public: bool = True, promised: float = 0.8) -> Shown:
    return Shown(decision, ROOT, CHANNEL, NOW, tuple((i, 1) for i in entry_ids), ASKED, promised, public)


def say(memory: Memory, actor: str, helpful: bool, reason: str = "", said: bool = True, removed: bool = False) -> None:
    given = Feedback("d1", actor, helpful, reason, NOW + 9, removed, said)
    memory.ledger.commit(Outcome(feedback=(given,)), NOW + 9)


def read(memory: Memory, entry_id: int, now: float = NOW + 60) -> list[tuple[str, float, str]]:
    return [(r.actor, r.value, r.reason) for r in memory.ratings.of([entry_id], now)]


def test_a_rating_carries_where_and_for_which_question_it_was_given(memory: Memory, entry_id: int) -> None:
    say(memory, "bob", False, "outdated: since June")
    (rating,) = memory.ratings.of([entry_id], NOW + 60)
    assert rating.vector is not None
    assert np.allclose(rating.vector, ASKED, atol=1e-3)
    assert (rating.channel, rating.value, rating.reason, rating.version, rating.share) == (
        CHANNEL,
        -1,
        "outdated",
        1,
        1,
    )


def test_what_is_taken_back_leaves_what_was_there_before(memory: Memory, entry_id: int) -> None:
    say(memory, "kim", True, "published", said=False)
    assert read(memory, entry_id) == [("kim", 1.0, "published")]
    before, changes = read(memory, entry_id), memory.ratings.changes()
    say(memory, "kim", False)
    assert read(memory, entry_id) == [("kim", -1.0, "")]
    say(memory, "kim", False, removed=True)
    assert read(memory, entry_id) == before
    assert memory.ratings.changes() == changes + 2


def test_silence_counts_after_a_day_and_ends_when_somebody_speaks(memory: Memory, entry_id: int) -> None:
    assert read(memory, entry_id) == []
    assert read(memory, entry_id, LATER) == [("amy", -0.05, "ignored")]
    say(memory, "bob", True)
    assert read(memory, entry_id, LATER) == [("bob", 1.0, "")]


@pytest.mark.parametrize(
    ("closes", "at", "speaks", "counts"),
    [("amy", 60.0, "", True), ("bob", 60.0, "", False), ("amy", 2 * DAY, "", False), ("amy", 60.0, "bob", False)],
)
def test_the_asker_closing_the_thread_right_after_counts(
    memory: Memory, entry_id: int, closes: str, at: float, speaks: str, counts: bool
) -> None:
    turns = (turn(f"{NOW + 30:.1f}", f"{NOW:.1f}", speaks),) if speaks else ()
    mark = Mark("resolved", closes, NOW + at)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 2, turns, marks=(mark,)), NOW + at)
    assert read(memory, entry_id, NOW + 3 * DAY) == ([("amy", 0.5, "resolved")] if counts else [])
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 3, unmark=("resolved",)), NOW + at)
    assert [reason for *_, reason in read(memory, entry_id, NOW + 3 * DAY)] == ["ignored"]


def test_a_draft_that_nobody_touched_says_nothing(memory: Memory, entry_id: int) -> None:
    memory.ledger.commit(Outcome(shown=(shown("d2", entry_id + 1, public=False),)), NOW)
    assert read(memory, entry_id + 1, LATER) == []


def test_a_second_source_answers_for_half(memory: Memory, entry_id: int) -> None:
    memory.ledger.commit(Outcome(shown=(shown("d3", entry_id, entry_id + 1),)), NOW)
    memory.ledger.commit(Outcome(feedback=(Feedback("d3", "bob", False, "", NOW),)), NOW)
    assert [r.share for r in memory.ratings.of([entry_id, entry_id + 1], NOW + 60)] == [1.0, 0.5]
    assert len(memory.ratings.marks(CHANNEL, NOW + 60)) == 1


def test_what_was_shown_is_written_once_and_with_the_rest_or_not_at_all(memory: Memory, entry_id: int) -> None:
    with pytest.raises(StaleThread):
        memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, shown=(shown("d2", entry_id),)), NOW)
    memory.ledger.commit(Outcome(shown=(shown("d1", entry_id),)), NOW)
    assert memory.database.value("SELECT count(*) FROM shown") == 1


def test_an_erased_entry_takes_its_ratings_along(memory: Memory, entry_id: int) -> None:
    say(memory, "bob", False)
    memory.entries.erase([entry_id], NOW)
    assert read(memory, entry_id) == []
    assert memory.database.value("SELECT count(*) FROM shown") == 0


def test_a_deleted_question_leaves_its_ratings_but_not_its_vector(memory: Memory, entry_id: int) -> None:
    say(memory, "bob", False)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 2, erased=(Erasure("turn", ROOT, "deleted"),)), NOW + 9)
    (rating,) = memory.ratings.of([entry_id], NOW + 60)
    assert rating == Rating(entry_id, "bob", -1.0, "", NOW + 9, CHANNEL, None, 1, 1.0)


def questions(memory: Memory) -> dict[str, bool]:
    """Of which decisions the question is still known."""
    return {row[0]: bool(row[1]) for row in memory.database.read("SELECT decision_id, vector FROM shown ORDER BY 1")}


@pytest.fixture
def asked(memory: Memory, entry_id: int) -> Memory:
    """Amy's question d1; Bob's reply and his own question d2 in her thread; then a question of Amy's, d3, and Bob's, d4."""
    replies = (turn("1800000001.0", f"{NOW:.1f}", "bob"), turn("1800000002.0", f"{NOW:.1f}", "bob"))
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 2, replies), NOW)
    for number, asks, thread_id in (
        (2, replies[1], ROOT),
        (3, turn("1800000003.0"), ""),
        (4, turn("1800000004.0", author="bob"), ""),
    ):
        made = replace(decision(number), turn_id=asks.id, thread_id=asks.thread_id, person=asks.author, at=asks.sent_at)
        note = replace(shown(made.id, entry_id), thread_id=asks.thread_id, at=asks.sent_at)
        version, turns = (None, ()) if thread_id else (0, (asks,))
        memory.ledger.commit(Outcome(asks.thread_id, CHANNEL, version, turns, decisions=(made,), shown=(note,)), NOW)
    assert all(questions(memory).values())
    return memory


@pytest.mark.parametrize(
    ("who", "ts", "forgotten"),
    [
        ("amy", f"{NOW:.1f}", ["d1", "d2", "d3"]),
        ("bob", "1800000001.0", []),
        ("bob", "1800000002.0", ["d2"]),
        ("amy", "1800000003.0", ["d3"]),
    ],
)
@pytest.mark.parametrize("edited", [False, True])
def test_the_questions_made_of_a_turn_go_with_its_words(
    asked: Memory, who: str, ts: str, forgotten: list[str], edited: bool
) -> None:
    thread_id = ROOT if ts < "1800000003" else f"{CHANNEL}:{ts}"
    said = replace(turn(ts, thread_id.rpartition(":")[2], who, "in other words"), edited_at=NOW + 50)
    change = {"turns": (said,)} if edited else {"erased": (Erasure("turn", said.id, "deleted"),)}
    version = asked.database.value("SELECT version FROM threads WHERE id=?", (thread_id,))
    asked.ledger.commit(Outcome(thread_id, CHANNEL, version, **change), NOW + 60)  # type: ignore[arg-type]
    assert [name for name, known in questions(asked).items() if not known] == forgotten


def test_a_question_that_was_on_its_way_is_forgotten_when_all_has_settled(asked: Memory) -> None:
    asked.ledger.commit(Outcome(erased=(Erasure("turn", ROOT, "deleted"),)), NOW)
    asked.database.write("UPDATE shown SET vector=x'01'")
    asked.erasures.done([erasure.id for erasure in asked.erasures.open()], NOW + 60)
    assert questions(asked) == {"d2": False, "d3": False, "d4": True}  # d1 has no decision and is swept


def test_who_is_erased_leaves_votes_under_an_alias_and_no_words(memory: Memory, entry_id: int) -> None:
    say(memory, "bob", False, "off_topic: ask bob's team")
    say(memory, "bob", True, "edited", said=False)
    say(memory, "kim", False, "wrong: bob knows better")
    before = [(r.value, r.reason) for r in memory.ratings.of([entry_id], NOW + 60) if r.actor == "bob"]
    assert memory.persons.held("bob")["words of feedback"] == 1
    memory.persons.take(Erasure("person", "bob", "requested"), NOW + 60)
    memory.persons.rename("bob", "erased-1", 0.0)
    assert [(r.value, r.reason) for r in memory.ratings.of([entry_id], NOW + 60) if r.actor == "erased-1"] == before
    assert sorted(memory.database.read("SELECT actor, reason, said FROM feedback")) == [
        ("erased-1", "edited", 0),
        ("erased-1", "off_topic", 1),
        ("kim", "wrong: erased-1 knows better", 1),
    ]


def test_feedback_of_before_is_kept_as_what_people_said(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite.connect(path)
    old.executescript((MIGRATIONS / "0001_start.sql").read_text(encoding="utf-8"))
    old.execute("INSERT INTO feedback VALUES ('d1', 'bob', 0, 'wrong', 5.0)")
    old.execute("PRAGMA user_version=1")
    old.commit()
    old.close()
    memory = open_memory(path)
    assert memory.decisions.feedback_of("d1", "bob") is False
    assert memory.database.read("SELECT * FROM feedback") == [("d1", "bob", 0, "wrong", 5.0, 1)]
