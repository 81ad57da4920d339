"""The language model of a fault trial: the stage's own scripted endpoint, now and then slow, garbled, refusing or down."""

from __future__ import annotations

from faults_stage import Stage

from bot.sandbox import (
    Cut,
    Declined,
    Delay,
    Empty,
    Garbage,
    Hang,
    OffShape,
    Overloaded,
    RateLimit,
    ServerError,
    Truncated,
)
from bot.sandbox.faults import Fault, Faults

SECTION = """
[llm]
enabled = true
base_url = "{url}"
timeout_seconds = 1.5
retries = 1
"""
CHANCES: tuple[tuple[Fault, float], ...] = (
    (Delay(0.5), 0.1), (Hang(3), 0.03), (Overloaded(), 0.05), (RateLimit(1), 0.03), (ServerError(500), 0.05), (Cut(), 0.05),
    (Garbage(), 0.05), (OffShape(), 0.05), (Truncated(), 0.05), (Declined(), 0.03), (Empty(), 0.03),
)  # fmt: skip
"""What may happen to any call to the model, with its probability."""


def section(url: str) -> str:
    """The lines of the configuration that switch it on; a local endpoint needs no key."""
    return SECTION.format(url=url)


def let_chance(stage: Stage, seed: int) -> None:
    """Switch on what may happen to any call."""
    for number, (fault, share) in enumerate(CHANCES):
        stage.faults.chance("messages", fault, share, seed * 1000 + 500 + number)


def take_down(stage: Stage) -> Faults:
    """From now on every call is answered 503; returns the faults of before, which `bring_up` takes."""
    before, stage.llm.faults = stage.llm.faults, Faults()
    stage.llm.faults.chance("messages", ServerError(503), 1.0)
    return before


def bring_up(stage: Stage, before: Faults) -> None:
    """The model answers again, as well as it did."""
    stage.llm.faults = before
