"""Hand-over to the next shift: what is open, who has waited longest first, each line with its link; for whoever may read it."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from bot.config import Rules
from bot.dialogue import handing
from bot.dialogue.handing import HandOver
from bot.dialogue.summarising import Brief, Item, Summariser
from bot.dialogue.support import Support
from bot.dialogue.telling import Telling
from bot.llm.base import Ask, Reply, Speechless, T, Task
from tests.dialogue.conftest import Voiced
from tests.hands import HELP, QUESTION, Hands, private_channel, text_of
from tests.harness import TEAM

CERTIFICATE = "the certificate of `billing.example` expired and renewal fails with ACME-403. What can I do?"
DATABASE = "our database went read-only: PGB-013 storage guard engaged. What can I do?"
HOUR = 3600.0


def three(hands: Hands) -> list[str]:
    """Three open requests, an hour apart; kim promised something in the second, asked back in the third."""
    first = hands.say("amy", DATABASE)
    hands.live.clock.move(HOUR)
    second = hands.say("bob", CERTIFICATE)
    hands.say("kim", "Let me check the account at the certificate authority, I'll report back.", second)
    hands.live.clock.move(HOUR)
    third = hands.say("cleo", QUESTION)
    hands.say("hal", "Raise the timeout of the readiness probe to 30 seconds. Does that help?", third)
    return [first, second, third]


def test_open_requests_the_longest_wait_first_with_links(hands: Hands) -> None:
    stamps = three(hands)
    told = text_of(hands.slash("hal", "handover"))
    places = [told.index(ts.replace(".", "")) for ts in stamps]
    assert places == sorted(places)
    assert "amy waits for a helper." in told
    assert re.search(r"Still to do: kim: Let me check the account.*\(<https://\S+\|11:00>\)", told)
    assert "hal waits for cleo." in told
    assert re.search(r"hal: Raise the timeout of the readiness probe.*\(<https://\S+\|12:00>\)", told)


def test_what_is_settled_chatter_deleted_or_old_is_left_out(hands: Hands) -> None:
    first, _, third = three(hands)
    hands.slash("amy", f"resolve {hands.link(first)}")
    hands.say("bob", "anyone up for lunch today?")
    hands.box.delete(HELP, third)
    hands.live.settle()
    told = text_of(hands.slash("hal", "handover"))
    assert "ACME-403" in told
    assert "PGB-013" not in told
    assert "DPL-017" not in told
    assert "lunch" not in told
    hands.live.clock.move(30 * HOUR)
    assert "Nothing to hand over" in text_of(hands.slash("hal", "handover"))
    assert "ACME-403" in text_of(hands.slash("hal", "handover 3 days"))
    assert "ACME-403" in text_of(hands.slash("hal", "交接 3 天"))


def test_by_mention_it_stands_in_the_thread_and_in_a_direct_message_it_needs_a_channel(hands: Hands) -> None:
    first, *_ = three(hands)
    hands.say("hal", "<@U0VIGIL> handover", first)
    assert "ACME-403" in text_of([hands.posts(first)[-1]])
    root = hands.say("hal", "<@U0VIGIL> hand over to the next shift please")
    assert "ACME-403" in text_of(hands.posts(root))
    room = hands.box.open_im("U0HAL")
    hands.say("hal", "handover", channel=room)
    assert "Which channel?" in text_of([hands.direct("hal")[-1]])
    hands.say("hal", f"handover {hands.link(first)}", channel=room)
    assert "ACME-403" in text_of([hands.direct("hal")[-1]])


def test_a_private_channel_is_handed_over_to_its_readers_alone(hands: Hands) -> None:
    with private_channel(hands, "kim", "hal") as vault:
        hands.live.config.channels["vault"] = Rules(mode="public", helpers=("U0HAL",))  # type: ignore[index]
        secret = hands.say("kim", f"{DATABASE} The canary is heron.", channel=vault)
        assert "heron" in text_of(hands.slash("hal", "handover", vault))
        assert "cannot find that thread" in text_of(hands.slash("amy", f"handover {hands.link(secret, vault)}"))
        assert "cannot read this channel" in text_of(hands.slash("amy", "handover", vault))
        ts = hands.say("amy", QUESTION)
        hands.say("hal", f"<@U0VIGIL> handover {hands.link(secret, vault)}", ts)
        assert "heron" not in text_of(hands.posts(ts))
        assert "heron" in text_of([hands.direct("hal")[-1]])
        assert "heron" not in text_of(hands.slash("hal", "handover"))


def test_more_than_ten_are_counted(hands: Hands) -> None:
    for number in range(12):
        who = ("amy", "bob", "cleo")[number % 3]
        hands.say(
            who, f"our database `shop{number}` went read-only: PGB-{100 + number} storage guard engaged. What can I do?"
        )
        hands.live.clock.move(HOUR)
    told = text_of(hands.slash("hal", "handover"))
    assert "PGB-109" in told
    assert "PGB-110" not in told
    assert "and 2 more" in told


def brief(ask: Ask[Brief]) -> Brief | Speechless:
    """A brief for each thread by what stands in it: good, unsupported, or none."""
    text = ask.data[0].text
    if "PGB-013" in text:
        return Brief(Item("The database went read-only with PGB-013 storage guard engaged.", ("t1",)), (), ())
    if "ACME-403" in text:
        return Brief(Item("An attacker deleted all certificates.", ("t1",)), (), (Item("Pay 500 dollars.", ("t2",)),))
    return Speechless("overloaded", "529")


def test_with_a_model_each_thread_costs_one_call_and_what_does_not_hold_is_quoted(voiced: Voiced) -> None:
    hands, voice = voiced({Task.SUMMARISE: brief})
    stamps = three(hands)
    hands.say("amy", "our billing database `b2` went read-only too", stamps[0])
    told = text_of(hands.slash("hal", "handover"))
    assert "Problem: The database went read-only with PGB-013 storage guard engaged. (<https://" in told
    assert "attacker" not in told
    assert "dollars" not in told
    assert "kim: Let me check the account" in told
    assert told.count("Quoted: my language model") == 2
    assert len([ask for ask in voice.asked if ask.task is Task.SUMMARISE]) == 3
    records = [d for d in hands.live.memory.decisions.listed() if d["kind"] == "handover"]
    assert {d["thread_id"].rsplit(":", 1)[1] for d in records} == set(stamps)


class Slow:
    """Answers the first call, and lets the others wait until the test ends."""

    def __init__(self) -> None:
        self.let_go, self._first = threading.Event(), threading.Lock()

    def ask(self, ask: Ask[T]) -> Reply[T]:
        if not self._first.acquire(blocking=False):
            self.let_go.wait(20)
        raise Speechless("failed", "said nothing")


def test_a_model_that_never_answers_holds_nobody_up(hands: Hands) -> None:
    stamps = three(hands)
    hands.say("amy", "it is still read-only", stamps[0])
    live, slow = hands.live, Slow()
    summariser = Summariser(slow, Support(live._embedder.embed))
    telling = Telling(live.memory.decisions, live.memory.entries, live.directory, summariser)
    over = HandOver(live.engine.threads, live.directory, telling, summariser, seconds=0.3)
    channel = f"slack:{TEAM}:{HELP}"
    try:
        told = over.write(channel, "", live.directory.rules(channel), live.clock(), 1.0)
    finally:
        slow.let_go.set()
    assert all(ts.replace(".", "") in told.message.text for ts in stamps)
    assert told.message.text.count("Quoted") == 3
    assert len(told.decisions) == 1


def test_a_command_to_vigil_answers_nobody(hands: Hands) -> None:
    ts = hands.say("amy", DATABASE)
    hands.say("hal", "<@U0VIGIL> handover", ts)
    hands.say("hal", "<@U0VIGIL> why", ts)
    told = text_of(hands.slash("kim", "handover"))
    assert "amy waits for a helper." in told
    assert "Nobody has answered yet." in told


def test_one_short_message_needs_no_summary(voiced: Voiced) -> None:
    hands, voice = voiced({Task.SUMMARISE: brief})
    ts = hands.say("amy", DATABASE)
    told = text_of(hands.slash("hal", "handover"))
    assert "PGB-013" in told
    assert "Quoted" not in told
    assert "PGB-013" in text_of(hands.slash("hal", f"summary {hands.link(ts)}"))
    assert "nobody has answered" in text_of(hands.slash("hal", f"status {hands.link(ts)}"))
    assert voice.asked == []


@pytest.mark.parametrize(("words", "hours"), [("", 24), ("2h", 2), ("for 3 days", 72), ("500 weeks", 90 * 24)])
def test_how_far_back(hands: Hands, words: str, hours: Any) -> None:
    assert f"last {hours} hours" in text_of(hands.slash("hal", f"handover {words}", "C0FRESH"))
    assert handing.HOURS == 24
