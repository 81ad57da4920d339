"""How long people take to answer a question, and so how many of them a hold leaves to them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.events import Turn
from bot.findings import Found
from bot.findings_aftermath import After, Aftermath

CHOICES = (0, 2, 5, 15)
"""Minutes of hold that are compared."""
FEW = 0.10
"""A longer hold is not worth it when fewer than this share of all questions would be answered by people meanwhile."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Questions (needs that came while nobody was talking with the asker), and when people first answered them.

    `minutes` are those of the answered ones, ascending; `told` counts the questions to whose asker anybody spoke.
    """

    questions: int
    minutes: tuple[float, ...]
    told: int

    def within(self, minutes: float) -> int:
        """How many a colleague answered within so many minutes."""
        return bisect_right(self.minutes, minutes)

    def share(self, minutes: float) -> float:
        """The same as a share of all questions."""
        return self.within(minutes) / max(1, self.questions)

    def later(self, minutes: float) -> float:
        """The share that people answer after so many minutes, yet within the longest choice."""
        return self.share(CHOICES[-1]) - self.share(minutes)

    def recommended(self) -> int:
        """The shortest choice after which waiting on, up to the longest, would bring in few more answers by people."""
        return next(choice for choice in CHOICES if self.later(choice) < FEW)

    def median(self) -> float | None:
        """Minutes to a colleague's answer, of those that got one."""
        return round(median(self.minutes), 1) if self.minutes else None

    def figures(self) -> dict[str, Any]:
        """The waits as one JSON object."""
        return {
            "questions": self.questions,
            "answered": len(self.minutes),
            "median_minutes": self.median(),
            "choices": [
                {"minutes": choice, "answered_first": self.within(choice), "share": round(self.share(choice), 3),
                 "left_to_vigil": self.questions - self.within(choice)}
                for choice in CHOICES
            ],
        }  # fmt: skip


def waits(found: Found, aftermath: Aftermath) -> Waits:
    """The questions of a replay, at the threshold it ran at, and how long each waited for a colleague."""
    asked = list(_questions(found, aftermath))
    answers = [(turn, aftermath.answered_at(turn)) for turn in asked]
    minutes = sorted((at - turn.sent_at) / 60 for turn, at in answers if at is not None)
    told = sum(aftermath.after(turn) in (After.TAKEN_UP, After.OTHERWISE) for turn in asked)
    return Waits(len(asked), tuple(minutes), told)


def _questions(found: Found, aftermath: Aftermath) -> Iterator[Turn]:
    """Needs that nobody was seeing to; what the asker adds while no answer is there belongs to the same question."""
    scores, threshold = found.scores(), found.threshold()
    open_until: dict[tuple[str, str], float] = {}
    for turn in found.human:
        if scores.get(turn.id, 0.0) < threshold or aftermath.attended(turn):
            continue
        key = (aftermath.lane(turn), turn.author)
        if turn.sent_at < open_until.get(key, 0.0):
            continue
        answered = aftermath.answered_at(turn)
        open_until[key] = turn.sent_at + aftermath.window if answered is None else answered
        yield turn
