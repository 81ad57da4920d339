"""The pace that Slack sets: who waits for how long, what a refusal holds up, and what outlasts a restart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.platforms.chat_pace import LONGEST
from bot.platforms.slack_pace import BURST_MINUTES, POSTS, TIER_3, SlackPace

POST, HISTORY = "chat.postMessage", "conversations.history"
APART = 60 / POSTS


class Clock:
    """Seconds that pass when a test says so; as monotonic clock and as the wall's, which may jump."""

    def __init__(self) -> None:
        self.now, self.ahead = 1000.0, 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + self.ahead


class Kept:
    """Facts in a dictionary."""

    def __init__(self) -> None:
        self.facts = dict[str, str]()

    def fact(self, key: str) -> str:
        return self.facts.get(key, "")

    def remember(self, key: str, value: str) -> None:
        self.facts[key] = value


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()  # type: ignore[return-value]


def pace(clock: Clock, kept: Kept | None = None, share: float = 1.0) -> SlackPace:
    return SlackPace(kept, share, clock, clock.wall)


def test_posts_come_a_second_apart_in_a_channel_and_at_once_in_others(clock: Clock) -> None:
    found = pace(clock)
    assert [found.wait(POST, "C1"), found.wait(POST, "C2")] == [0.0, 0.0]
    assert found.wait(POST, "C1") == pytest.approx(APART)
    clock.now += APART - 0.25
    assert found.wait(POST, "C1") == pytest.approx(0.25)
    clock.now += 0.25
    assert found.wait(POST, "C1") == 0.0


def test_asking_too_early_costs_nothing(clock: Clock) -> None:
    found = pace(clock)
    found.wait(POST, "C1")
    assert [found.wait(POST, "C1") for _ in range(5)] == pytest.approx([APART] * 5)


def test_a_methods_calls_may_come_in_a_burst_and_then_keep_its_tier(clock: Clock) -> None:
    found = pace(clock)
    burst = round(TIER_3 * BURST_MINUTES)
    assert [found.wait(HISTORY, f"C{n}") for n in range(burst)] == [0.0] * burst
    made, until = burst, clock.now + 600
    while clock.now < until:
        wait = found.wait(HISTORY, "C1")
        clock.now += wait or 0.001
        made += not wait
    assert made <= burst + 10 * TIER_3 + 1
    assert made >= burst + 10 * TIER_3 - 5


def test_the_patient_get_their_turn_in_the_order_of_asking(clock: Clock) -> None:
    found = pace(clock, share=0.5)
    waits = [found.wait(POST, "C1", patience=10.0) for _ in range(4)]
    assert waits == pytest.approx([0.0, 2 * APART, 4 * APART, 6 * APART])
    assert found.wait(POST, "C1", patience=7.0) == pytest.approx(8 * APART)  # too long: not counted
    assert found.wait(POST, "C1", patience=10.0) == pytest.approx(8 * APART)


def test_a_refused_post_holds_up_its_channel_and_no_other(clock: Clock) -> None:
    found = pace(clock)
    found.refused(POST, "C1", 30.0, everywhere=False)
    assert found.wait(POST, "C2") == 0.0
    assert found.wait(HISTORY, "C1") == 0.0
    clock.now += 29.0
    assert found.wait(POST, "C1") == pytest.approx(1.0)
    clock.now += 1.0
    assert found.wait(POST, "C1") == 0.0


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_refusal_that_is_about_more_than_one_channel_holds_up_all(clock: Clock, everywhere: bool) -> None:
    found = pace(clock)
    found.refused(POST, "C1", 30.0, everywhere)
    if not everywhere:  # what is said of a second channel meanwhile tells
        found.refused(POST, "C2", 20.0, everywhere)
        assert found.wait(POST, "C1") == pytest.approx(30.0)
    assert found.wait(POST, "C3") == pytest.approx(30.0 if everywhere else 20.0)
    assert found.paused(POST, "C3") > 0
    assert found.wait("chat.update", "C1") == 0.0


def test_other_methods_are_refused_as_a_whole(clock: Clock) -> None:
    found = pace(clock)
    found.refused(HISTORY, "C1", 10.0, everywhere=False)
    assert found.wait(HISTORY, "C2") == pytest.approx(10.0)


@pytest.mark.parametrize("down", [4.0, 40.0])
def test_what_slack_asked_for_outlasts_a_restart(clock: Clock, down: float) -> None:
    kept = Kept()
    before = pace(clock, kept)
    before.refused(POST, "C1", 30.0, everywhere=False)
    before.refused(HISTORY, "C1", 20.0, everywhere=False)
    clock.now, clock.ahead = 5.0, clock.wall() + down - 5.0  # another process has another monotonic clock
    after = pace(clock, kept)
    assert after.wait(POST, "C1") == pytest.approx(max(0.0, 30.0 - down))
    assert after.wait(POST, "C2") == 0.0
    assert after.wait(HISTORY, "C9") == pytest.approx(max(0.0, 20.0 - down))


def test_a_wall_clock_that_went_back_lets_nobody_wait_for_days(clock: Clock) -> None:
    kept = Kept()
    pace(clock, kept).refused(POST, "C1", 30.0, everywhere=False)
    clock.ahead -= 30 * 86_400
    assert pace(clock, kept).wait(POST, "C1") == pytest.approx(LONGEST)
