"""Kills a process of Vigil's at a named point: loaded by Python itself where a trial puts this folder on the path.

Nothing of it is in the product. The trial arms a point by a file of its name that holds a number n; the n-th passage after
that takes the file away, leaves a note and ends the process by SIGKILL, as a power cut would.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

FOLDER = os.environ.get("VIGIL_CRASH_POINTS", "")
# point: module, what is called there, whether the process dies before it or after it, and only where it led to something.
POINTS = {
    "before-inbox-commit": ("bot.storage.inbox", "pack_event", "before"),
    "committed-not-acked": ("bot.storage.inbox", "SqliteInbox.put", "after"),
    "claimed-not-thought": ("bot.storage.inbox", "SqliteInbox.claim", "after"),
    "before-outcome-commit": ("bot.storage.ledger", "_rest", "after"),
    "outcome-committed-not-sent": ("bot.storage.ledger", "SqliteLedger.commit", "after"),
    "post-claimed-not-sent": ("bot.storage.outbox", "SqliteOutbox.claim", "after"),
    "accepted-not-recorded": ("bot.storage.outbox", "SqliteOutbox.sent", "before"),
    "recorded": ("bot.storage.outbox", "SqliteOutbox.sent", "after"),
    "looked-not-sent": ("bot.platforms.slack_history", "Past.find", "after"),
    "looked-not-sent-in-lark": ("bot.platforms.lark_history", "Past.find", "after"),
    "before-release": ("bot.storage.leases", "SqliteLeases._free", "before"),
    "followed-up": ("bot.storage.ledger", "SqliteLedger.commit", "after"),
    "case-stored-not-marked": ("knowledge.library", "KnowledgeBase.propose", "after"),
    "precedents-stored-not-marked": ("knowledge.library", "KnowledgeBase.put", "after"),
    "cache-half-written": ("knowledge.cachefile", "_write", "after"),
    "cache-not-renamed": ("os", "fsync", "after"),
    "words-half-taken": ("bot.storage.traces", "SqliteTraces.take_words", "before"),
    "erasure-searched": ("bot.storage.erasures", "SqliteErasures.searched", "before"),
    "walk-half-done": ("bot.storage.channels", "SqliteChannels.heard", "before"),
    "errand-done-not-noted": ("bot.storage.channels", "SqliteRuns.done", "before"),
}
PLATFORMS = ("looked-not-sent", "looked-not-sent-in-lark")
"""Points of one platform's adapter, which nobody passes on another."""
LEADING = ("committed-not-acked", "claimed-not-thought", "post-claimed-not-sent", "precedents-stored-not-marked")
"""Points that count only where what was called led to something: an event that was new, a post there was."""


def counts(point: str, args: Sequence[Any], result: Any) -> bool:
    """Whether this passage is one that the point means."""
    if point == "outcome-committed-not-sent":
        return bool(args[1].posts)
    if point == "followed-up":
        return args[1].nudge is not None
    return point not in LEADING or bool(result)


class Passages:
    """Counts how often an armed point was passed, and ends the process when it is time."""

    def __init__(self, folder: str) -> None:
        self._folder, self._passed = folder, Counter[str]()

    def note(self, point: str, args: Sequence[Any], result: Any = True) -> None:
        path = os.path.join(self._folder, point)
        if not os.path.exists(path) or not counts(point, args, result):
            return
        self._passed[point] += 1
        try:
            with open(path) as armed:
                due = int(armed.read() or 1)
            if self._passed[point] < due:
                return
            os.rename(path, f"{path}.{os.getpid()}.{time.time_ns()}.hit")
        except OSError:  # another process was first
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(self, function: Callable[..., Any], before: Sequence[str], after: Sequence[str]) -> Callable[..., Any]:
        @functools.wraps(function)
        def passing(*args: Any, **kwargs: Any) -> Any:
            for point in before:
                self.note(point, args)
            result = function(*args, **kwargs)
            for point in after:
                self.note(point, args, result)
            return result

        return passing

    def mark(self, module: ModuleType) -> None:
        """Wrap what the points name in this module."""
        for name in {name for home, name, _ in POINTS.values() if home == module.__name__}:
            owner: Any = module
            *outer, last = name.split(".")
            for part in outer:
                owner = getattr(owner, part)
            here = {p: when for p, (home, what, when) in POINTS.items() if (home, what) == (module.__name__, name)}
            before, after = ([p for p, when in here.items() if when == side] for side in ("before", "after"))
            setattr(owner, last, self.wrapped(getattr(owner, last), before, after))


class Marker(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets modules load as ever and then wraps what the points name in them."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages
        self._homes = {home for home, _, _ in POINTS.values()}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self._homes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def marked(module: ModuleType) -> None:
            run(module)
            self._passages.mark(module)

        spec.loader.exec_module = marked  # type: ignore[method-assign]
        return spec


if FOLDER:
    watched = Passages(FOLDER)
    sys.meta_path.insert(0, Marker(watched))
    watched.mark(os)
