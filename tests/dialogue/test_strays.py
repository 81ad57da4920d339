"""Own messages that come out twice, or before they are on record: one stays, and what people say of it counts."""

from __future__ import annotations

from bot.messages import Message, Post, Target
from bot.outcomes import Outcome
from bot.sandbox import Late
from tests.hands import HELP, QUESTION, Hands
from tests.harness import TEAM


def test_a_message_that_arrives_after_it_was_sent_again_is_taken_back(hands: Hands) -> None:
    hands.box.faults.next("chat.postMessage", Late(1.0))
    ts, card = hands.asked()
    assert card
    hands.box.wait_for(lambda box: len(hands.posts(ts)) == 2, what="the late message")
    hands.live.settle()
    assert [m["ts"] for m in hands.posts(ts)] == [card["ts"]]
    assert hands.value("SELECT turn_id FROM outbox WHERE key LIKE '%/suggestion'").endswith(card["ts"])


def test_the_late_message_stays_where_it_came_in_time_to_be_found(hands: Hands) -> None:
    hands.box.faults.next("chat.postMessage", Late(0.0))
    ts, _ = hands.asked()
    assert len(hands.posts(ts)) == 1
    assert hands.live.memory.outbox.backlog() == (0, 0)


def test_while_a_post_is_sent_again_nobody_knows_which_message_will_be_on_record(hands: Hands) -> None:
    memory, now = hands.live.memory, hands.live.clock()
    post = Post("d1/answer", Target.CHANNEL, f"slack:{TEAM}:{HELP}", Message("hello"))
    memory.ledger.commit(Outcome(posts=(post,)), now)
    assert memory.outbox.out_as("d1/answer") is None
    first = memory.outbox.claim("me", now)
    assert first is not None
    assert memory.outbox.out_as("d1/answer") is None  # its one request is what will be heard of
    memory.outbox.again(first.lease, "no answer", now, unknown=True)
    again = memory.outbox.claim("me", now)
    assert again is not None
    assert memory.outbox.out_as("d1/answer") == ""
    memory.outbox.sent(again.lease, "slack:T:C:2.0", now)
    assert memory.outbox.out_as("d1/answer") == "slack:T:C:2.0"
    assert memory.outbox.out_as("another") is None


def test_a_reaction_waits_until_the_message_is_recorded_as_sent(hands: Hands) -> None:
    ts, card = hands.asked()
    database = hands.live.memory.database
    row = "key LIKE '%/suggestion'"
    turn_id = hands.value(f"SELECT turn_id FROM outbox WHERE {row}")
    # As after a crash right after Slack accepted the message: it is out and heard, and not recorded yet.
    database.write(
        f"UPDATE outbox SET turn_id='', state='sending', lease_until=?, lease_owner='x' WHERE {row}", (1e12,)
    )
    hands.box.react(HELP, card["ts"], "+1", "U0AMY")
    hands.box.wait_acked()
    hands.live.engine.worker.step()
    assert hands.value("SELECT count(*) FROM feedback") == 0
    database.write(f"UPDATE outbox SET turn_id=?, state='sent' WHERE {row}", (turn_id,))
    hands.live.settle()
    assert hands.value("SELECT helpful FROM feedback") == 1
    assert hands.say("amy", QUESTION, ts)


def test_an_answer_to_one_person_that_may_be_out_is_not_sent_again(hands: Hands) -> None:
    live = hands.live
    hands.box.command(HELP, "U0AMY", "/vigil", "help").wait()
    live.engine.clicks.step(quick=True)
    sending = live.memory.outbox.claim("a sender that dies", live.clock())
    assert sending is not None
    assert sending.post.target is Target.REPLY
    live.town.platform.post(sending.post)
    live.memory.leases.release(lambda owner: True, live.clock(), 0.0)
    live.clock.move(1.0)
    live.settle()
    assert len([m for m in hands.box.ephemerals if m["user"] == "U0AMY"]) == 1
    assert live.memory.outbox.backlog() == (0, 1)
