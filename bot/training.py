"""Fits triage to a team's own history, by what came after each message, and says whether that is better than shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.config import Config
from bot.dialogue.weights import Correction, Weights, write_model
from bot.evaluation_triage_figures import Figures, calibration_error, ranking
from bot.training_fit import Floats, likelihood, probability, ridge
from bot.training_history import History, read_history

FOLDS = 5
HOLD = 1000.0  # of the ridge towards the shipped weights, on slope, bias and standardised values: signs are no labels


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it: figures on held-out stretches before and after, and the model's file, None if it is not better."""

    turns: int
    threads: int
    needs: int
    rest: int
    better_in: int
    before: Figures
    after: Figures
    model: Path | None


def train(export: Path, config: Config, day: str) -> Training:
    """Fit to the recording (or folder of them) at `export`; a better model is written beside the database, dated `day`.

    Raises VigilError in one line, having changed nothing, where the history cannot be read or shows too little.
    """
    shipped = Weights.load()
    history = read_history(export, config, shipped)
    fitted, better_in = _held_out(history)
    before, after = _figures(history, history.logits), _figures(history, fitted)
    good = better_in >= FOLDS - 1 and (after["average_precision"] or 0) >= (before["average_precision"] or 0)
    model = None
    if good:
        told = {"turns": len(fitted), "threads": history.threads, "before": before, "after": after}
        folder = Path(config.store.path).parent
        model = write_model(folder, day, _corrected(history, np.ones(len(fitted), dtype=bool)), shipped, told)
    return Training(
        len(fitted), history.threads, int(history.needs.sum()), int(history.rest.sum()), better_in, before, after, model
    )


def _corrected(history: History, chosen: NDArray[np.bool_]) -> Correction:
    """The correction that these rows ask for, held towards none at all."""
    values = history.values[chosen]
    mean, spread = values.mean(0), np.maximum(values.std(0), 0.05)
    columns = np.column_stack([np.ones(len(values)), history.logits[chosen], (values - mean) / spread])
    none = np.zeros(columns.shape[1])
    none[1] = 1.0
    found = ridge(columns, history.signs[chosen], history.weights[chosen], none, np.full(len(none), HOLD))
    weights = found[2:] / spread
    return Correction(float(found[1]), float(found[0] - weights @ mean), weights.astype(np.float32))


def _held_out(history: History) -> tuple[Floats, int]:
    """Log-odds of each turn by a correction fitted on the other stretches, and in how many it foretells more."""
    fitted = np.empty(len(history.logits))
    folds = np.searchsorted(np.sort(history.begun), history.begun) * FOLDS // len(fitted)  # threads stay whole
    better = 0
    for fold in range(FOLDS):
        held = folds == fold
        by = _corrected(history, ~held)
        fitted[held] = by.slope * history.logits[held] + by.bias + history.values[held] @ by.weights
        gain = likelihood(fitted[held], history.signs[held]) - likelihood(history.logits[held], history.signs[held])
        better += int(gain @ history.weights[held] > 0)
    return fitted, better


def _figures(history: History, logits: Floats) -> Figures:
    scores = probability(logits)
    sure, needs = history.needs | history.rest, history.needs
    ranks = ranking(scores[sure], needs[sure])
    return {
        **{name: ranks[name] for name in ("auroc", "average_precision", "recall_at_precision_80")},
        "ece": calibration_error(scores[sure], needs[sure]),
        "spoke_per_100": round(100 * float((scores >= history.thresholds).mean()), 2),
    }
