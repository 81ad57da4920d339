"""Examples as numbers: what triage's own code sees in a turn at first sight, and in the two messages it looks back at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold
from triage_data import Example

from bot.dialogue.reading import Linear, Reader, sigmoid
from bot.dialogue.scenes import looking_back, scene
from bot.dialogue.triage import first_sight
from knowledge.base import Vectors

Sight = tuple[Vectors, Vectors]
"""Named values and the vector of a turn."""


@dataclass(frozen=True, slots=True)
class Look:
    """A turn at first sight, and the speaker's and the partner's last messages, None where there is none."""

    turn: Sight
    back: tuple[Sight | None, Sight | None]
    stretch: str

    def needs(self, first: Linear) -> list[float]:
        """The need of the two messages before by the scale of first sight."""
        return [0.0 if sight is None else sigmoid(first.logit(*sight)) for sight in self.back]


def looks(examples: Sequence[Example], reader: Reader) -> list[Look]:
    """Run the shipped feature code over examples."""
    places = [scene(e.thread, e.turn, reader.names, reader.read) for e in examples]
    seen = []
    for place, example in zip(places, examples, strict=True):
        mine, other = (None if back is None else first_sight(back) for back in looking_back(place))
        seen.append(Look(first_sight(place), (mine, other), example.stretch))
    return seen


def held_back(seen: Sequence[Look], folds: int, fit: Callable[[Sequence[int]], Linear]) -> Vectors:
    """n x 2: the needs of the messages before, each by a scale of first sight fitted on other stretches than its own."""
    needs = np.zeros((len(seen), 2), dtype=np.float32)
    for train_rows, test_rows in GroupKFold(folds).split(seen, groups=[look.stretch for look in seen]):
        first = fit(train_rows.tolist())
        needs[test_rows] = [seen[row].needs(first) for row in test_rows]
    return needs
