"""Threads as values: order, roles, what is nearby, who helps, and the lists that jobs walk through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.events import Reaction
from bot.memory import Memory, open_memory
from bot.models import Mark, Role, State
from bot.outcomes import Erasure, Outcome
from bot.storage.held import SqliteHeld
from bot.storage.threads import SqliteThreads
from knowledge.models import Audience
from tests.storage.values import CHANNEL, NOW, open_thread, opening, turn

ROOT = f"{CHANNEL}:1.0"


def say(memory: Memory, ts: str, author: str, root: str = "1.0", **changes: object) -> None:
    """A reply is heard and stored."""
    threads = SqliteThreads(memory.database)
    reply = replace(turn(ts, root, author), **changes)  # type: ignore[arg-type]
    version = threads.load(reply.thread_id, CHANNEL, NOW).version
    memory.ledger.commit(Outcome(reply.thread_id, CHANNEL, version, (reply,)), NOW)


def test_an_unknown_thread_is_empty(memory: Memory) -> None:
    thread = SqliteThreads(memory.database).load(ROOT, CHANNEL, NOW)
    assert (thread.turns, thread.version, thread.helpers, thread.nearby) == ((), 0, frozenset(), ())


def test_a_turn_comes_back_as_it_went_in(memory: Memory) -> None:
    rich = replace(
        turn("1.0", text="naïve 数据 \U0001f98a\n```code```"), is_bot=True, own=True, addressed=True, system=True,
        edited_at=5.5, mentions=("U1", "U2"), files=("a.log",),
    )  # fmt: skip
    threads = open_thread(memory, rich)
    assert threads.turn(rich.id) == rich
    assert threads.load(ROOT, CHANNEL, NOW).turns == (rich,)
    assert (threads.thread_of(rich.id), threads.thread_of("nothing"), threads.turn("nothing")) == (ROOT, None, None)


def test_turns_are_in_order_of_time_with_the_root_first(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    for ts in ("5.0", "3.0", "4.0"):
        say(memory, ts, "bob")
    say(memory, "0.5", "bob")  # a reply whose clock is wrong
    order = [t.id.rsplit(":", 1)[1] for t in threads.load(ROOT, CHANNEL, NOW).turns]
    assert order == ["1.0", "0.5", "3.0", "4.0", "5.0"]


def test_the_root_may_come_after_its_replies(memory: Memory) -> None:
    threads = open_thread(memory, turn("2.0", root="1.0", author="bob"))
    say(memory, "1.0", "amy")
    thread = threads.load(ROOT, CHANNEL, NOW)
    assert (thread.asker, thread.root.id) == ("amy", ROOT)
    assert threads.listed(["open"])[0].asker == "amy"
    assert threads.listed(["open"])[0].opened_at == 1.0


def test_roles(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    for ts, author in (("2.0", "bob"), ("3.0", "cleo"), ("4.0", "amy")):
        say(memory, ts, author)
    say(memory, "5.0", "alarm", is_bot=True)
    threads = SqliteThreads(memory.database, lambda channel: frozenset({"bob"} if channel == CHANNEL else ()))
    thread = threads.load(ROOT, CHANNEL, NOW)
    assert [thread.role_of(t) for t in thread.turns] == [Role.ASKER, Role.HELPER, Role.STRANGER, Role.ASKER, Role.BOT]


def test_the_audience_comes_from_the_channel(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))
    threads = SqliteThreads(memory.database, audience=lambda channel: Audience.of(f"channel:{channel}"))
    assert threads.load(ROOT, CHANNEL, NOW).audience == Audience.of(f"channel:{CHANNEL}")
    assert SqliteThreads(memory.database).load(ROOT, CHANNEL, NOW).audience == Audience()


def test_who_replied_in_three_threads_of_others_helps(memory: Memory) -> None:
    threads = SqliteThreads(memory.database)
    for n in (1, 2, 3):
        memory.ledger.commit(opening(turn(f"{n}.0"), turn(f"{n}.5", f"{n}.0", "bob")), NOW)
        say(memory, f"{n}.6", "bob", f"{n}.0")
        say(memory, f"{n}.7", "amy", f"{n}.0")  # the asker's own replies do not count
        say(memory, f"{n}.8", "alarm", f"{n}.0", is_bot=True)
        say(memory, f"{n}.9", "vigil", f"{n}.0", own=True)
        assert threads.helpers(CHANNEL) == (frozenset({"bob"}) if n == 3 else frozenset())
    assert threads.helpers("slack:T1:C2") == frozenset()


def test_many_replies_in_one_thread_make_no_helper(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    for n in range(2, 9):
        say(memory, f"{n}.0", "cleo")
    assert threads.helpers(CHANNEL) == frozenset()


def test_a_root_that_comes_late_says_who_replied_to_others(memory: Memory) -> None:
    """Until the root is known, the first to be heard passes for the asker."""
    threads = SqliteThreads(memory.database)
    for n in (1, 2, 3):
        memory.ledger.commit(opening(turn(f"{n}.5", f"{n}.0", "bob"), turn(f"{n}.6", f"{n}.0", "amy")), NOW)
        say(memory, f"{n}.0", "amy", f"{n}.0")
        assert threads.helpers(CHANNEL) == (frozenset({"bob"}) if n == 3 else frozenset())


def test_copies_follow_every_write(memory: Memory) -> None:
    """What is kept between calls is read anew after this thread's, another process's and the eraser's writes."""
    threads, other = open_thread(memory, turn("1.0")), open_memory(memory.database.path)

    def nearby() -> list[str]:
        return [t.text for t in threads.load(f"{CHANNEL}:99.0", CHANNEL, 99.0).nearby]

    assert nearby() == ["it fails"]
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, (turn("1.0", text="edited"),)), NOW)
    assert nearby() == ["edited"]
    other.ledger.commit(opening(turn("2.0", text="elsewhere")), NOW)
    assert nearby() == ["edited", "elsewhere"]
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 2, erased=(Erasure("turn", ROOT, "deleted"),)), NOW)
    assert nearby() == ["", "elsewhere"]
    memory.erasures.remove_threads([ROOT, f"{CHANNEL}:2.0"])
    assert nearby() == []


