"""Reactions as verdicts: not a request, remove, a reaction before its message is known."""

from __future__ import annotations

import pytest

from bot.events import Reaction
from bot.outcomes import NotYet
from tests.hands import HELP, QUESTION, Hands
from tests.harness import TEAM


def react(hands: Hands, ts: str, name: str, who: str) -> None:
    hands.box.react(HELP, ts, name, who)
    hands.live.settle()


def test_not_a_request_silences_the_thread(hands: Hands) -> None:
    ts = hands.say("amy", QUESTION)
    react(hands, ts, "see_no_evil", "U0BOB")
    assert hands.value("SELECT count(*) FROM marks WHERE name='not-a-request'") == 0
    react(hands, ts, "see_no_evil", "U0KIM")
    assert hands.value("SELECT count(*) FROM marks WHERE name='not-a-request'") == 1
    hands.live.clock.move(900)
    hands.live.settle()
    assert hands.posts(ts) == []
    hands.box.unreact(HELP, ts, "see_no_evil", "U0KIM")
    hands.live.settle()
    assert hands.value("SELECT count(*) FROM marks WHERE name='not-a-request'") == 0


def test_the_wastebasket_takes_away_what_vigil_said(hands: Hands) -> None:
    ts, card = hands.asked()
    react(hands, card["ts"], "wastebasket", "U0BOB")
    assert len(hands.posts(ts)) == 1
    hands.say("kim", "<@U0VIGIL> summary", ts)
    assert len(hands.posts(ts)) == 2
    react(hands, hands.posts(ts)[-1]["ts"], "wastebasket", "U0AMY")
    react(hands, card["ts"], "wastebasket", "U0KIM")
    assert hands.posts(ts) == []
    react(hands, ts, "wastebasket", "U0KIM")
    assert [m["ts"] for m in hands.box.messages(HELP)] == [ts]


def test_a_skin_tone_changes_nothing_and_other_emoji_say_nothing(hands: Hands) -> None:
    _, card = hands.asked()
    react(hands, card["ts"], "tada", "U0AMY")
    assert hands.value("SELECT count(*) FROM feedback") == 0
    react(hands, card["ts"], "+1::skin-tone-4", "U0AMY")
    assert hands.value("SELECT helpful FROM feedback") == 1


def test_a_reaction_taken_back_leaves_what_the_others_say(hands: Hands) -> None:
    _, card = hands.asked()
    counted = "SELECT sum(helpful) || '/' || sum(unhelpful) FROM entries"
    react(hands, card["ts"], "-1", "U0AMY")
    react(hands, card["ts"], "+1", "U0AMY")
    assert hands.value(counted) == "1/0"
    hands.box.unreact(HELP, card["ts"], "+1", "U0AMY")
    hands.live.settle()
    assert hands.value("SELECT helpful FROM feedback") == 0
    assert hands.value(counted) == "0/1"
    hands.box.unreact(HELP, card["ts"], "-1", "U0AMY")
    hands.live.settle()
    assert hands.value("SELECT count(*) FROM feedback") == 0
    assert hands.value(counted) == "0/0"


def test_a_reaction_waits_for_its_message(hands: Hands) -> None:
    now = hands.live.clock()
    early = Reaction(f"slack:{TEAM}:{HELP}:{now:.6f}", "U0AMY", "+1", True, now)
    with pytest.raises(NotYet):
        hands.live.engine.mind.respond(early, now)
    hands.live.memory.inbox.put(early, "Ev1", (), now)
    hands.live.engine.worker.step()
    assert hands.live.memory.inbox.backlog() == (1, 0)
    hands.live.settle()
    assert hands.live.memory.inbox.backlog() == (0, 0)
    assert 300 <= hands.live.clock() - now < 400
