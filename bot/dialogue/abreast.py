"""Runs slow questions side by side and waits for all of them no longer than a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


def abreast(jobs: Sequence[Callable[[], T]], at_once: int, seconds: float) -> list[T | None]:
    """What each job gives, in order; None for those that were not done in time, whose answers nobody takes any more.

    At most `at_once` run at a time. What a job raises is raised here. The threads are daemons: nothing waits for a late one.
    """
    if not jobs:
        return []
    return _Round(jobs).run(min(at_once, len(jobs)), seconds)


class _Round(Generic[T]):
    def __init__(self, jobs: Sequence[Callable[[], T]]) -> None:
        self._jobs = list(enumerate(jobs))[::-1]
        self._open = len(jobs)
        self._found: list[T | None] = [None] * len(jobs)
        self._trouble: list[Exception] = []
        self._changed = threading.Condition()

    def run(self, count: int, seconds: float) -> list[T | None]:
        for number in range(count):
            threading.Thread(target=self._work, name=f"abreast {number + 1}", daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: not self._open or self._trouble, seconds)
            self._jobs.clear()
            if self._trouble:
                raise self._trouble[0]
            return list(self._found)

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._jobs:
                    return
                number, job = self._jobs.pop()
            try:
                answer = job()
            except Exception as trouble:  # noqa: BLE001 - raised again where the round is waited for
                with self._changed:
                    self._trouble.append(trouble)
                    self._changed.notify_all()
                return
            with self._changed:
                self._found[number] = answer
                self._open -= 1
                self._changed.notify_all()
