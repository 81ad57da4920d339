"""Figures of a score against labels, by numpy alone: how well it ranks, how well its numbers hold, how often it speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.findings_noise import STEPS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Figures = dict[str, float | None]
BINS = 10
ENOUGH = 0.80  # the precision at which recall is asked for


@dataclass(frozen=True, slots=True)
class _Curve:
    """Precision and recall at each distinct score, from the highest down: all turns of one score are taken together."""

    precision: Floats
    recall: Floats

    @staticmethod
    def of(scores: Floats, positive: Flags) -> _Curve:
        order = np.argsort(-scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
        hits = np.cumsum(positive[order])[ends]
        return _Curve(hits / (ends + 1), hits / positive.sum())


def glance(scores: Sequence[float], needs: Sequence[int]) -> Figures:
    """The figures of a ranking alone, for scores that are no probabilities; 2 is positive."""
    return ranking(np.array(scores, dtype=np.float64), np.array(needs) == 2)


def ranking(scores: Floats, positive: Flags) -> Figures:
    """`auroc, average_precision, best_f1, recall_at_precision_80`; all None where one of the two classes is missing."""
    if positive.all() or not positive.any():
        return dict.fromkeys(("auroc", "average_precision", "best_f1", "recall_at_precision_80"))
    curve = _Curve.of(scores, positive)
    steps = np.diff(curve.recall, prepend=0.0)
    f1 = 2 * curve.precision * curve.recall / np.maximum(curve.precision + curve.recall, 1e-12)
    enough = curve.recall[curve.precision >= ENOUGH]
    return {
        "auroc": auroc(scores, positive),
        "average_precision": _round(steps @ curve.precision),
        "best_f1": _round(f1.max()),
        "recall_at_precision_80": _round(enough.max() if enough.size else 0.0),
    }


def auroc(scores: Floats, positive: Flags) -> float:
    """How often a positive is scored above a negative, a tie counting one half; both classes must occur."""
    below = np.sort(scores[~positive])
    first, last = (np.searchsorted(below, scores[positive], side) for side in ("left", "right"))
    return _round((first + last).sum() / 2 / (len(below) * positive.sum()))


def calibration_error(scores: Floats, positive: Flags) -> float:
    """Expected calibration error over ten bins of equal width: |mean score - share of positives|, by the bins' sizes."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=scores - positive, minlength=BINS)
    return _round(np.abs(gaps).sum() / len(scores))


def figures(scores: Sequence[float], needs: Sequence[int], threshold: float) -> Figures:
    """All figures of scores (0..1) against needs (2 is positive; 0 and 1 negative), at least one of them."""
    values, need = np.array(scores, dtype=np.float64), np.array(needs)
    spoke, borderline = values >= threshold, need == 1
    return {
        **ranking(values, need == 2),
        "ece": calibration_error(values, need == 2),
        "spoke_per_100": _round(100 * spoke.mean()),
        "borderline_rate": _round(spoke[borderline].mean()) if borderline.any() else None,
    }


def curve(scores: Sequence[float], needs: Sequence[int]) -> list[Figures]:
    """`threshold, precision, recall, spoke_per_100` at each of STEPS; 2 is positive, None where nothing can be divided."""
    values, positive = np.array(scores, dtype=np.float64), np.array(needs) == 2
    return [_point(threshold, values >= threshold, positive) for threshold in STEPS]


def _point(threshold: float, spoke: Flags, positive: Flags) -> Figures:
    return {
        "threshold": threshold,
        "precision": _round(positive[spoke].mean()) if spoke.any() else None,
        "recall": _round(spoke[positive].mean()) if positive.any() else None,
        "spoke_per_100": _round(100 * spoke.mean()),
    }


def _round(value: Any) -> float:
    return round(float(value), 4)
