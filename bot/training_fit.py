"""Fits logistic scales by numpy alone: to labels or to mere signs of them, held back by a ridge towards given weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS, SETTLED = 5000, 1e-5
FAR = 40.0  # log-odds beyond which nothing changes any more


def probability(logits: Floats) -> Floats:
    """Of log-odds, without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -FAR, FAR))), dtype=np.float64)


def ridge(columns: Floats, signs: Floats, weights: Floats, towards: Floats, hold: Floats) -> Floats:
    """The coefficients of a logistic scale on `columns` (n x k), which `hold` (k) keeps near `towards` (k).

    `signs` (n) tell what is known of each label: the log of how much oftener a positive shows such a sign than a negative.
    0 says nothing, plus or minus infinity is a label known for sure; `weights` (n) say how much a row counts.
    Expectation-maximisation (Dempster, Laird and Rubin 1977): the labels are taken as the scale and the sign together make
    them likely, the scale is moved towards them, and so on until it stands still. Each move is a Newton step under the
    steepest bend that a logistic scale can have (Böhning and Lindsay 1988): it never overshoots, and needs one inversion.
    """
    found = towards.astype(np.float64)
    bend = (columns * (weights / 4)[:, None]).T @ columns + np.diag(hold)
    stride = np.linalg.inv(bend)
    for _ in range(ROUNDS):
        logits = columns @ found
        surprise = weights * (probability(logits + signs) - probability(logits))
        step = stride @ (columns.T @ surprise - hold * (found - towards))
        found = found + step
        if np.abs(step).max() < SETTLED:
            break
    return found


def likelihood(logits: Floats, signs: Floats) -> Floats:
    """How well each row's log-odds foretell its sign: the log of its likelihood, against that under no need at all."""
    need = probability(logits)
    return np.asarray(np.log(need * np.exp(np.clip(signs, -FAR, FAR)) + 1 - need), dtype=np.float64)
