"""Business and quiet hours of a channel, counted in its own time zone and right across changes of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.config import Rules
from bot.config_hours import hours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = 3600.0
LONGEST = 400  # days looked through at most, so that an ancient thread costs no more than a year's walk


def in_business(now: float, rules: Rules) -> bool:
    """Whether `now` (epoch seconds) lies within business hours on a business day."""
    return any(start <= now < end for start, end in _business(now, rules, 2))


def next_business(now: float, rules: Rules) -> float | None:
    """`now` itself within business hours, else when they begin next; None when the channel has no business days."""
    return next((max(now, start) for start, end in _business(now, rules) if end > now), None)


def business_hours(start: float, end: float, rules: Rules, enough: float = float("inf")) -> float:
    """How many business hours lie between two times; the count ends early once it reaches `enough`."""
    total = 0.0
    for opens, closes in _business(start, rules):
        if opens >= end or total >= enough:
            break
        total += max(0.0, min(closes, end) - max(opens, start)) / HOUR
    return total


def in_quiet(now: float, rules: Rules) -> bool:
    """Whether Vigil is asked to stay quiet at `now`; never, when no quiet hours are set."""
    span = hours(rules.quiet_hours)
    return span is not None and any(start <= now < end for start, end in _spans(now, rules, span, DAYS, 2))


def _business(since: float, rules: Rules, count: int = LONGEST) -> Iterator[tuple[float, float]]:
    span = hours(rules.business_hours) or (0, 24 * 60)
    return _spans(since, rules, span, tuple(day.lower()[:3] for day in rules.business_days), count)


def _spans(
    since: float, rules: Rules, span: tuple[int, int], days: tuple[str, ...], count: int
) -> Iterator[tuple[float, float]]:
    """The span as (start, end) in epoch seconds on each of the days, from the day before `since` on.

    A span that ends before it starts runs over midnight and belongs to the day it starts on.
    """
    if not days:
        return
    first = datetime.fromtimestamp(since, ZoneInfo(rules.time_zone)).date().toordinal() - 1
    for day in range(first, first + count):
        if DAYS[(day + 6) % 7] in days:
            yield _span(day, *span, rules.time_zone)


@lru_cache(maxsize=4096)
def _span(day: int, start: int, end: int, time_zone: str) -> tuple[float, float]:
    """The span on the day of that ordinal, in minutes after its midnight, as epoch seconds; talk turns to few days."""
    zone = ZoneInfo(time_zone)
    return _moment(day, start, zone), _moment(day, end if end > start else end + 24 * 60, zone)


def _moment(day: int, minutes: int, zone: ZoneInfo) -> float:
    """The epoch second at which the wall clock shows that many minutes after midnight of `day`."""
    later, minute = divmod(minutes, 24 * 60)
    wall = datetime.combine(date.fromordinal(day), time(minute // 60, minute % 60), zone)
    return (wall + timedelta(days=later)).timestamp()