def test_helpers_are_forgotten_with_their_threads(memory: Memory) -> None:
    threads = SqliteThreads(memory.database)
    for n in (1, 2, 3):
        memory.ledger.commit(opening(turn(f"{n}.0"), turn(f"{n}.5", f"{n}.0", "bob")), NOW)
    assert threads.helpers(CHANNEL) == frozenset({"bob"})
    memory.erasures.remove_threads([f"{CHANNEL}:1.0"])
    assert threads.helpers(CHANNEL) == frozenset()


def test_nearby_are_the_last_thirty_roots_before(memory: Memory) -> None:
    for n in range(1, 41):
        memory.ledger.commit(opening(turn(f"{n}.0"), turn(f"{n}.5", f"{n}.0", "bob")), NOW)
    memory.ledger.commit(opening(turn("20.2", channel="slack:T1:C2")), NOW)
    threads = SqliteThreads(memory.database)
    nearby = threads.load(f"{CHANNEL}:35.0", CHANNEL, 38.0).nearby
    assert [t.sent_at for t in nearby] == [float(n) for n in range(8, 39) if n != 35]
    assert [t.sent_at for t in threads.load(f"{CHANNEL}:2.0", CHANNEL, 2.0).nearby] == [1.0]


def test_marks_and_reactions_come_with_the_thread(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    memory.ledger.commit(opening(turn("9.0")), NOW)
    marks = (Mark("muted", "bob", NOW), Mark("snoozed", "amy", NOW, NOW + 60))
    reactions = tuple(Reaction(ROOT, who, "+1", True, at) for who, at in (("bob", 3.0), ("amy", 2.0)))
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, marks=marks, reactions=reactions), NOW)
    thread = threads.load(ROOT, CHANNEL, NOW)
    assert set(thread.marks) == set(marks)
    assert [(r.actor, r.at, r.added) for r in thread.reactions] == [("amy", 2.0, True), ("bob", 3.0, True)]
    other = threads.load(f"{CHANNEL}:9.0", CHANNEL, NOW)
    assert (other.marks, other.reactions) == ((), ())


