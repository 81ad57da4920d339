"""Measures of how Vigil does, by week, and whether the latest week differs from those before by more than chance.

A week's value counts as moved when it lies further from the median of the weeks before than WIDE times what these weeks
spread (median absolute deviation) and what chance does to so few cases, taken together; and far enough to matter.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bot.dialogue.measures import MEASURES, STEP, Measure, Tally, far, parts
from bot.outcomes import Counted

WEEK = 7  # days
WEEKS = 8  # weeks before that are compared with
FEWEST_WEEKS = 3  # with enough cases, below which nothing is compared
WIDE = 3.0  # standard deviations
LIKE_NORMAL = 1.4826  # makes the median absolute deviation of a normal spread its standard deviation
MATTERS = 0.08  # a share that moved by less is nobody's concern
TIMES = 1.5  # a time by less than this factor
TIME_VARIANCE = 2.0  # of the median of the logarithms of times, for one case
TENTH = 0.10  # of the weeks before, the questions that lay farthest from what was known
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure now, and the median and spread of the weeks before (None: too few); `values` by week, oldest first."""

    name: str
    now: float | None
    count: int
    before: float | None
    spread: float
    moved: bool
    values: tuple[float | None, ...]


def tallies(counts: Iterable[Counted], until: int, number: int = WEEKS + 1, days: int = WEEK) -> list[Tally]:
    """The counts of the `number` spans of so many days before day `until`, oldest first."""
    found: list[Counter[tuple[str, str]]] = [Counter() for _ in range(number)]
    for c in counts:
        place = number - 1 - (until - 1 - c.day) // days
        if 0 <= place < number and c.day < until:
            found[place][c.name, c.part] += c.number
    return list(found)


def trends(weeks: Sequence[Tally]) -> list[Trend]:
    """Every measure over these weeks, the last one being the one that is looked at."""
    limit = far_limit(weeks[:-1])
    return [
        trend(measure, weeks) for measure in (*MEASURES, Measure("far", "share", lambda tally: far(tally, limit), 20))
    ]


def trend(measure: Measure, weeks: Sequence[Tally]) -> Trend:
    """One measure over these weeks."""
    found = [measure.of(tally) for tally in weeks]
    now, count = found[-1]
    earlier = [value for value, number in found[:-1] if value is not None and number >= measure.fewest]
    values = tuple(value for value, _ in found)
    if len(earlier) < FEWEST_WEEKS:
        return Trend(measure.name, now, count, None, 0.0, False, values)
    before = median(earlier)
    tells = measure.tells and count >= measure.fewest and max(abs(now or 0.0), abs(before)) >= measure.least
    moved = tells and now is not None and _differs(measure.kind, now, count, earlier)
    return Trend(measure.name, now, count, before, LIKE_NORMAL * _deviation(earlier), moved, values)


def _differs(kind: str, now: float, count: int, earlier: Sequence[float]) -> bool:
    if kind == "time":  # what takes time is compared by ratio
        now, earlier = math.log(now), [math.log(value) for value in earlier]
    before = median(earlier)
    variance = {"share": max(before * (1 - before), 0.02), "gap": 0.25, "cosine": 0.04, "time": TIME_VARIANCE}[kind]
    noise = math.hypot(LIKE_NORMAL * _deviation(earlier), math.sqrt(variance / count))
    return abs(now - before) > max(WIDE * noise, math.log(TIMES) if kind == "time" else MATTERS)


def _deviation(values: Sequence[float]) -> float:
    """The median absolute deviation."""
    middle = median(values)
    return median(abs(value - middle) for value in values)


def far_limit(weeks: Sequence[Tally]) -> float:
    """The cosine below which about a tenth of these weeks' questions lay, on the scale of STEP; 0 when there are none."""
    steps = Counter[float]()
    for tally in weeks:
        steps.update({float(part): n for (name, part), n in tally.items() if name == "nearest"})
    total, passed = sum(steps.values()), 0
    for step in sorted(steps):
        passed += steps[step]
        if passed >= TENTH * total:
            return step + STEP
    return 0.0


def models(weeks: Sequence[Tally]) -> list[tuple[str, str, str]]:
    """(triage or embedding, the model mostly used in the weeks before, the one of late) where these differ."""
    found = []
    for name in ("embedding", "triage"):
        earlier = Counter[str]()
        for tally in weeks[:-1]:
            earlier.update(parts(tally, name))
        late = Counter(parts(weeks[-1], name))
        fresh = [model for model, _ in late.most_common() if model not in earlier]
        if earlier and fresh:
            found.append((name, earlier.most_common(1)[0][0], fresh[0]))
    return found


def sparkline(values: Sequence[float | None]) -> str:
    """One block a value between the least and the greatest, a dot where there is none."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    top = len(BLOCKS) - 1
    steps = [
        None if v is None else round(top * (v - low) / (high - low)) if high > low else top // 2 * (low != 0)
        for v in values
    ]
    return "".join("·" if step is None else BLOCKS[step] for step in steps)
