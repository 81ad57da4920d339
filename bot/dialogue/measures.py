"""What is measured of Vigil's work, each as a function of counts: shares, gaps, cosines and times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

STEP = 0.05  # of the scale on which cosines are counted

Tally = Mapping[tuple[str, str], int]
"""Counts by (name, part) of some days together."""
Value = tuple[float | None, int]
"""A measure's value, None where nothing was counted, and of how many cases it is."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is made of a Tally; `kind` is share, gap (of two shares), cosine or time; `fewest` cases that tell.

    Values that stay below `least` are nobody's concern.
    """

    name: str
    kind: str
    of: Callable[[Tally], Value]
    fewest: int = 20
    tells: bool = True
    least: float = 0.0


def far(tally: Tally, limit: float) -> Value:
    """The share of questions of which all that was known lay farther than the limit."""
    steps = parts(tally, "nearest")
    total = sum(steps.values())
    return (sum(n for part, n in steps.items() if float(part) < limit - STEP / 2) / total if total else None), total


def step_of(cosine: float) -> str:
    """Where a cosine is counted: the lower end of its step."""
    return f"{max(0.0, math.floor(cosine / STEP + 1e-9) * STEP):.2f}"


def parts(tally: Tally, name: str) -> dict[str, int]:
    """The numbers of one name by part."""
    return {part: number for (called, part), number in tally.items() if called == name}


def _share(above: str, below: str) -> Callable[[Tally], Value]:
    def of(tally: Tally) -> Value:
        total = tally.get((below, ""), 0)
        return (tally.get((above, ""), 0) / total if total else None), total

    return of


def _part(name: str, part: str) -> Callable[[Tally], Value]:
    def of(tally: Tally) -> Value:
        total = sum(parts(tally, name).values())
        return (tally.get((name, part), 0) / total if total else None), total

    return of


def _gap(tally: Tally) -> Value:
    """How much oftener what was rated helped than it had promised; below zero for promises that were not kept."""
    steps = parts(tally, "promised")
    total = sum(steps.values())
    if not total:
        return None, 0
    return (tally.get(("kept", ""), 0) - sum(float(part) * n for part, n in steps.items())) / total, total


def _cosine(tally: Tally) -> Value:
    steps = parts(tally, "nearest")
    total = sum(steps.values())
    return (sum((float(part) + STEP / 2) * n for part, n in steps.items()) / total if total else None), total


def _quantile(name: str, share: float) -> Callable[[Tally], Value]:
    def of(tally: Tally) -> Value:
        steps = sorted((float(part), number) for part, number in parts(tally, name).items())
        total, passed = sum(number for _, number in steps), 0
        for step, number in steps:
            passed += number
            if passed >= share * total:
                return step, total
        return None, 0

    return of


MEASURES = (
    Measure("spoke", "share", _share("spoken", "decided"), 50),
    Measure("helpful_shown", "share", _share("welcome", "shown"), 20),
    Measure("helpful_rated", "share", _part("rated", "helpful"), 12),
    Measure("calibration", "gap", _gap, 12),
    Measure("tier_case", "share", _part("tier", "case")),
    Measure("tier_section", "share", _part("tier", "section")),
    Measure("tier_precedent", "share", _part("tier", "precedent")),
    Measure("search", "time", _quantile("took", 0.5), least=100.0),
    Measure("search_slow", "time", _quantile("took", 0.95), 100, tells=False),
    Measure("nearest", "cosine", _cosine, tells=False),
    Measure("age", "time", _quantile("age", 0.5)),
)
