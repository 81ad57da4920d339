"""The ledger: everything that one event leads to, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.events import Reaction
from bot.memory import Memory, open_memory
from bot.messages import Channel
from bot.models import Feedback, Mark, State
from bot.outcomes import Act, Nudge, Outcome, WakeUp
from bot.storage.base import LeaseLost, StaleThread
from bot.storage.sqlite import StoreError
from knowledge.models import Status
from tests.storage.values import CHANNEL, NOW, case, decision, open_thread, opening, post, turn

TABLES = ("turns", "threads", "marks", "reactions", "decisions", "outbox", "wake_ups", "nudges", "feedback", "audit")
ROOT = f"{CHANNEL}:1.0"


def rows(memory: Memory) -> dict[str, list[tuple[object, ...]]]:
    return {table: memory.database.read(f"SELECT * FROM {table}") for table in (*TABLES, "inbox", "channels")}


def everything(version: int) -> Outcome:
    """An outcome that touches every table it can."""
    reply = turn("2.0", root="1.0", author="bob")
    return Outcome(
        ROOT, CHANNEL, version, (reply,),
        marks=(Mark("muted", "bob", NOW),),
        reactions=(Reaction(ROOT, "bob", "+1", True, NOW),),
        decisions=(decision(1),),
        posts=(post("d1/answer"),),
        wake_up=WakeUp(ROOT, NOW + 60),
        feedback=(Feedback("d1", "bob", True, "", NOW),),
        nudge=Nudge("stale", NOW, ROOT),
        state=State.WAITING_ON_ASKER,
        raise_by=0.1,
        acts=(Act("bob", "mute", ROOT, True),),
    )  # fmt: skip


def test_everything_is_written(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    memory.channels.put([Channel(CHANNEL, "help")], NOW)
    memory.ledger.commit(everything(1), NOW)
    thread = threads.load(ROOT, CHANNEL, NOW)
    assert (len(thread.turns), thread.version, thread.marks, len(thread.reactions)) == (
        2,
        2,
        (Mark("muted", "bob", NOW),),
        1,
    )
    assert threads.held(ROOT) == WakeUp(ROOT, NOW + 60)
    assert threads.nudges(ROOT) == [Nudge("stale", NOW, ROOT)]
    assert memory.channels.raised(CHANNEL) == pytest.approx(0.1)
    assert [table for table in TABLES if not memory.database.read(f"SELECT 1 FROM {table}")] == []


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_thread_that_changed_meanwhile_takes_nothing(memory: Memory, version: int) -> None:
    open_thread(memory, turn("1.0"))
    memory.inbox.put(turn("2.0", root="1.0"), "Ev2", (), NOW)
    (leased,) = memory.inbox.claim("me", NOW, False)
    before = rows(memory)
    with pytest.raises(StaleThread):
        memory.ledger.commit(everything(version), NOW, leased.lease)
    assert rows(memory) == before


def test_a_lost_lease_writes_nothing(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    memory.inbox.put(turn("2.0", root="1.0"), "Ev2", (), NOW)
    (old,) = memory.inbox.claim("me", NOW, False)
    memory.inbox.claim("other", NOW + 100, False)
    before = rows(memory)
    with pytest.raises(LeaseLost):
        memory.ledger.commit(everything(1), NOW, old.lease)
    assert rows(memory) == before


def test_an_error_in_the_last_step_undoes_the_first(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    before = rows(memory)
    with pytest.raises(StoreError):
        memory.ledger.commit(replace(everything(1), acts=(Act("bob", "mute", None, True),)), NOW)  # type: ignore[arg-type]
    assert rows(memory) == before


def test_an_event_is_finished_in_the_same_transaction(memory: Memory) -> None:
    memory.inbox.put(turn("1.0"), "Ev1", (), NOW)
    (leased,) = memory.inbox.claim("me", NOW, False)
    memory.ledger.commit(opening(turn("1.0")), NOW, leased.lease)
    assert memory.inbox.backlog() == (0, 0)
    with pytest.raises(LeaseLost):
        memory.ledger.commit(Outcome(), NOW, leased.lease)


def test_a_thread_is_made_once(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    with pytest.raises(StaleThread):
        memory.ledger.commit(opening(turn("1.0")), NOW)


def test_the_same_decision_and_post_are_written_once(memory: Memory) -> None:
    for _ in range(2):
        memory.ledger.commit(Outcome(decisions=(decision(1),), posts=(post("d1/answer"),)), NOW)
    assert len(memory.decisions.listed()) == 1
    assert memory.outbox.backlog() == (1, 0)


def test_one_hold_a_thread(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    memory.ledger.commit(Outcome(ROOT, CHANNEL, wake_up=WakeUp(ROOT, NOW + 60)), NOW)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, wake_up=WakeUp(f"{CHANNEL}:2.0", NOW + 90)), NOW)
    assert (threads.next_due(), threads.due(NOW + 89)) == (NOW + 90, [])
    assert threads.due(NOW + 90) == [(ROOT, f"{CHANNEL}:2.0", NOW + 90)]
    memory.ledger.commit(Outcome(ROOT, CHANNEL, cancel=True), NOW)
    assert (threads.next_due(), threads.held(ROOT)) == (None, None)


def test_marks_and_reactions_are_taken_back(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    memory.ledger.commit(everything(1), NOW)
    back = Outcome(ROOT, CHANNEL, 2, unmark=("muted",), reactions=(Reaction(ROOT, "bob", "+1", False, NOW + 1),))
    memory.ledger.commit(back, NOW)
    thread = threads.load(ROOT, CHANNEL, NOW)
    assert (thread.marks, thread.reactions) == ((), ())


def test_feedback_is_one_a_person_and_can_be_taken_back(memory: Memory) -> None:
    given = Feedback("d1", "amy", True, "", NOW)
    for f in (given, replace(given, helpful=False, reason="old"), replace(given, actor="bob")):
        memory.ledger.commit(Outcome(feedback=(f,)), NOW)
    assert memory.decisions.feedback_of("d1", "amy") is False
    memory.ledger.commit(Outcome(feedback=(replace(given, removed=True),)), NOW)
    assert memory.decisions.feedback_of("d1", "amy") is None
    assert memory.decisions.feedback_of("d1", "bob") is True


def test_speaking_less_has_a_ceiling_and_a_floor(memory: Memory) -> None:
    memory.channels.put([Channel(CHANNEL, "help")], NOW)
    for step, total in ((0.3, 0.3), (0.3, 0.35), (-1.0, 0.0)):
        memory.ledger.commit(Outcome(channel_id=CHANNEL, raise_by=step), NOW)
        assert memory.channels.raised(CHANNEL) == pytest.approx(total)


def test_counts_of_entries_never_fall_below_zero_and_show_as_a_change(memory: Memory) -> None:
    (entry,) = memory.entries.put([case("file:a#b")], Status.LIVE, "U1", NOW)
    memory.ledger.commit(Outcome(counts=((entry.id, 1, 0),)), NOW)
    memory.ledger.commit(Outcome(counts=((entry.id, -3, 1),)), NOW)
    after = memory.entries.get(entry.id)
    assert after is not None
    assert (after.helpful, after.unhelpful, after.version) == (0, 1, entry.version)
    assert after.change > entry.change


def test_a_full_disk_writes_nothing_and_says_so(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    before = rows(memory)
    pages = memory.database.value("PRAGMA page_count")
    memory.database.value(f"PRAGMA max_page_count={pages}")
    big = replace(everything(1), turns=(turn("2.0", root="1.0", text="x" * 500_000),))
    with pytest.raises(StoreError, match="the disk is full; free space"):
        memory.ledger.commit(big, NOW)
    assert rows(memory) == before
    memory.database.value("PRAGMA max_page_count=1000000")
    memory.ledger.commit(big, NOW)
    assert threads.load(ROOT, CHANNEL, NOW).version == 2


def test_any_error_undoes_a_transaction_and_frees_the_lock(memory: Memory) -> None:
    def half() -> None:
        with memory.database.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('k', 'v')")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        half()
    assert memory.runs.fact("k") == ""
    other = open_memory(memory.database.path)
    other.runs.remember("k", "w")
    assert memory.runs.fact("k") == "w"
