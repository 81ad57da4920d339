"""Lark's pace is kept: by call, by chat, and as long as Lark asked."""

from __future__ import annotations

import json

import pytest

from bot.platforms.chat_pace import LONGEST
from bot.platforms.lark_pace import PAUSES, LarkPace

SEND, PATCH = "POST im/v1/messages", "PATCH im/v1/messages/:message_id"


class Clock:
    def __init__(self, at: float = 100.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Kept(dict[str, str]):
    def fact(self, key: str) -> str:
        return self.get(key, "")

    def remember(self, key: str, value: str) -> None:
        self[key] = value


def test_one_chat_takes_under_five_a_second_and_others_are_free() -> None:
    clock = Clock()
    pace = LarkPace(clock=clock)
    assert pace.wait(SEND, "oc_a") == 0.0
    assert pace.wait(SEND, "oc_a") == pytest.approx(0.25)
    assert pace.wait(SEND, "oc_b") == 0.0
    clock.at += 0.25
    assert pace.wait(SEND, "oc_a") == 0.0


@pytest.mark.parametrize(("seconds", "most"), [(1.0, 50), (60.0, 1000)])
def test_no_call_is_made_more_often_than_lark_grants(seconds: float, most: int) -> None:
    clock = Clock()
    pace, begun, made = LarkPace(clock=clock), clock.at, list[float]()
    while clock.at < begun + 3 * seconds:
        wait = pace.wait("GET x")
        if wait == 0.0:
            made.append(clock.at)
        clock.at += wait
    windows = [sum(start <= at < start + seconds for at in made) for start in made]
    assert max(windows) <= most
    assert len(made) > most, "and not much less often either"


def test_who_waits_waits_in_line() -> None:
    pace = LarkPace(clock=Clock())
    waits = [pace.wait(SEND, "oc_a", patience=10.0) for _ in range(4)]
    assert waits == pytest.approx([0.0, 0.25, 0.5, 0.75])


def test_what_lark_asked_for_is_kept_by_call_or_by_chat() -> None:
    clock = Clock()
    pace = LarkPace(clock=clock)
    pace.refused(SEND, "oc_a", 5.0, everywhere=False)
    assert pace.wait(SEND, "oc_a") == pytest.approx(5.0)
    assert pace.wait(SEND, "oc_b") == 0.0
    pace.refused(PATCH, "om_1", 9.0, everywhere=True)
    assert pace.wait(PATCH, "om_2") == pytest.approx(9.0)
    assert pace.wait(SEND, "oc_c") == 0.0
    clock.at += 5.0
    assert pace.wait(SEND, "oc_a") == 0.0


def test_after_a_pause_they_go_one_by_one() -> None:
    clock = Clock()
    pace = LarkPace(clock=clock)
    pace.refused(SEND, "oc_a", 5.0, everywhere=False)
    assert [pace.wait(SEND, "oc_a", patience=60.0) for _ in range(3)] == pytest.approx([5.0, 5.25, 5.5])


def test_pauses_outlast_a_restart_and_no_longer_than_asked() -> None:
    facts, wall = Kept(), Clock(1000.0)
    LarkPace(facts, clock=Clock(), wall=wall).refused(SEND, "", 60.0, everywhere=True)
    wall.at += 20.0
    assert LarkPace(facts, clock=Clock(0.0), wall=wall).paused(SEND) == pytest.approx(40.0)
    wall.at -= 100_000.0  # a clock that was set back must not stop Vigil for days
    assert LarkPace(facts, clock=Clock(0.0), wall=wall).paused(SEND) <= LONGEST
    facts[PAUSES] = json.dumps({"what": "ever"})
    assert LarkPace(facts, clock=Clock(), wall=wall).paused(SEND) == 0.0
