"""The schedule of a fault trial, made from a seed alone: which kills, crash points, outages and broken sockets, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass

from faults_crash.sitecustomize import PLATFORMS, POINTS
from faults_stage import Stage

from bot.sandbox import Cut, Delay, Drop, Duplicate, Reorder
from bot.sandbox.faults import Fault

CHANCES: tuple[tuple[tuple[str, ...], Fault, float], ...] = (
    (("envelope",), Duplicate(), 0.04), (("envelope",), Reorder(), 0.03), (("envelope",), Delay(0.7), 0.03),
    (("envelope",), Drop(), 0.02), (("envelope",), Cut(), 0.003), (("ack",), Drop(), 0.02), (("ack",), Delay(1.5), 0.02),
)  # fmt: skip
"""What may happen to any envelope or acknowledgement: points, fault, probability; what may happen to calls the stage knows."""
KILLS = {"worker": 4, "listener": 4, "supervisor": 4, "everything": 5, "point": 12}
A_TROUBLE_TO_KILLS = 6
SETTLED = 0.4


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that goes wrong once so many acts were done; `seconds` is how long it lasts, or waits for the next.

    Most kills wait till all is well again (`well`); the others strike what is just coming up.
    """

    at: int
    what: str
    seconds: float
    passage: int = 1
    well: bool = False


def schedule(seed: int, events: int, kills: int, stage: type[Stage], llm: bool = False) -> list[Strike]:
    """The strikes of a trial in order: `kills` kills, and a trouble of another kind for every few of them.

    With `llm` the language model is down for a while as well, once for as many.
    """
    dice, troubles = random.Random(f"strikes/{seed}"), stage.troubles
    points = [point for point in POINTS if point not in PLATFORMS or point == stage.manual]
    found = []
    for number in range(kills):
        at = int((number + dice.random()) * events * 0.95 / max(1, kills))
        what = dice.choices(list(KILLS), list(KILLS.values()))[0]
        what = f"point {dice.choice(points)}" if what == "point" else what
        gap, passage = dice.choice((0.1, 0.5, 1.0, 2.0, 4.0)) * dice.random(), dice.choice((1, 1, 2, 5))
        found.append(Strike(at, what, gap, passage, dice.random() < SETTLED))
    for _ in range(-(-kills // A_TROUBLE_TO_KILLS)):
        what = dice.choices(list(troubles), list(troubles.values()))[0]
        found.append(Strike(int(dice.random() * events * 0.95), what, 0.5 + dice.random() * 6))
        if llm:
            found.append(Strike(int(dice.random() * events * 0.95), "model down", 1.0 + dice.random() * 6))
    return sorted(found, key=lambda strike: strike.at)


def let_chance(stage: Stage, seed: int) -> None:
    """Switch on what may happen to any call, envelope or acknowledgement."""
    for number, (points, fault, share) in enumerate((*stage.chances, *CHANCES)):
        for point in points:
            stage.faults.chance(point, fault, share, seed * 1000 + number)
