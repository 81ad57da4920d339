"""Said this, Vigil speaks, waits or stays out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import timing
from tests.dialogue.talk import HOUR, MINUTE, RULES, START, marked, score, thread

ASK = "amy: deploy of checkout fails with DPL-017, how do I find out why?"


def outcome(lines: tuple[str, ...], woken: bool = False, number: int = 0, after: float = 1.0) -> str:
    talk = thread(*lines)
    when = timing.decide(talk, score(talk, number=number), RULES, talk.last.sent_at + after, woken)
    return "now" if when.speaks else "hold" if when.due else when.reason


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((ASK,), "hold"),
        ((ASK, "amy: it says probe timed out"), "hold"),
        ((ASK, "zoe: same here"), "hold"),
        ((ASK, "vigil: perhaps this", "amy: that did not help"), "hold"),
        ((ASK, "bob: what does the probe say?"), "a helper spoke last"),
        ((ASK, "zoe: have you looked at the probe?"), "somebody else spoke last"),
        (
            (ASK, "bob: what does the probe say?", "amy: it fails with 503"),
            "somebody is talking with the asker right now",
        ),
        ((ASK, "bob: try a rollback", "+300 amy: did not work, still DPL-017"), "hold"),
        ((ASK, "bob: hm, I cannot find the probe log anywhere, does anybody know?"), "hold"),
        ((ASK, "bob: try a rollback", "amy: thanks, works now"), "the thread is resolved"),
    ],
)
def test_on_a_fresh_turn(lines: tuple[str, ...], expected: str) -> None:
    stuck = lines[-1].startswith("bob: hm") or "same here" in lines[-1]
    talk = thread(*lines)
    number = len(lines) if stuck or talk.last.author == "amy" else 1
    assert outcome(lines, number=number) == expected


def test_a_hold_runs_from_the_turn_that_needs() -> None:
    talk = thread(ASK, "+2 amy: it says probe timed out")
    when = timing.decide(talk, score(talk), RULES, talk.last.sent_at + 1, woken=False)
    assert when.due == START + 7 * MINUTE
    assert "5 minutes" in when.reason


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((ASK,), "now"),
        ((ASK, "amy: anybody?"), "now"),
        ((ASK, "zoe: same here"), "now"),
        ((ASK, "vigil: hello"), "now"),
        ((ASK, "bob: try a rollback"), "a human answered"),
        ((ASK, "zoe: have you looked at the probe?"), "a human answered"),
        ((ASK, "amy: never mind, found it"), "the thread is resolved"),
    ],
)
def test_when_a_hold_falls_due(lines: tuple[str, ...], expected: str) -> None:
    assert outcome(lines, woken=True, number=1, after=5 * MINUTE) == expected


@pytest.mark.parametrize("name", ["muted", "not-a-request", "human-needed", "resolved"])
@pytest.mark.parametrize("woken", [False, True])
def test_marks_keep_it_out_unless_addressed(name: str, woken: bool) -> None:
    talk = marked(thread(ASK), name)
    assert not timing.decide(talk, score(talk), RULES, START + HOUR, woken).speaks
    assert timing.decide(talk, score(talk, need=0.0, addressed=True), RULES, START, woken).speaks


def test_a_mute_for_a_while_ends_by_itself() -> None:
    talk = marked(thread(ASK), "muted", until=START + HOUR)
    assert not timing.decide(talk, score(talk), RULES, START + HOUR / 2, woken=True).speaks
    assert timing.decide(talk, score(talk), RULES, START + 2 * HOUR, woken=True).speaks


def test_below_threshold_deleted_and_no_hold() -> None:
    talk = thread(ASK)
    low = timing.decide(talk, score(talk, need=0.49), RULES, START, woken=False)
    assert (low.speaks, low.due) == (False, None)
    gone = talk.with_turn(replace(talk.root, deleted=True))
    assert timing.decide(gone, score(gone), RULES, START, woken=True).reason == "the question was deleted"
    assert not timing.decide(gone, score(gone, addressed=True), RULES, START, woken=False).speaks
    assert timing.decide(talk, score(talk), replace(RULES, hold_minutes=0), START, woken=False).speaks


def test_an_answer_at_the_channels_root_counts() -> None:
    talk = thread(ASK)
    reply = replace(talk.root, id="slack:T1:C1:9", thread_id="slack:T1:C1:9", author="zoe", sent_at=START + MINUTE)
    named = replace(reply, text="amy: look at the probe", mentions=("amy",))
    helper = replace(reply, text="look at the readiness probe", author="bob")
    own = replace(reply, text="never mind, found it", author="amy")
    unrelated = replace(reply, text="lunch?")
    for nearby, speaks in ((named, False), (helper, False), (own, False), (unrelated, True)):
        near = replace(talk, nearby=(nearby,))
        assert timing.decide(near, score(near), RULES, START + 5 * MINUTE, woken=True).speaks is speaks
    followed = replace(talk, nearby=(unrelated, replace(helper, sent_at=START + 2 * MINUTE)))
    assert timing.decide(followed, score(followed), RULES, START + 5 * MINUTE, woken=True).speaks


def test_reasons_follow_the_channels_language() -> None:
    talk = thread(ASK, "bob: 试试回滚")
    when = timing.decide(talk, score(talk, number=1), replace(RULES, language="zh"), START + HOUR, woken=True)
    assert when.reason == "已有人回答"
