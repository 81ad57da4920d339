"""Measures how well scores 0..1 tell needs from the rest: ranking, calibration, precision and recall at thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating]
Flags = NDArray[np.bool_]
THRESHOLDS = (0.5, 0.6, 0.7)


def auroc(needs: Numbers, labels: Flags) -> float:
    """Chance that a random positive scores above a random negative, ties counted half; nan with one class."""
    order = np.argsort(needs, kind="stable")
    values, first, counts = np.unique(needs[order], return_index=True, return_counts=True)
    ranks = np.repeat(first + (counts + 1) / 2, counts)
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return float("nan")
    return float((ranks[labels[order]].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(needs: Numbers, labels: Flags) -> float:
    """Mean precision at each positive, from the highest score down."""
    hits = labels[np.argsort(-needs, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else float("nan")


def best_f1(needs: Numbers, labels: Flags) -> float:
    """The highest F1 over all thresholds."""
    hits = labels[np.argsort(-needs, kind="stable")]
    found = np.cumsum(hits)
    return float((2 * found / (np.arange(1, len(hits) + 1) + max(1, hits.sum()))).max())


def precision_recall(needs: Numbers, labels: Flags, threshold: float) -> tuple[float, float]:
    """Precision (nan when nothing reaches the threshold) and recall."""
    chosen = needs >= threshold
    hits = float(labels[chosen].sum())
    return (hits / chosen.sum() if chosen.any() else float("nan")), hits / max(1, int(labels.sum()))


def line(name: str, needs: Numbers, labels: Flags) -> str:
    """One row of a report in plain text."""
    parts = [f"{t:.1f}: P {p:.2f} R {r:.2f}" for t in THRESHOLDS for p, r in [precision_recall(needs, labels, t)]]
    ranking = (
        f"AUROC {auroc(needs, labels):.3f}  AP {average_precision(needs, labels):.3f}  F1 {best_f1(needs, labels):.3f}"
    )
    counts = f"{len(labels):5d} turns, {int(labels.sum()):4d} needs, {needs.sum():6.1f} expected"
    return f"{name:18s} {counts}  {ranking}  " + "  ".join(parts)
