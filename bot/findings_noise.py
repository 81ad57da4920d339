"""The noise curve of a replay: at each threshold how often triage calls a need, and how often people thought so too."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from bot.findings import Found
from bot.findings_aftermath import After, Aftermath

STEPS = tuple(step / 20 for step in range(6, 19))
"""The thresholds of the curve: .30, .35 ... .90."""
TOLD, TOLD_SHARE = 20, 1 / 3
"""An estimate needs so many called turns to which somebody spoke, and so large a share of all that were called."""
CAUTION = 1.28
"""Standard deviations taken off for chance: the estimate of nine in ten samples is not further above the truth."""


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold: how many turns were called a need, what came after them, and how many got a suggestion.

    `expected` is the precision that triage itself expects, the mean of its scores, which are probabilities. `spoken` is
    None below the threshold that the replay ran at, since nothing was searched for those turns.
    """

    threshold: float
    after: Mapping[After, int]
    expected: float | None = None
    spoken: int | None = None

    @property
    def needs(self) -> int:
        return sum(self.after.values())

    @property
    def told(self) -> int:
        """Those to whose author somebody else spoke: of the others the recording tells nothing."""
        return self.after.get(After.TAKEN_UP, 0) + self.after.get(After.OTHERWISE, 0)

    @property
    def estimate(self) -> float | None:
        """The share of the told that were taken up, an estimate of precision; None where too few are told."""
        if self.told < TOLD or self.told < TOLD_SHARE * self.needs:
            return None
        return self.after.get(After.TAKEN_UP, 0) / self.told

    @property
    def cautious(self) -> float:
        """The estimate less its chance error (Wilson's lower limit, one-sided 90 %); 0 where there is none."""
        return 0.0 if self.estimate is None else _lower(self.estimate, self.told)

    @property
    def sure(self) -> float:
        """The lower of what triage expects and what people showed: either may be too hopeful where it stands alone."""
        return min(self.cautious, self.expected or 0.0)


@dataclass(frozen=True, slots=True)
class Noise:
    """The curve, how many human turns it stands on, and the same measure on the turns below its lowest threshold."""

    human: int
    points: tuple[Point, ...]
    rest: Point

    def per_100(self, count: int | None) -> float | None:
        """So many in a hundred human turns."""
        return None if count is None else round(100 * count / max(1, self.human), 2)

    def figures(self) -> dict[str, Any]:
        """The curve as one JSON object."""
        rest = self.rest.estimate
        return {
            "thresholds": [self._row(point) for point in self.points],
            "precision_estimate_below": None if rest is None else round(rest, 3),
        }

    def _row(self, point: Point) -> dict[str, Any]:
        return {
            "threshold": point.threshold,
            "needs": point.needs,
            "needs_per_100": self.per_100(point.needs),
            "spoke_per_100": self.per_100(point.spoken),
            **{str(after): point.after.get(after, 0) for after in After},
            "precision_expected": None if point.expected is None else round(point.expected, 3),
            "precision_estimate": None if point.estimate is None else round(point.estimate, 3),
            "precision_at_least": round(point.cautious, 3) if point.estimate is not None else None,
        }


def noise(found: Found, aftermath: Aftermath) -> Noise:
    """The curve of a replay, from the scores and decisions it recorded: nothing is played again."""
    scores = found.scores()
    scored = [(scores[turn.id], turn) for turn in found.human if turn.id in scores]
    after = {turn.id: aftermath.after(turn) for _, turn in scored}
    spoke = [record["score"] for record in found.suggestions()]
    points = []
    for threshold in STEPS:
        called = [(score, turn) for score, turn in scored if score >= threshold]
        expected = fmean(score for score, _ in called) if called else None
        spoken = sum(score >= threshold for score in spoke) if threshold >= found.threshold() else None
        points.append(Point(threshold, Counter(after[turn.id] for _, turn in called), expected, spoken))
    below = Counter(after[turn.id] for score, turn in scored if score < STEPS[0])
    return Noise(len(found.human), tuple(points), Point(0.0, below))


def _lower(share: float, count: int) -> float:
    """Wilson's lower limit (E. B. Wilson, 1927) of a share found in `count` draws."""
    square = CAUTION**2 / count
    middle = share + square / 2
    spread = CAUTION * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return (middle - spread) / (1 + square)
