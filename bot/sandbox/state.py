"""What every workspace of the sandbox shares, whichever protocol it speaks: one lock, who watches, what was called."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.sandbox.faults import Faults
from bot.sandbox.messages_api import Endpoint
from bot.sandbox.models import Call, Json


class State:
    """Holds what changes while a sandbox runs; every reader and writer takes `changed` first."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.llm = Endpoint(faults=self.faults)
        # An RLock inside: what people do, API calls and the page nest into each other.
        self.changed = threading.Condition(threading.RLock())
        self.calls: list[Call] = []
        self.ephemerals: list[Json] = []
        self.watchers: list[Callable[[Json], None]] = []
        self.version = 0
        self.base_url = ""
        self._numbers = 0

    def tell(self, kind: str, **data: Any) -> None:
        """Let the page and everybody who waits know that something changed."""
        with self.changed:
            self.version += 1
            for watcher in self.watchers:
                watcher({"kind": kind, **data})
            self.changed.notify_all()

    @contextmanager
    def watching(self, watcher: Callable[[Json], None]) -> Iterator[None]:
        """Let `watcher` hear of every change meanwhile; it must be quick and must not fail."""
        with self.changed:
            self.watchers.append(watcher)
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.watchers.remove(watcher)

    def number(self) -> int:
        """The next of the counters that ids are made from."""
        with self.changed:
            self._numbers += 1
            return self._numbers

    def record(self, name: str, args: Json, outcome: str) -> None:
        """Write down a call that came in, and what became of it."""
        with self.changed:
            self.calls.append(Call(name, args, time.time(), outcome))
            self.changed.notify_all()