def test_an_erased_turn_keeps_its_place_and_loses_its_words(memory: Memory) -> None:
    said = replace(turn("1.0", text="walrus"), mentions=("U1",), files=("walrus.log",))
    threads = open_thread(memory, said)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, reactions=(Reaction(ROOT, "bob", "+1", True, 2.0),)), NOW)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 2, erased=(Erasure("turn", ROOT, "deleted"),)), NOW)
    thread = threads.load(ROOT, CHANNEL, NOW)
    assert (thread.root.deleted, thread.root.text, thread.root.mentions, thread.root.files) == (True, "", (), ())
    assert thread.reactions == ()


def test_lists_by_state_newest_first(memory: Memory) -> None:
    for n, state in enumerate((State.OPEN, State.STALE, State.OPEN, State.RESOLVED), 1):
        memory.ledger.commit(replace(opening(turn(f"{n}.0", text="q" * 300)), state=state, need=n / 10), NOW)
    memory.ledger.commit(opening(turn("9.0", channel="slack:T1:C2")), NOW)
    threads = SqliteThreads(memory.database)
    found = threads.listed([State.OPEN, State.STALE], CHANNEL)
    assert [row.id.rsplit(":", 1)[1] for row in found] == ["3.0", "2.0", "1.0"]
    assert (found[0].state, found[0].need, len(found[0].title), found[0].version) == ("open", 0.3, 120, 1)
    assert len(threads.listed([State.OPEN])) == 3
    assert len(threads.listed([State.OPEN], limit=1)) == 1


def test_a_new_turn_raises_version_and_last_sign_of_life(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    say(memory, "7.0", "bob")
    (row,) = threads.listed([State.OPEN])
    assert (row.version, row.opened_at, row.last_at) == (2, 1.0, 7.0)


def test_learning_list(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    assert threads.unlearned() == []
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 1, state=State.RESOLVED), NOW)
    assert [row.id for row in threads.unlearned()] == [ROOT]
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 2, learned=True), NOW)
    assert threads.unlearned() == []
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 3, state=State.REOPENED), NOW)
    memory.ledger.commit(Outcome(ROOT, CHANNEL, 4, state=State.RESOLVED), NOW)
    assert [row.id for row in threads.unlearned()] == [ROOT]


def test_shelving_list(memory: Memory) -> None:
    threads = open_thread(memory, turn("1.0"))
    assert threads.unshelved() == [ROOT]
    threads.shelved([(ROOT, 1)])
    assert threads.unshelved() == []
    say(memory, "2.0", "bob")
    assert threads.unshelved() == [ROOT]


def test_what_catch_up_compares(memory: Memory) -> None:
    open_thread(memory, turn("1.0"), turn("2.0", "1.0", "bob"))
    memory.ledger.commit(opening(turn("3.0")), NOW)
    held = SqliteHeld(memory.database)
    assert list(held.roots(CHANNEL, 1.0)) == [f"{CHANNEL}:3.0"]
    assert sorted(held.thread(ROOT)) == [ROOT, f"{CHANNEL}:2.0"]
    assert held.replied(CHANNEL, 0.0) == {ROOT: (1, 1, 2.0)}
    assert [held.nth_root(CHANNEL, number) for number in (1, 2, 3)] == [3.0, 1.0, 0.0]


@pytest.mark.parametrize("name", ["Robert'); DROP TABLE turns;--", "", "\u202e\U0001f98a", "%_?"])
def test_odd_names_are_only_names(memory: Memory, name: str) -> None:
    threads = open_thread(memory, replace(turn("1.0"), author=name))
    assert threads.load(ROOT, CHANNEL, NOW).asker == name
