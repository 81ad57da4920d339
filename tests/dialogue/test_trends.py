"""Weeks compared: what moved by more than chance is found, what few cases or usual ups and downs do is not."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from bot.dialogue import measures, trends
from bot.dialogue.causes import telling
from bot.dialogue.trends import Trend
from bot.outcomes import Counted, Opening

Week = Counter[tuple[str, str]]


def week(rated: int = 50, helpful: float = 0.8, far: float = 0.1, questions: int = 100, **more: int) -> Week:
    """Counts of a week with such shares."""
    found = Week({("rated", "helpful"): round(rated * helpful), ("rated", "unhelpful"): rated - round(rated * helpful)})
    found["nearest", "0.10"] = round(questions * far)
    found["nearest", "0.60"] = questions - round(questions * far)
    found.update({(name, "m"): number for name, number in more.items()})
    return found


def named(weeks: list[Week], name: str) -> Trend:
    return next(trend for trend in trends.trends(weeks) if trend.name == name)


@pytest.mark.parametrize(
    ("last", "name", "moved"),
    [
        (week(helpful=0.3), "helpful_rated", True),
        (week(helpful=0.7), "helpful_rated", False),
        (week(rated=8, helpful=0.0), "helpful_rated", False),
        (week(far=0.4), "far", True),
        (week(far=0.15), "far", False),
        (week(far=1.0, questions=10), "far", False),
    ],
)
def test_what_moved(last: Week, name: str, moved: bool) -> None:
    assert named([week(), week(), week(), week(), last], name).moved is moved


def test_two_weeks_are_no_yardstick() -> None:
    found = named([week(), week(), week(helpful=0.0)], "helpful_rated")
    assert (found.before, found.moved) == (None, False)


def test_weeks_that_always_differ_hide_what_steady_ones_show() -> None:
    steady = [week(helpful=0.8) for _ in range(6)]
    restless = [week(helpful=share) for share in (0.9, 0.4, 0.7, 0.95, 0.5, 0.75)]
    assert named([*steady, week(helpful=0.4)], "helpful_rated").moved
    assert not named([*restless, week(helpful=0.4)], "helpful_rated").moved


def test_a_calm_team_is_hardly_ever_alarmed() -> None:
    dice = random.Random(3)
    alarms = 0
    for _ in range(200):
        weeks = [week(30, dice.binomialvariate(30, 0.7) / 30 if hasattr(dice, "binomialvariate") else
                      sum(dice.random() < 0.7 for _ in range(30)) / 30) for _ in range(9)]  # fmt: skip
        alarms += sum(trend.moved for trend in trends.trends(weeks))
    assert alarms <= 6


def test_days_fall_into_weeks_and_what_is_outside_into_none() -> None:
    counts = [Counted(day, "c", "decided", "", 1) for day in (79, 80, 86, 87, 93, 94)]
    assert [tally.get(("decided", ""), 0) for tally in trends.tallies(counts, 94, 2)] == [2, 2]


def test_promises_are_compared_with_what_was_kept() -> None:
    tally = {("promised", "0.80"): 10, ("promised", "0.60"): 10, ("kept", ""): 10}
    value, count = next(m for m in measures.MEASURES if m.name == "calibration").of(tally)
    assert (round(value or 0, 6), count) == (-0.2, 20)


def test_a_changed_model_is_told_from_one_that_stayed() -> None:
    before, after = (
        Week({("embedding", "a"): 50, ("triage", "t"): 50}),
        Week({("embedding", "b"): 5, ("embedding", "a"): 45}),
    )
    assert trends.models([before, before, after]) == [("embedding", "a", "b")]
    assert trends.models([before, before]) == []


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([None, 1.0], "·▄"), ([0.0, 0.5, 1.0, None], "▁▅█·"), ([2.0, 2.0], "▄▄"), ([0.0, 0.0], "▁▁")],
)
def test_sparkline(values: list[float | None], line: str) -> None:
    assert trends.sparkline(values) == line


def opening(text: str, asker: str) -> Opening:
    return Opening(f"t{text}{asker}", "c", asker, 1.0, text)


def test_telling_words_are_several_peoples_and_name_nobody() -> None:
    far = [opening(f"How do I run the payroll export for team{n}-7? @dana OPS-{n}11", f"u{n % 3}") for n in range(6)]
    others = [opening(f"How do I restart the {word}?", "x") for word in ("rollout", "queue", "bucket", "quota")]
    assert set(telling(far, others)) == {"payroll", "export"}
    assert telling([opening("the payroll export fails", "one") for _ in range(6)], others) == []
    assert telling([opening("如何恢复数据库", f"u{n}") for n in range(4)], others)
