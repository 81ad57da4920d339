"""How long and how often a model is waited for: places for so many calls at once, pauses between tries, one bound for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from bot.llm.base import Alive, Speechless

R = TypeVar("R")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Seconds of pause before the second try, and most of all: each is twice the last, cut by up to half by the dice."""
SLICE = 1.0
"""Seconds of waiting for a place after which a sign of life is given."""


class Trouble(Exception):
    """One try failed: why in a word of Speechless, whether another may do better, and how long the endpoint wants quiet.

    `lost` means that the request went out whole and what it cost cannot be known.
    """

    def __init__(self, why: str, what: str, again: bool = False, after: float = 0.0, lost: bool = False) -> None:
        super().__init__(what)
        self.why, self.again, self.after, self.lost = why, again, after, lost


@dataclass(frozen=True, slots=True)
class Waits:
    """Where time comes from and goes to, and who hears that a thread goes on; tests give their own."""

    clock: Callable[[], float]
    sleep: Callable[[float], object]
    dice: Callable[[], float]
    alive: Alive


class Patience:
    """Shared by all callers of one endpoint; safe from any thread. One try may take `seconds`, all of them as often that."""

    def __init__(self, waits: Waits, at_once: int, tries: int, seconds: float) -> None:
        self._waits, self._at_once, self._tries, self._seconds = waits, at_once, tries, seconds
        self._places, self._lock = threading.Semaphore(at_once), threading.Lock()
        self._quiet: dict[str, float] = {}

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places; raises Speechless("busy") when none was free for as long as a try may take."""
        ends = self._waits.clock() + self._seconds
        while not self._places.acquire(timeout=min(SLICE, self._seconds)):
            self._waits.alive()
            if self._waits.clock() >= ends:
                raise Speechless("busy", f"{self._at_once} calls were under way for {self._seconds:g} s")
        try:
            yield
        finally:
            self._places.release()

    def run(self, model: str, tried: Callable[[float], R], failed: Callable[[Trouble], object]) -> R:
        """What `tried(seconds)` gives, in one try or several; `failed` hears of each that gave nothing.

        No try begins before an endpoint that asked for quiet has had it, whoever of the callers it asked. Raises the last
        Trouble when it is hopeless, when the tries are used up, or when the next could not begin in time.
        """
        ends, last = (
            self._waits.clock() + self._seconds * self._tries,
            Trouble("limited", "the endpoint asked for quiet"),
        )
        for number in range(self._tries):
            if not self._turn(model, number, ends):
                break
            try:
                return tried(min(self._seconds, ends - self._waits.clock()))
            except Trouble as trouble:
                last = trouble
                failed(trouble)
                self._heard(model, trouble.after)
                if not trouble.again:
                    break
        raise last

    def _turn(self, model: str, number: int, ends: float) -> bool:
        """Pause as is due before a try; False, without a pause, where it could not begin before `ends`."""
        pause = min(FIRST_PAUSE * 2 ** (number - 1), LONGEST_PAUSE) * (1 - self._waits.dice() / 2) if number else 0.0
        due = self._waits.clock() + pause
        while True:
            self._waits.alive()
            now = self._waits.clock()
            due = max(due, self._quiet.get(model, 0.0))  # another caller may have been asked for quiet meanwhile
            if due <= now:
                return now < ends
            if due >= ends:
                return False
            self._waits.sleep(due - now)

    def _heard(self, model: str, after: float) -> None:
        with self._lock:
            self._quiet[model] = max(self._quiet.get(model, 0.0), self._waits.clock() + after)
