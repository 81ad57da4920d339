"""Prints how scores do against labels, a line for each community and one for all of them together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.evaluation_triage_figures import figures
from knowledge.base import Vectors

THRESHOLDS = (0.5, 0.6, 0.7)
Labels = NDArray[np.int_]


def line(name: str, needs: Vectors, labels: Labels) -> str:
    """One row of the table in plain text: the measure's own figures, and how much it speaks at some thresholds."""
    found = figures(needs.tolist(), labels.tolist(), THRESHOLDS[0])
    ranks = (
        f"AUROC {found['auroc']:.3f}  AP {found['average_precision']:.3f}  F1 {found['best_f1']:.3f}  "
        f"R at P .80 {found['recall_at_precision_80']:.2f}  ECE {found['ece']:.3f}"
    )
    cuts = []
    for threshold in THRESHOLDS:
        hits = int((labels[needs >= threshold] == 2).sum())
        cuts.append(
            f"{threshold}: P {hits / max(1, (needs >= threshold).sum()):.2f} R {hits / (labels == 2).sum():.2f}"
        )
    return f"{name:18s} {len(labels):5d} turns, {(labels == 2).sum():4d} needs  {ranks}  " + "  ".join(cuts)


def report(title: str, rows: Sequence[tuple[str, Vectors, Labels]]) -> None:
    """Print a table line for each community and one for all of them together."""
    print(f"\n{title}")
    for name, needs, labels in rows:
        print(line(name, needs, labels))
    print(line("all", np.concatenate([r[1] for r in rows]), np.concatenate([r[2] for r in rows])))
