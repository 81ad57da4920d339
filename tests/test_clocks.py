"""Follow-ups and holds come once, whatever happens around the time they are due: kills, jumps of the clock, summer time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import BELIEVED, SteadyClock
from bot.config import Rules
from bot.dialogue import calendar
from bot.jobs.scheduler import Scheduler
from bot.sandbox import Cut, RateLimit
from tests.harness import PUBLIC
from tests.script import STUCK, Start, Talk, kind_of

HOUR, DAY = 3600.0, 86_400.0
ASKED = f"""
    amy: {STUCK}                                    -> hold
    kim: which version is that, and does the probe ask the right port?
"""


def reminders(chat: Talk) -> int:
    return sum(kind_of(message) == "vigil_follow_up" for message in chat.live.own())


def killed(chat: Talk) -> None:
    """Vigil dies and starts again; what it held is freed, since its owner is gone."""
    chat.live.restart()
    chat.live.memory.leases.release(lambda _: True, chat.live.clock(), 7.0)


@pytest.mark.parametrize("step", ["before", "decided", "sent", "recorded"])
def test_a_follow_up_comes_once_wherever_vigil_is_killed(talk: Start, step: str) -> None:
    chat = talk()
    chat.play(ASKED)
    live = chat.live
    live.clock.move(4 * HOUR)
    if step != "before":
        live.engine.follow_ups.run()
    if step == "sent":
        live.box.faults.next("chat.postMessage", Cut())
    if step in ("sent", "recorded"):
        live.engine.sender.step()
    killed(chat)
    for _ in range(3):
        live.engine.follow_ups.run()
        live.settle()
        live.clock.move(60)
    assert reminders(chat) == 1


@pytest.mark.parametrize("step", ["before", "decided", "sent", "recorded"])
def test_a_hold_is_decided_once_wherever_vigil_is_killed(talk: Start, step: str) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}                        -> hold")
    live = chat.live
    live.clock.move(301)
    if step != "before":
        live.engine.worker.wake_due()
    if step == "sent":
        live.box.faults.next("chat.postMessage", Cut())
    if step in ("sent", "recorded"):
        live.engine.sender.step()
    killed(chat)
    for _ in range(3):
        live.settle()
        live.clock.move(60)
    assert [kind_of(message) for message in live.own()] == ["vigil_suggestion"]


@pytest.mark.parametrize("jump", [-DAY, -600.0, 2 * HOUR, DAY, 3 * DAY])
def test_a_follow_up_comes_once_when_the_clock_jumps_and_comes_back(talk: Start, jump: float) -> None:
    chat = talk()
    chat.play(ASKED)
    live = chat.live
    for leap in (jump, -jump, jump, -jump, 4 * HOUR, jump, -jump):
        live.clock.move(leap)
        live.engine.follow_ups.run()
        live.settle()
    assert reminders(chat) == 1
    chat.play("amy: it is version 4, and the probe asks for port 80. What else can I look at?")
    live.clock.move(27 * HOUR)
    live.engine.follow_ups.run()
    live.settle()
    assert reminders(chat) == 2, "a new word starts a new round, whatever the clock said at the last reminder"


@pytest.mark.parametrize("jump", [-DAY, -HOUR, HOUR])
def test_a_hold_is_decided_once_when_the_clock_jumps_and_comes_back(talk: Start, jump: float) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}                        -> hold")
    for leap in (jump, -jump, 301.0, jump, -jump):
        chat.live.clock.move(leap)
        chat.live.settle()
    assert [kind_of(message) for message in chat.live.own()] == ["vigil_suggestion"]


def test_what_waits_is_not_locked_by_a_clock_set_back(talk: Start) -> None:
    chat = talk()
    live = chat.live
    live.clock.move(DAY)
    chat.root = chat.box.say("C0HELP", "U0AMY", f"<@U0VIGIL> {STUCK}")
    chat.box.wait_acked()
    live.memory.inbox.claim("somebody who lost it", live.clock(), quick=False)
    live.clock.move(-DAY)
    live.engine.worker.step()
    assert live.memory.inbox.backlog() == (1, 0)
    live.memory.leases.release(lambda _: False, live.clock(), 7.0)
    live.engine.worker.step()
    live.clock.move(1.5 * HOUR)
    live.box.faults.next("chat.postMessage", RateLimit(30))
    live.engine.sender.step()
    live.clock.move(-1.5 * HOUR)
    assert not live.engine.sender.step()
    live.memory.leases.release(lambda _: False, live.clock(), 7.0)
    live.settle()
    assert [kind_of(message) for message in live.own()] == ["vigil_suggestion"]


def test_catch_up_sees_on_after_a_clock_was_set_back(talk: Start) -> None:
    chat = talk()
    live = chat.live
    live.clock.move(DAY)
    live.engine.catch_up.run()
    live.clock.move(-DAY)
    live.listen(False)
    chat.play("amy: who has the key to the server room?")
    assert live.engine.catch_up.run() == 1
    assert live.memory.channels.heard_until("slack:T0TEST:C0HELP") <= live.clock()


def test_scheduled_work_goes_on_after_a_clock_was_set_back(talk: Start) -> None:
    chat = talk()
    ran: list[float] = []
    clock = chat.live.clock
    scheduler = Scheduler(chat.live.memory.runs, "me", clock)
    for _ in range(24):
        clock.move(HOUR)
        assert scheduler.once("count", HOUR, lambda: ran.append(clock()))
    clock.move(-DAY)
    for _ in range(24):
        clock.move(HOUR)
        scheduler.once("count", HOUR, lambda: ran.append(clock()))
    assert len(ran) >= 47  # the hour in which the clock was set may count as done


class Wrist:
    """A wall clock that somebody sets, and the time that passes."""

    def __init__(self) -> None:
        self.passed, self.ahead = 1000.0, 1_800_000_000.0

    def move(self, seconds: float) -> None:
        self.passed += seconds

    def clock(self) -> SteadyClock:
        return SteadyClock(lambda: self.passed + self.ahead, lambda: self.passed)


@pytest.mark.parametrize("jump", [-DAY, -40.0, HOUR, DAY])
def test_a_jump_is_not_followed_at_once(jump: float) -> None:
    wrist = Wrist()
    clock, before = wrist.clock(), wrist.ahead
    wrist.ahead += jump
    wrist.move(60)
    assert clock() == wrist.passed + before
    wrist.ahead = before
    wrist.move(60)
    assert clock() == wrist.passed + before
    wrist.ahead += jump
    assert clock() == wrist.passed + before
    wrist.move(BELIEVED + 1)
    assert clock() == wrist.passed + before + jump


def test_what_is_heard_tells_which_clock_is_right() -> None:
    wrist = Wrist()
    clock, before = wrist.clock(), wrist.ahead
    wrist.ahead += DAY
    clock()
    for _ in range(10):
        wrist.move(BELIEVED / 2)
        clock.heard(wrist.passed + before - 3)
        assert clock() == wrist.passed + before, "live messages are not a day old"
    wrist.ahead = before - HOUR
    clock()
    clock.heard(wrist.passed + wrist.ahead - 3)
    assert clock() == wrist.passed + wrist.ahead, "the clock was wrong before it was set"


def test_small_corrections_are_followed() -> None:
    wrist = Wrist()
    clock = wrist.clock()
    for _ in range(100):
        wrist.ahead += 2.0
        assert clock() == wrist.passed + wrist.ahead


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Asia/Kolkata"]
)  # fmt: skip
def test_hours_are_counted_right_through_every_change_of_the_clock(zone: str) -> None:
    dice, around = random.Random(zone), Rules(time_zone=zone, business_hours="", business_days=calendar.DAYS)
    nights = replace(around, business_hours="22:00-06:00")
    for _ in range(40):
        start = datetime(
            2026, dice.randint(1, 12), dice.randint(1, 28), dice.randint(0, 23), dice.randint(0, 59), tzinfo=UTC
        )
        first, last = start.timestamp(), (start + timedelta(hours=dice.uniform(0.1, 70))).timestamp()
        assert calendar.in_business(first, around)
        assert calendar.business_hours(first, last, around) == pytest.approx((last - first) / HOUR)
        minutes = range(int(first), int(last), 300)
        inside = sum(calendar.in_business(minute, nights) for minute in minutes) * 300 / HOUR
        assert calendar.business_hours(first, last, nights) == pytest.approx(inside, abs=0.5)


def test_a_working_day_on_which_the_clock_changes_is_followed_up_at_the_right_hour(talk: Start) -> None:
    """New York sets its clocks back on the first Sunday of November at two at night, in the middle of these hours."""
    nightly = replace(
        PUBLIC,
        time_zone="America/New_York",
        business_hours="00:00-05:00",
        business_days=calendar.DAYS,
        follow_up_hours=4.0,
    )
    chat = talk(help=nightly)
    live = chat.live
    live.clock.now = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("America/New_York")).timestamp()
    chat.play(ASKED)
    live.clock.move(3.9 * HOUR)
    live.errands()
    assert reminders(chat) == 0
    live.clock.move(0.2 * HOUR)
    for _ in range(3):
        live.errands()
    assert reminders(chat) == 1
