"""Business and quiet hours on the wall clock of the channel's time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.config import Rules
from bot.dialogue import calendar

BERLIN = Rules(time_zone="Europe/Berlin")


def at(text: str, zone: str = "Europe/Berlin") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-18T08:59", False),
        ("2026-11-18T09:00", True),
        ("2026-11-18T17:59", True),
        ("2026-11-18T18:00", False),
        ("2026-11-21T12:00", False),
    ],
)
def test_in_business(moment: str, expected: bool) -> None:
    assert calendar.in_business(at(moment), BERLIN) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-18T10:00", "2026-11-18T12:30", 2.5),
        ("2026-11-18T17:00", "2026-11-19T10:00", 2),
        ("2026-11-20T17:00", "2026-11-23T10:00", 2),
        ("2026-11-21T10:00", "2026-11-22T10:00", 0),
        ("2026-03-27T17:00", "2026-03-30T10:00", 2),  # the clocks changed on that Sunday
        ("2026-11-19T10:00", "2026-11-18T10:00", 0),
    ],
)
def test_business_hours_between(start: str, end: str, expected: float) -> None:
    assert calendar.business_hours(at(start), at(end), BERLIN) == pytest.approx(expected)


def test_the_count_ends_early() -> None:
    assert 4 <= calendar.business_hours(0, at("2026-11-18T10:00"), BERLIN, enough=4) <= 9


def test_next_business() -> None:
    assert calendar.next_business(at("2026-11-20T20:00"), BERLIN) == at("2026-11-23T09:00")
    assert calendar.next_business(at("2026-11-20T10:00"), BERLIN) == at("2026-11-20T10:00")
    assert calendar.next_business(0, replace(BERLIN, business_days=())) is None


def test_a_day_of_23_hours_is_counted_as_it_is() -> None:
    always = replace(BERLIN, business_hours="", business_days=("sun",))
    assert calendar.business_hours(at("2026-03-29T00:00"), at("2026-03-30T00:00"), always) == pytest.approx(23)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-11-18T21:59", False), ("2026-11-18T22:00", True), ("2026-11-19T06:59", True), ("2026-11-19T07:00", False)],
)
def test_quiet_hours_run_over_midnight(moment: str, expected: bool) -> None:
    assert calendar.in_quiet(at(moment), replace(BERLIN, quiet_hours="22:00-07:00")) is expected
    assert not calendar.in_quiet(at(moment), BERLIN)
