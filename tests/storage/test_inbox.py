"""The inbox: each event once, lanes in order, leases that expire, errors that wait."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from bot.events import Click, Command, Deletion, Edit, Event, Membership, Reaction
from bot.memory import Memory, open_memory
from bot.outcomes import Outcome
from bot.storage.base import Leased, LeaseLost
from bot.storage.inbox import LEASE_SECONDS, lane_of
from bot.storage.threads import SqliteThreads
from tests.storage.values import CHANNEL, NOW, opening, turn


def put(memory: Memory, *events: Event) -> None:
    for event in events:
        assert memory.inbox.put(event, f"raw-{id(event)}", (), NOW)


def claim(memory: Memory, owner: str = "me", now: float = NOW, limit: int = 10) -> list[Leased]:
    return memory.inbox.claim(owner, now, False, limit)


def finish(memory: Memory, leased: Leased) -> None:
    memory.ledger.commit(Outcome(), NOW, leased.lease)


def test_an_event_is_stored_once(memory: Memory) -> None:
    assert memory.inbox.put(turn("1.0"), "Ev1", ("slack:T1:C1:1.0", "msg-1"), NOW)
    assert not memory.inbox.put(turn("1.0"), "Ev1", (), NOW)
    assert memory.inbox.backlog() == (1, 0)


@pytest.mark.parametrize(("raw", "aliases"), [("msg-1", ()), ("Ev2", ("msg-1",)), ("Ev2", ("Ev1",))])
def test_an_alias_counts_as_the_event_itself(memory: Memory, raw: str, aliases: tuple[str, ...]) -> None:
    memory.inbox.put(turn("1.0"), "Ev1", ("msg-1",), NOW)
    assert not memory.inbox.put(turn("1.0"), raw, aliases, NOW)


def test_an_event_is_known_after_it_was_worked_off(memory: Memory) -> None:
    memory.inbox.put(turn("1.0"), "Ev1", ("msg-1",), NOW)
    finish(memory, *claim(memory))
    assert not memory.inbox.put(turn("1.0"), "Ev2", ("msg-1",), NOW)
    assert memory.inbox.backlog() == (0, 0)


EVENTS: list[Event] = [
    turn("1.0", author="U1", text="naïve 数据库 \U0001f98a \x00 end"),
    Edit(f"{CHANNEL}:1.0", "better", 2.0),
    Deletion(f"{CHANNEL}:1.0", 3.0),
    Reaction(f"{CHANNEL}:1.0", "U2", "+1", False, 4.0),
    Membership(CHANNEL, "U3", True, False, 5.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_went_in(memory: Memory, event: Event) -> None:
    memory.inbox.put(event, "raw", (), NOW)
    (leased,) = claim(memory)
    assert (leased.event, leased.received_at, leased.lease.attempts) == (event, NOW, 1)


def test_clicks_and_commands_have_a_lane_of_their_own(memory: Memory) -> None:
    click = Click("why", "d1", "U1", CHANNEL, 1.0, fields=(("reason", "old"),))
    command = Command("suggest", "", "U1", CHANNEL, 2.0, via="mention")
    put(memory, turn("1.0"), click, command)
    assert [leased.event for leased in memory.inbox.claim("quick", NOW, True, 5)] == [click, command]
    assert [leased.event for leased in claim(memory)] == [turn("1.0")]


def test_lanes() -> None:
    assert lane_of(turn("2.0", root="1.0")) == f"{CHANNEL}:1.0"
    assert lane_of(Edit(f"{CHANNEL}:2.0", "", 0.0)) == f"{CHANNEL}:2.0"
    assert lane_of(Command("status", "", "U1", CHANNEL, 0.0)) == CHANNEL


@pytest.mark.parametrize("stored", [False, True])
def test_what_is_done_to_a_reply_stays_in_its_threads_lane(memory: Memory, stored: bool) -> None:
    reply = turn("2.0", root="1.0")
    assert memory.inbox.put(turn("1.0"), "Ev1", (f"{CHANNEL}:1.0",), NOW)
    assert memory.inbox.put(reply, "Ev2", (reply.id,), NOW)
    first, second = claim(memory)
    if stored:
        memory.ledger.commit(opening(turn("1.0")), NOW, first.lease)
        memory.ledger.commit(Outcome(reply.thread_id, CHANNEL, 1, (reply,)), NOW, second.lease)
        put(memory, turn("3.0", root="1.0"))
    put(memory, Edit(reply.id, "better", 2.5), Deletion(reply.id, 3.0), Reaction(reply.id, "U2", "+1", True, 4.0))
    if not stored:
        assert claim(memory, "other") == [], "the reply is still being thought about"
        memory.inbox.retry(second.lease, "again", NOW, False)
        memory.inbox.retry(first.lease, "again", NOW, False)
    lanes = {leased.lane for leased in claim(memory)}
    assert lanes == {f"{CHANNEL}:1.0"}


def test_a_lease_that_is_renewed_runs_on(memory: Memory) -> None:
    put(memory, turn("1.0"), turn("2.0"))
    mine, lost = claim(memory)
    memory.inbox.retry(lost.lease, "handed back", NOW, False)
    memory.inbox.renew([mine.lease, lost.lease], NOW + 50)
    (other,) = claim(memory, "other", NOW + LEASE_SECONDS + 10)
    assert other.lease.row == lost.lease.row
    memory.inbox.renew([mine.lease, lost.lease], NOW + 100)
    assert claim(memory, "other", NOW + 100 + LEASE_SECONDS - 1)[0].lease.row == lost.lease.row
    finish(memory, mine)


def test_events_come_in_the_order_in_which_they_were_heard(memory: Memory) -> None:
    events = [turn(f"{n}.0") for n in range(5)]
    put(memory, *events)
    assert [leased.event for leased in claim(memory, limit=3)] == events[:3]
    assert [leased.event for leased in claim(memory, limit=3)] == events[3:]


def test_what_is_leased_is_not_given_out_again_until_the_lease_ends(memory: Memory) -> None:
    put(memory, turn("1.0"))
    assert len(claim(memory, "a")) == 1
    assert claim(memory, "b", NOW + LEASE_SECONDS - 1) == []
    (again,) = claim(memory, "b", NOW + LEASE_SECONDS)
    assert (again.lease.owner, again.lease.attempts) == ("b", 2)


def test_a_lane_waits_for_its_older_event(memory: Memory) -> None:
    first, reply, other = turn("1.0"), turn("2.0", root="1.0"), turn("3.0")
    put(memory, first, reply, other)
    (held,) = claim(memory, "a", limit=1)
    assert [leased.event for leased in claim(memory, "b")] == [other]
    finish(memory, held)
    assert [leased.event for leased in claim(memory, "b")] == [reply]


def test_an_event_with_an_error_waits_and_holds_its_lane(memory: Memory) -> None:
    put(memory, turn("1.0"), turn("2.0", root="1.0"))
    first, second = claim(memory)
    memory.inbox.retry(second.lease, "back", NOW, False)
    memory.inbox.retry(first.lease, "no", NOW + 30, False)
    assert claim(memory, now=NOW + 29) == []
    assert [leased.event.id for leased in claim(memory, now=NOW + 30)] == [f"{CHANNEL}:1.0", f"{CHANNEL}:2.0"]  # type: ignore[union-attr]


def test_an_event_that_is_given_up_frees_its_lane(memory: Memory) -> None:
    put(memory, turn("1.0"), turn("2.0", root="1.0"))
    first, second = claim(memory)
    memory.inbox.retry(second.lease, "back", NOW, False)
    memory.inbox.retry(first.lease, "hopeless", NOW, True)
    assert memory.inbox.backlog() == (1, 1)
    assert [leased.event for leased in claim(memory)] == [turn("2.0", root="1.0")]


def test_a_lost_lease_neither_finishes_nor_gives_back(memory: Memory) -> None:
    put(memory, turn("1.0"))
    (old,) = claim(memory, "a")
    claim(memory, "b", NOW + LEASE_SECONDS)
    with pytest.raises(LeaseLost):
        memory.inbox.retry(old.lease, "late", NOW, False)
    with pytest.raises(LeaseLost):
        finish(memory, old)


def test_what_is_worked_off_keeps_no_text(memory: Memory) -> None:
    put(memory, turn("1.0", text="walrus"))
    finish(memory, *claim(memory))
    assert memory.database.read("SELECT payload FROM inbox") == [("",)]


def test_workers_never_take_the_same_event(memory: Memory) -> None:
    count, taken, lock = 60, Counter[str](), threading.Lock()
    put(memory, *(turn(f"{n}.0") for n in range(count)))

    def work(owner: str) -> None:
        own = open_memory(memory.database.path)
        while leased := own.inbox.claim(owner, NOW, False, 3):
            with lock:
                taken.update(item.event.id for item in leased)  # type: ignore[union-attr]
        own.database.close()

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert taken == {f"{CHANNEL}:{n}.0": 1 for n in range(count)}


def test_listeners_never_store_the_same_event(memory: Memory) -> None:
    stored: list[str] = []

    def hear() -> None:
        own = open_memory(memory.database.path)
        stored.extend(f"Ev{n}" for n in range(40) if own.inbox.put(turn(f"{n}.0"), f"Ev{n}", (f"m{n}",), NOW))
        own.database.close()

    listeners = [threading.Thread(target=hear) for _ in range(3)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join(60)
    assert sorted(stored) == sorted(f"Ev{n}" for n in range(40))


def test_waiting_putting_off_and_dying_are_no_failed_tries(memory: Memory) -> None:
    put(memory, turn("1.0"))
    for _ in range(8):
        (leased,) = claim(memory)
        memory.inbox.retry(leased.lease, "waits for an older event", NOW, False, tried=False)
    threads = SqliteThreads(memory.database)
    assert threads.pending(f"{CHANNEL}:1.0", NOW), "nobody has thought about it yet"
    for times in range(8):
        (leased,) = claim(memory)
        assert leased.waited == times
        memory.inbox.set_aside(leased.lease, "its message is not known yet", NOW)
    assert not threads.pending(f"{CHANNEL}:1.0", NOW)
    for _ in range(3):
        claim(memory)
        assert memory.leases.release(lambda _: True, NOW, 12.0) == 1
    (leased,) = claim(memory)
    assert leased.lease.attempts == 2, "the next failure is the second try at most"
