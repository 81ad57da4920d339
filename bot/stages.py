"""A stopwatch that adds up where the time of the corridor goes, stage by stage."""

from __future__ import annotations

import time
from types import TracebackType


class Stages:
    """Seconds spent by stage name. `with stages("triage"): ...` adds to one; stages may nest, each counts its own span."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str) -> _Span:
        return _Span(self.seconds, name)


class _Span:
    __slots__ = ("_name", "_seconds", "_start")

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name = seconds, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        spent = time.perf_counter() - self._start
        self._seconds[self._name] = self._seconds.get(self._name, 0.0) + spent
