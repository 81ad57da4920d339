"""The outbox: committed before it is sent, in order within a channel, and never forgotten in the middle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.memory import Memory
from bot.messages import Button, Choice, Message, Post, Source, Target
from bot.outcomes import Outcome
from bot.storage.base import LeaseLost, Sending
from bot.storage.outbox import LEASE_SECONDS
from tests.storage.values import CHANNEL, NOW, post

OTHER = "slack:T1:C2"


def put(memory: Memory, *posts: Post) -> None:
    memory.ledger.commit(Outcome(posts=posts), NOW)


def claimed(memory: Memory, now: float = NOW, owner: str = "me") -> Sending:
    sending = memory.outbox.claim(owner, now)
    assert sending is not None
    return sending


def test_a_post_comes_back_as_it_went_in(memory: Memory) -> None:
    message = Message(
        "**text** `code`", "title", (Source("Runbook", "https://wiki.example/a", "2 days old"),), "quiet",
        (Button("why", "Why?", "d1", "primary"),), (Choice("thread", "Which?", (("a", "1"),)),), ("U1",), ("S1",),
    )  # fmt: skip
    whole = Post(
        "d1/answer", Target.THREAD, CHANNEL, message, f"{CHANNEL}:1.0", "U1", "https://x.example", "vigil_x", "d1"
    )
    put(memory, whole)
    sending = claimed(memory)
    assert (sending.post, sending.unknown, sending.created_at) == (whole, False, NOW)


def test_keys_are_unique(memory: Memory) -> None:
    put(memory, post("d1/answer", text="first"), post("d1/answer", text="second"))
    put(memory, post("d1/answer", text="third"))
    assert memory.outbox.backlog() == (1, 0)
    assert claimed(memory).post.message.text == "first"


def test_a_channel_has_one_post_under_way_in_order(memory: Memory) -> None:
    put(memory, post("a/1"), post("b/1"), post("c/1", OTHER))
    first = claimed(memory)
    assert claimed(memory).post.key == "c/1"
    assert memory.outbox.claim("me", NOW) is None
    memory.outbox.sent(first.lease, f"{CHANNEL}:9.0", NOW)
    assert (first.post.key, claimed(memory).post.key) == ("a/1", "b/1")


def test_a_post_that_waits_holds_back_its_channel_only(memory: Memory) -> None:
    put(memory, post("a/1"), post("b/1"), post("c/1", OTHER))
    memory.outbox.again(claimed(memory).lease, "429", NOW + 30, False)
    assert claimed(memory, NOW + 1).post.key == "c/1"
    assert memory.outbox.claim("me", NOW + 29) is None
    assert claimed(memory, NOW + 30).post.key == "a/1"


def test_a_busy_channel_and_a_quiet_one_take_turns(memory: Memory) -> None:
    put(memory, *(post(f"a/{n}") for n in range(20)))
    sent = []
    for turn in range(6):
        if turn == 2:
            put(memory, post("q/1", OTHER), post("q/2", OTHER), post("r/1", "slack:T1:C3"))
        sending = claimed(memory)
        sent.append(sending.post.key)
        memory.outbox.sent(sending.lease, f"{CHANNEL}:{turn}.0", NOW)
    assert sent == ["a/0", "a/1", "q/1", "r/1", "a/2", "q/2"]


def test_waiting_as_asked_is_no_attempt(memory: Memory) -> None:
    put(memory, post("a/1"))
    for n in range(20):
        sending = claimed(memory, NOW + n)
        assert (sending.lease.attempts, sending.unknown) == (1, False)
        memory.outbox.again(sending.lease, "429", NOW + n + 1, unknown=False, tried=False)


def test_what_is_sent_stays_only_as_a_record(memory: Memory) -> None:
    put(memory, post("d1/answer"), post("d1/oncall"), post("d10/answer"))
    for number in range(3):
        memory.outbox.sent(claimed(memory).lease, f"{CHANNEL}:{number}.5", NOW)
    assert memory.outbox.claim("me", NOW + 1e6) is None
    assert memory.outbox.backlog() == (0, 0)
    assert memory.outbox.decision_of(f"{CHANNEL}:1.5") == "d1"
    assert memory.outbox.decision_of(f"{CHANNEL}:7.5") is None
    assert sorted(memory.outbox.messages_of("d1")) == [(f"{CHANNEL}:0.5", "d1/answer"), (f"{CHANNEL}:1.5", "d1/oncall")]
    assert memory.database.read("SELECT DISTINCT post FROM outbox") == [("",)]


def test_a_sender_that_died_leaves_an_unknown_outcome(memory: Memory) -> None:
    put(memory, post("a/1"))
    assert not claimed(memory).unknown
    assert memory.outbox.claim("other", NOW + LEASE_SECONDS - 1) is None
    found = claimed(memory, NOW + LEASE_SECONDS, "other")
    assert (found.unknown, found.lease.attempts) == (True, 2)


@pytest.mark.parametrize("unknown", [True, False])
def test_what_is_tried_again_says_whether_to_look_first(memory: Memory, unknown: bool) -> None:
    put(memory, post("a/1"))
    memory.outbox.again(claimed(memory).lease, "cut", NOW + 5, unknown)
    assert claimed(memory, NOW + 5).unknown is unknown


def test_a_post_that_failed_is_kept_and_frees_its_channel(memory: Memory) -> None:
    put(memory, post("a/1"), post("b/1"))
    memory.outbox.failed(claimed(memory).lease, "is_archived")
    assert memory.outbox.backlog() == (1, 1)
    assert claimed(memory).post.key == "b/1"


def test_a_lost_lease_changes_nothing(memory: Memory) -> None:
    put(memory, post("a/1"))
    old = claimed(memory).lease
    new = claimed(memory, NOW + LEASE_SECONDS, "other").lease
    changes: list[Callable[[], None]] = [
        lambda: memory.outbox.sent(old, "x", NOW),
        lambda: memory.outbox.again(old, "x", NOW, False),
        lambda: memory.outbox.failed(old, "x"),
    ]
    for late in changes:
        with pytest.raises(LeaseLost):
            late()
    memory.outbox.sent(new, f"{CHANNEL}:1.5", NOW)
    with pytest.raises(LeaseLost):
        memory.outbox.sent(new, f"{CHANNEL}:2.5", NOW)
