"""Signs of life: what hangs is named, what merely takes long is not, and what a child says arrives as it was said."""

from __future__ import annotations

import json
import os
import threading

import pytest

from bot.events import Edit, Turn
from bot.jobs.signs import LONG, Signs
from bot.live_signs import Heart, since_it_happened
from bot.supervisor_signs import LONGEST, Sign, Signals, understood
from bot.tally import Tally


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signs(clock: Clock) -> Signs:
    return Signs(120.0, clock)


def test_a_step_that_takes_too_long_is_named(signs: Signs, clock: Clock) -> None:
    with signs.step("turns"):
        clock.now += 120
        assert signs.stuck() == ""
        clock.now += 1
        assert signs.stuck() == "turns has been at one step for 121 s"
    assert signs.stuck() == ""


def test_a_step_that_goes_on_is_not_stuck(signs: Signs, clock: Clock) -> None:
    with signs.step("turns"):
        for _ in range(50):
            clock.now += 100
            signs.alive()
        assert signs.stuck() == ""


def test_nobody_can_speak_for_another_thread(signs: Signs, clock: Clock) -> None:
    with signs.step("turns"):
        clock.now += 121
        other = threading.Thread(target=signs.alive)
        other.start()
        other.join()
        assert "turns" in signs.stuck()


def test_a_loop_that_does_not_come_round_is_named(signs: Signs, clock: Clock) -> None:
    signs.mark("sender")
    clock.now += 121
    assert signs.stuck() == "sender has not come round for 121 s"
    signs.mark("sender")
    assert signs.stuck() == ""


def test_an_errand_may_take_long_but_not_for_ever(signs: Signs, clock: Clock) -> None:
    with signs.step("learn", patient=True):
        clock.now += LONG
        assert signs.stuck() == ""
        assert signs.ages() == {"learn": LONG}
        clock.now += 1
        assert "learn" in signs.stuck()
    assert signs.ages() == {}, "one that is over is expected of nobody"


def said(read_end: int) -> list[Sign]:
    return [sign for line in os.read(read_end, 65536).splitlines() if (sign := understood(line)) is not None]


def test_the_heart_says_what_hangs(signs: Signs, clock: Clock) -> None:
    read_end, write_end = os.pipe()
    tally, signs.note = Tally(), "ready"
    heart = Heart(signs, tally, Signals(write_end))
    tally.lag("decision", 0.25)
    heart.beat()
    with signs.step("turns"):
        clock.now += 200
        heart.beat()
    well, unwell = said(read_end)
    assert (well.well, well.note) == (True, "ready")
    assert (well.counts, well.gauges) == ({"lag/decision/0.5": 1, "lag/decision/sum": 0.25}, {"lag/decision": 0.25})
    assert (unwell.well, unwell.note) == (False, "turns has been at one step for 200 s")
    assert unwell.gauges["loop/turns"] == 200


def test_a_supervisor_that_does_not_listen_holds_up_nobody() -> None:
    read_end, write_end = os.pipe()
    signals = Signals(write_end)
    for _ in range(1000):
        signals.send(Sign(False, "x" * 10_000))
    first = os.read(read_end, 65536).splitlines()[0]
    assert len(json.loads(first)["note"]) == LONGEST
    os.close(read_end)
    signals.send(Sign(True))


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[1]", b'{"well": true}', b"\xff\xfe", b'{"well":1,"note":"","counts":3,"gauges":{},"waits":0}'],
)
def test_what_is_no_sign_is_passed_over(line: bytes) -> None:
    assert understood(line) is None


def test_delays_are_counted_by_steps() -> None:
    tally = Tally()
    for seconds in (-3.0, 0.05, 0.1, 0.2, 7200.0):
        tally.lag("commit", seconds)
    counts = tally.counts()
    assert {name: counts[f"lag/commit/{name}"] for name in ("0.1", "0.5", "inf")} == {"0.1": 3, "0.5": 1, "inf": 1}
    assert tally.gauges() == {"lag/commit": 7200.0}


def test_how_long_ago_an_event_happened() -> None:
    assert since_it_happened(Turn("t", "t", "c", "a", "x", 100.0), 103.0) == 3.0
    assert since_it_happened(Edit("t", "x", 101.0), 103.0) == 2.0
