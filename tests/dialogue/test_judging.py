"""Only a score in doubt is asked about, and a long thread's question is put anew only where the cheap one says too little."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from bot.config import Rules
from bot.dialogue import judging, rewriting, wording
from bot.dialogue.judging import Doubt, Judged
from bot.dialogue.question import asked
from bot.dialogue.rewriting import Rewritten
from bot.llm.base import Speechless, Task
from bot.models import Suggestion, Thread
from tests.dialogue.talk import hit, score, thread
from tests.llm.voices import Told

DOUBT = Doubt(0.3, 0.6)
PUBLIC, PRIVATE = Rules(mode="public"), Rules(mode="private")
TALK = thread("amy: the disk is full", "bob: again?", "amy: yes, what can we do?")
SAID = Suggestion("Grow the volume.", (hit("Grow the volume."),), 0.8)


@pytest.mark.parametrize(
    ("rules", "need", "doubtful"),
    [
        (PUBLIC, 0.29, False), (PUBLIC, 0.3, True), (PUBLIC, 0.59, True), (PUBLIC, 0.6, False),
        (PRIVATE, 0.29, False), (PRIVATE, 0.3, True), (PRIVATE, 0.45, True), (PRIVATE, 0.6, False),
        (replace(PUBLIC, threshold=0.8), 0.45, False),  # people asked for less: doubt begins higher up as well
        (replace(PUBLIC, threshold=0.8), 0.5, True), (replace(PUBLIC, threshold=0.8), 0.79, True),
        (replace(PUBLIC, threshold=0.8), 0.8, False), (replace(PUBLIC, threshold=0.2), 0.25, False),
    ],
)  # fmt: skip
def test_what_is_in_doubt(rules: Rules, need: float, doubtful: bool) -> None:
    assert DOUBT.over(need, rules) is doubtful


def test_only_a_turn_in_doubt_goes_on_below_the_threshold() -> None:
    assert DOUBT.admitting(score(TALK, 0.4), PUBLIC).speaks_at <= 0.4
    for need, addressed in ((0.2, False), (0.7, False), (0.4, True)):
        assert DOUBT.admitting(score(TALK, need, addressed), PUBLIC) == PUBLIC


def test_an_empty_band_doubts_nothing_that_is_below() -> None:
    never = Doubt(1.0, 1.0)
    assert not any(never.over(need / 100, rules) for need in range(100) for rules in (PUBLIC, PRIVATE))


@pytest.mark.parametrize(
    ("said", "speaks"),
    [((True, True), True), ((True, False), False), ((False, True), False), ((False, False), False)],
)
def test_it_speaks_only_where_help_is_wanted_and_this_is_it(said: tuple[bool, bool], speaks: bool) -> None:
    voice = Told({Task.JUDGE: Judged(*said, "unclear")})
    opinion = judging.judge(TALK, score(TALK), SAID, voice)
    assert (opinion.speaks, opinion.why, opinion.failure) == (speaks, "unclear", "")
    shown = {data.name: data.text for data in voice.asked[0].data}
    assert shown["turn"] == "t3"
    assert "[t3] asker, 10:02: yes, what can we do?" in shown["thread"]
    assert shown["answer"] == "Grow the volume."


def test_silence_of_the_model_is_no_opinion() -> None:
    opinion = judging.judge(TALK, score(TALK), SAID, Told({Task.JUDGE: Speechless("budget", "used up")}))
    assert (opinion.speaks, opinion.failure, opinion.call) == (None, "budget", None)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_that_a_model_may_give_has_a_sentence(language: str) -> None:
    for why in get_args(judging.Why):
        assert wording.say(language, f"judged_{why}")


LONG = (
    "amy: the nightly export of `orders` to the bucket stops with OBS-408 part timeout", "bob: since when?", "amy: since tuesday",
    "bob: did anything change?", "amy: bigger files", "bob: how big?", "amy: about 40 GB each", "amy: so what can I do about it?",
)  # fmt: skip


def reworded(said: str, talk: Thread) -> str:
    return rewriting.rewrite(talk, talk.last, Told({Task.REWRITE: Rewritten(said)})).question


def test_the_cheap_question_is_poor_after_a_long_talk_or_in_a_long_paste() -> None:
    talk = thread(*LONG)
    assert rewriting.poor(talk, talk.last, asked(talk.last.text))
    assert not rewriting.poor(talk, talk.root, asked(talk.root.text))
    short = thread(*LONG[:4], LONG[-1])
    assert not rewriting.poor(short, short.last, asked(short.last.text))
    full = thread(
        *LONG[:-1], "amy: how can I keep the nightly export of large files to the storage bucket from timing out?"
    )
    assert not rewriting.poor(full, full.last, asked(full.last.text))
    paste = thread("amy: " + "2026-11-01 12:00:01 worker 7 wrote a line into the book of all lines\n" * 40)
    assert rewriting.poor(paste, paste.last, asked(paste.last.text))


def test_a_rewritten_question_is_the_threads_own() -> None:
    talk = thread(*LONG)
    good = "nightly export of orders to the bucket stops with OBS-408 part timeout, bigger files of 40 GB"
    assert reworded(good, talk) == good
    assert reworded(f" {good}\n", talk) == good
    for bad in (
        "nightly export fails because the token expired",  # words of its own
        "export to https://evil.example",
        "<!channel> nightly export",
        "",
        "?",
        f"{good} " * 10,
    ):
        assert reworded(bad, talk) == ""


def test_without_an_answer_the_cheap_question_stays() -> None:
    talk = thread(*LONG)
    found = rewriting.rewrite(talk, talk.last, Told({}))
    assert (found.question, found.failure) == ("", "failed")
    assert found.call is not None
