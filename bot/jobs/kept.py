"""Keeps what a platform said for a while, so that it is not asked the same for every message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import structlog

from bot.models import VigilError
from bot.platforms.base import SendRefused

KEEP_SECONDS = 300.0
FAILED_SECONDS = 15.0
STALE_SECONDS = 900.0
"""How old an answer may grow while the platform cannot be reached: what is posted is checked anew anyway."""
MANY = 20_000  # answers kept; rather than grow without end, all are forgotten

T = TypeVar("T")
log = structlog.get_logger("directory")


class Kept:
    """Answers by what was asked and of whom. With `strict` trouble is raised; else it leads to what is denied."""

    def __init__(self, clock: Callable[[], float], strict: bool = False) -> None:
        """`clock` counts seconds."""
        self._clock, self._strict = clock, strict
        self._held: dict[tuple[str, str], tuple[float, float, object]] = {}  # said when, kept until when, what

    def ask(self, what: str, name: str, ask: Callable[[], T], otherwise: T, keep: float = KEEP_SECONDS) -> T:
        """The answer kept, else a fresh one, kept for `keep` seconds; `otherwise` where the platform refuses or is down.

        `name` goes into the log where that happens: it is an id, never anybody's words.
        """
        now, kept = self._clock(), self._held.get((what, name))
        if kept and kept[1] > now:
            return cast(T, kept[2])
        try:
            answer, said = ask(), now
        except VigilError as trouble:
            if self._strict and not isinstance(trouble, SendRefused):
                raise
            log.warning("lookup failed", action="deny", what=what, name=name, error=str(trouble))
            answer, said, keep = otherwise, now, FAILED_SECONDS
            if kept and kept[0] > now - STALE_SECONDS and not isinstance(trouble, SendRefused):
                answer, said = cast(T, kept[2]), kept[0]
        self._put((what, name), (said, now + keep, answer))
        return answer

    def keep(self, what: str, name: str, answer: object, seconds: float = KEEP_SECONDS) -> None:
        """Keep an answer that came by another way."""
        self._put((what, name), (self._clock(), self._clock() + seconds, answer))

    def fresh(self, what: str, name: str) -> object | None:
        """What is kept and believed still, None without anything; nobody is asked."""
        kept = self._held.get((what, name))
        return kept[2] if kept and kept[1] > self._clock() else None

    def held(self, what: str, name: str) -> object | None:
        """What is kept, however old, and None without anything; nobody is asked."""
        kept = self._held.get((what, name))
        return kept[2] if kept else None

    def drop(self, name: str) -> None:
        """Whatever was said of `name` is to be asked anew."""
        for key in [k for k in list(self._held) if k[1] == name]:
            self._held.pop(key, None)

    def _put(self, key: tuple[str, str], answer: tuple[float, float, object]) -> None:
        if len(self._held) >= MANY:
            self._held.clear()
        self._held[key] = answer
