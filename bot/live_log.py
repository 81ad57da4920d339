"""The log of a running Vigil: one JSON line an event, never in the way of the work, and no storm when the store is in trouble."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from types import TracebackType
from typing import Any

import structlog

from bot.store import StoreDown, StoreLost
from knowledge.cachefile import CacheRefused
from knowledge.redaction import redact

STDERR = 2
AGAIN = 300.0
"""Seconds after which a trouble that lasts is told again."""
CALMED = (StoreDown, StoreLost, CacheRefused)


def log_to_stderr(level: str, secrets: Sequence[str] = ()) -> None:
    """One JSON line an event on standard error; texts of messages are never logged, and `secrets` are blotted out."""
    cleaned = Cleaner(secrets)
    sys.excepthook = uncaught
    threading.excepthook = lambda died: uncaught(died.exc_type, died.exc_value, died.exc_traceback)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every run that a slow one leaves out
    plain = logging.StreamHandler()  # libraries log past structlog
    plain.setLevel(logging.WARNING)
    plain.setFormatter(Cleaned(cleaned))
    logging.basicConfig(handlers=[plain], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            Calm(),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            cleaned.event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(Unfailing(STDERR)),  # type: ignore[arg-type]
    )


def uncaught(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    """An error that nobody caught is told as any other line is: its words may quote a secret."""
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        log = structlog.get_logger("process")
        log.critical("uncaught", action="end", exc_info=(kind, error or kind(), where))


class Cleaner:
    """Takes secrets and personal data out of what is logged: an error may quote what it stumbled over.

    `secrets` are Vigil's own, whose form may be any: where they stand, however little they look like one.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret:token]")
        return redact(text)

    def event(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor, the last before JSON."""
        return {name: self(value) if isinstance(value, str) else value for name, value in event.items()}


class Cleaned(logging.Formatter):
    """Lines of libraries' own logging, with secrets and personal data out."""

    def __init__(self, clean: Cleaner) -> None:
        super().__init__()
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        """The line as it would be, redacted; with its traceback."""
        return self._clean(super().format(record))


class Unfailing:
    """A stream for the log: what cannot be written (a full disk, a closed pipe) is counted, and nobody stumbles over it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._lost, self._torn = descriptor, 0, False

    def write(self, text: str) -> int:
        """Write a line, and before it how many could not be written since the last that could."""
        note = (
            json.dumps({"event": "log lines lost", "level": "warning", "lines": self._lost}) + "\n"
            if self._lost
            else ""
        )
        data = ("\n" * self._torn + note + text).encode(errors="replace")
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            self._lost += 1
            return len(text)
        self._torn = written < len(data)
        self._lost = int(self._torn)
        return len(text)

    def flush(self) -> None:
        """Every line is out once it is written."""


class Calm:
    """A structlog processor: one trouble with the store is told once, in one line, however many stumble over it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._told: dict[str, tuple[float, int]] = {}

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The event without its traceback; raises DropEvent when the same was told within AGAIN."""
        trouble = _trouble(event)
        if not trouble:
            return event
        with self._lock:
            told, repeated = self._told.get(trouble, (-AGAIN, 0))
            if self._clock() - told < AGAIN:
                self._told[trouble] = told, repeated + 1
                raise structlog.DropEvent
            self._told[trouble] = self._clock(), 0
        event.pop("exc_info", None)
        event["error"] = trouble
        return {**event, "repeated": repeated} if repeated else event


def _trouble(event: MutableMapping[str, Any]) -> str:
    """What an event says of trouble with the store, "" when it speaks of something else."""
    error = event.get("exc_info")
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, CALMED):
        return str(error)
    kind, _, said = str(event.get("error", "")).partition(": ")
    return said if kind in {calmed.__name__ for calmed in CALMED} else ""
