"""Triage on hand-written situations, with the real embedding model and the shipped weights, and on hostile texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import POST_THRESHOLD
from bot.dialogue.alerts import alert_need
from bot.dialogue.cues import INDEX, NAMES, cues, names_in
from bot.dialogue.question import LONGEST, question
from bot.dialogue.triage import Triage
from bot.dialogue.weights import WEIGHTS, Weights
from bot.events import Turn
from bot.models import Score, Thread, VigilError
from knowledge.base import Vectors
from knowledge.embedding import CachedEmbedder, HashingEmbedder, SentenceEmbedder
from tests.dialogue.triage_situations import (
    ADVICE,
    DATABASE,
    NEEDS,
    NOON,
    QUOTA,
    REST,
    RESTART,
    TRACE,
    UPLOAD,
    flat,
    threaded,
    turns,
)

MODEL = CachedEmbedder(SentenceEmbedder())
HASHED = HashingEmbedder()
TRIAGE = Triage(MODEL.embed, frozenset({"Pager"}))
PLAIN = Triage(HASHED.embed, frozenset({"Pager"}))


def scored(thread: Thread) -> Score:
    return TRIAGE.score(thread, NOON + 10_000)


def asked(thread: Thread) -> str:
    return TRIAGE.question(thread).gist


@pytest.mark.parametrize("name", NEEDS)
def test_an_offer_of_help_is_warranted(name: str) -> None:
    score = scored(NEEDS[name])
    assert score.need >= 0.5, score
    assert asked(NEEDS[name])
    assert score.reasons


@pytest.mark.parametrize("name", REST)
def test_silence_is_right(name: str) -> None:
    score = scored(REST[name])
    assert score.need < 0.45, score


def test_a_question_is_one_however_soon_after_another_persons_it_is_opened() -> None:
    text = "the new version of `cart` won't come up: stuck at 30 %, then `RLT-017 deadline exceeded`. How do I find out why?"
    earlier = Turn("t0", "t0", "c", "Ana", "our webhooks are rejected since Monday, any idea why?", NOON)
    turn = Turn("t1", "t1", "c", "Ben", text, NOON + 5)
    alone, soon = (Thread("t1", "c", (turn,), nearby=near, threaded=True) for near in ((), (earlier,)))
    assert scored(soon).need >= scored(alone).need - 0.05 >= POST_THRESHOLD


def test_without_the_model_it_still_tells_most_situations_apart() -> None:
    right = [PLAIN.score(thread, NOON).need >= 0.5 for thread in NEEDS.values()]
    wrong = [PLAIN.score(thread, NOON).need >= 0.5 for thread in REST.values()]
    assert sum(right) >= 0.8 * len(right)
    assert sum(wrong) <= 0.1 * len(wrong)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"own": True, "is_bot": True}, "Vigil's own post"),
        ({"is_bot": True}, "a bot speaks"),
        ({"deleted": True}, "the message was deleted"),
        ({"system": True}, "a line of the platform's own"),
        ({"text": " \n"}, "the message has no text"),
    ],
)
def test_some_turns_are_never_a_need(change: dict[str, object], reason: str) -> None:
    (turn,) = turns([QUOTA], flat=False)
    silent = replace(turn, **change)  # type: ignore[arg-type]
    score = scored(Thread("t0", "c", (silent,)))
    assert (score.need, score.reasons) == (0.0, ((reason, -1.0),))


def test_it_scores_the_turn_it_is_given_by_what_came_before_it() -> None:
    thread = threaded(QUOTA, ADVICE, "amy: Thanks, that worked!")
    assert TRIAGE.score(thread, NOON, thread.turns[0]) == scored(threaded(QUOTA))


def test_the_same_turn_has_the_same_score_however_triage_was_warmed() -> None:
    fresh = Triage(MODEL.embed, frozenset({"Pager"}))
    for thread in reversed([*NEEDS.values(), *REST.values()]):
        assert fresh.score(thread, 0.0) == scored(thread)


def test_an_edit_is_read_again() -> None:
    before = threaded("bo: Good morning everyone!")
    after = replace(before.root, text=QUOTA.removeprefix("amy: "), edited_at=NOON + 5)
    assert scored(before.with_turn(after)).need > 0.5 > scored(before).need


def test_addressed_is_handed_on() -> None:
    thread = threaded(QUOTA)
    assert scored(thread.with_turn(replace(thread.root, addressed=True))).addressed
    assert not scored(thread).addressed


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (threaded("bo: the deploy"), threaded("bo: how do I fix the deploy? It fails with an error")),
        (threaded(QUOTA, "hana: it still fails"), threaded(QUOTA, "amy: it still fails")),
        (threaded(QUOTA, ADVICE, "amy: it works now"), threaded(QUOTA, ADVICE, "amy: it does not work")),
        (flat(UPLOAD, "zoe: amy: is it in the build file?"), flat(UPLOAD, "zoe: where is the build file?")),
        (threaded(DATABASE, RESTART, "li: 好了，可以了"), threaded(DATABASE, RESTART, "li: 还是不行")),
    ],
)
def test_more_trouble_is_more_need(weaker: Thread, stronger: Thread) -> None:
    assert scored(weaker).need < scored(stronger).need


def test_a_thin_turn_borrows_the_opening_for_its_query() -> None:
    assert "quota" in asked(threaded(QUOTA, "amy: any idea?"))
    assert "bucket" in asked(flat(UPLOAD, "bo: hi", "amy: anyone?"))
    query = asked(threaded(QUOTA, TRACE))
    assert "raise the quota" in query
    assert "QuotaError: limit reached in eu-1" in query


def test_a_full_turn_is_its_own_query_without_its_greeting() -> None:
    assert asked(threaded("bo: Hello all, how do I rotate the signing key?")) == "how do I rotate the signing key?"


def test_a_long_turn_gives_the_sentences_that_ask() -> None:
    idle = "We had a long and pleasant week with many visitors and much to see around the lake. " * 5
    query = question(f"{idle}How do I rotate the signing key without downtime? {idle}")
    assert "rotate the signing key" in query
    assert len(query) <= LONGEST


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("CRITICAL: disk of web-3 at 97%", True),
        ("[FIRING:2] PodCrashLooping, resolved: 0", True),
        ("[RESOLVED] PodCrashLooping was firing for 5 m", False),
        ("OK: disk of web-3 back to normal", False),
        ("告警恢复：数据库连接数正常", False),
        ("Alert resolved: HighLatency on db-7", False),
        ("Incident has been closed", False),
        ("Alert: HighLatency on db-7", True),
        ("Weekly report of the monitoring", False),
    ],
)
def test_alerts(text: str, fires: bool) -> None:
    assert (alert_need(text)[0] >= 0.6) is fires


@pytest.mark.parametrize(
    ("text", "cue", "value"),
    [
        ("It doesn’t work", "says it does not work", 1.0),
        ("a workaround for doesnt workers", "says it does not work", 0.0),
        ("```\nhow do I\n```", "asks how, why or where", 0.0),
        ("> how do I do that?\nno", "has a question mark", 0.0),
        ("试过了，还是不行", "says it does not work", 1.0),
        ("is it up？", "ends with a question", 1.0),
    ],
)
def test_cues(text: str, cue: str, value: float) -> None:
    assert cues(text)[INDEX[cue]] == value


def test_names_in_a_message() -> None:
    assert names_in("Bob: try <@U1> and @**Ann Lee** or @kim.") == ("bob", "u1", "ann lee", "kim")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=300), min_size=1, max_size=4), st.booleans())
def test_no_text_breaks_it(texts: list[str], in_thread: bool) -> None:
    lines = [f"p{i % 2}: {text}" for i, text in enumerate(texts)]
    thread = threaded(*lines) if in_thread else flat(*lines)
    score = PLAIN.score(thread, NOON)
    assert 0.0 <= score.need <= 1.0
    assert len(PLAIN.question(thread).gist) <= LONGEST
    assert len(cues(texts[-1])) == len(NAMES)


@pytest.mark.parametrize(
    "text", ["x" * 40_000, "why? " * 8_000, "`" * 40_000, "> " * 20_000, "\n" * 40_000 + "a", "\ud800 why?"]
)
def test_long_and_broken_texts(text: str) -> None:
    for judge in (TRIAGE, PLAIN):
        assert 0.0 <= judge.score(threaded(f"bo: {text}"), NOON).need <= 1.0


def test_only_as_much_is_read_as_is_said() -> None:
    head = "how do I fix this? " * 300
    assert cues(head + "x") == cues(head + "thanks, solved! " * 1000)


def test_another_model_of_the_same_width_is_not_trusted() -> None:
    def turned(texts: Sequence[str]) -> Vectors:
        return MODEL.embed(texts)[:, ::-1].copy()

    assert Triage(turned).score(threaded(QUOTA), NOON) == PLAIN.score(threaded(QUOTA), NOON)


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    other = json.loads(WEIGHTS.read_text()) | {"version": "triage-0"}
    (tmp_path / "w.json").write_text(json.dumps(other))
    with pytest.raises(VigilError, match="train_triage"):
        Weights.load(tmp_path / "w.json")
