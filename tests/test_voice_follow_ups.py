"""Follow-ups with a language model, end to end: what is awaited in the thread's words, and the usual sentence for any failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config import Rules
from bot.dialogue.follow_wording import MOST, Awaited
from bot.dialogue.wording import speechless
from bot.llm.base import Ask, Speechless, Task
from knowledge.embedding import Embedder
from tests.harness import PUBLIC, Live, Town
from tests.llm.voices import Told
from tests.script import Talk, read

ASKS = "the printer on floor 3 eats paper and beeps all day, can somebody help me please?"
WANTS = "can you send the serial number and a photo of tray 2?"
SERIAL = Awaited("the serial number and a photo of tray 2", ("t2",))
USUAL = "the last word to you was"
Start = Callable[..., Talk]


@pytest.fixture
def heard(town: Town, tmp_path: Path, model: Embedder) -> Start:
    """Starts a Vigil whose model says this when a follow-up is due."""

    def start(said: Any, **rules: Rules) -> Talk:
        return Talk(Live(town, tmp_path, model, rules, (), Told({Task.FOLLOW_UP: said})))

    return start


def waits(chat: Talk) -> Talk:
    """Amy asked, and Kim wants something of her."""
    chat.play(f"amy: {ASKS} -> hold")
    chat.play(f"kim: {WANTS}")
    return chat


def asked(chat: Talk) -> list[Ask[Any]]:
    voice = chat.live.voice
    assert isinstance(voice, Told)
    return [ask for ask in voice.asked if ask.task == Task.FOLLOW_UP]


def reasons(chat: Talk) -> str:
    return str(chat.decisions()[0]["reasons"])


def test_a_follow_up_names_what_is_awaited_and_from_whom(heard: Start) -> None:
    chat = waits(heard(SERIAL))
    chat.play('+5h           -> nudges "“the serial number and a photo of tray 2”"')
    said = read(chat.live.own("help")[-1])
    assert "<@U0AMY>" in said
    assert USUAL not in said
    (ask,) = asked(chat)
    assert "the asker is to act next" in [data.text for data in ask.data]
    assert "U0" not in "".join(data.text for data in ask.data)
    chat.play("+3h           -> nothing")
    assert len(asked(chat)) == 1


@pytest.mark.parametrize(
    "said",
    [
        Awaited("the password of the print server", ("t2",)),
        Awaited("the serial number of tray 3", ("t2",)),
        Awaited("see https://evil.example for the serial number and a photo of tray 2", ("t2",)),
        Awaited("<!channel> the serial number and a photo of tray 2", ("t2",)),
        Awaited("@kim the serial number and a photo of tray 2", ("t2",)),
        Awaited("![the serial number](https://evil.example/x.png) and a photo of tray 2", ("t2",)),
        Awaited("the printer on floor 3 eats paper", ("t1",)),  # that is the asker's own word
        Awaited("the serial number and a photo of tray 2", ("t9",)),
        Awaited("the serial number and a photo of tray 2 " * 9, ("t2",)),
        Awaited("", ()),
    ],
)  # fmt: skip
def test_what_the_thread_does_not_carry_gives_way_to_the_usual_sentence(heard: Start, said: Awaited) -> None:
    chat = waits(heard(said))
    chat.play(f'+5h           -> nudges "{USUAL}"')
    assert "not carried by the thread" in reasons(chat)


@pytest.mark.parametrize("why", ["timeout", "budget", "garbled", "refused"])
def test_a_failure_neither_delays_nor_doubles_a_follow_up(heard: Start, why: str) -> None:
    chat = waits(heard(Speechless(why, "no answer")))
    chat.play(f'+5h           -> nudges "{USUAL}"')
    assert f"({speechless('en', why)})" in reasons(chat)
    chat.play("+3h           -> nothing")
    assert len(asked(chat)) == 1


def test_no_call_where_nothing_is_posted_or_nothing_was_answered(heard: Start) -> None:
    nobody = replace(PUBLIC, mode="private", helpers=(), oncall="")
    chat = heard(SERIAL, drafts=nobody, lab=replace(PUBLIC, mode="shadow", oncall=""))
    for place, nudged in (("#lab", ""), ("#help", ""), ("#help", f"kim: {WANTS}")):
        chat.play(place)
        waits(chat) if place == "#lab" else chat.play(f"amy: {ASKS}")
        chat.play(nudged)
    chat.play("+5h")
    assert len(asked(chat)) == 1, "only where somebody answered and somebody will read"
    chat.play("+5d")
    assert len(asked(chat)) == 1, "a call for people quotes the thread itself"


def test_whoever_speaks_while_the_model_thinks_needs_no_reminder(heard: Start) -> None:
    def said(_: Ask[Any]) -> Awaited:
        chat.play("amy: serial PX-300-77, the photo is in the ticket")
        return SERIAL

    chat = heard(said)
    waits(chat)
    chat.play("+5h           -> silent")
    assert len(asked(chat)) == 1


@pytest.mark.parametrize(("said", "calls"), [(SERIAL, MOST), (Speechless("timeout", "slow"), 1)])
def test_after_an_outage_calls_are_bounded_and_every_thread_has_its_follow_up(
    heard: Start, said: Any, calls: int
) -> None:
    chat = heard(said)
    for _ in range(MOST + 2):
        chat.root = None
        waits(chat)
    chat.play("+5h")
    assert len(asked(chat)) == calls
    sent = [m for m in chat.live.own("help") if m["metadata"]["event_type"] == "vigil_follow_up"]
    assert len(sent) == len({m["thread_ts"] for m in sent}) == MOST + 2


def test_a_slow_model_is_asked_no_longer_than_for_some_seconds(heard: Start) -> None:
    chat = heard(lambda _: chat.live.clock.move(6.0) or SERIAL)
    for _ in range(4):
        chat.root = None
        waits(chat)
    chat.live.clock.move(5 * 3600)
    assert chat.live.engine.follow_ups.run() == 4
    assert len(asked(chat)) == 2
