"""Progress of long work on standard error: a bar on a terminal, else a plain line every few seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType

import click
from rich.console import Console
from rich.progress import Progress as Bar

EVERY = 5.0


class Progress:
    """Call it with how much of `total` is done; use it as a context."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        console = Console(file=sys.stderr)
        self._bar = Bar(console=console) if console.is_terminal else None
        self._task = self._bar.add_task(what, total=total) if self._bar else None
        self._told = time.monotonic()

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def of(self, done: int, total: int) -> None:
        """So much is done of a total that was not known before."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=total)
        self._total = total
        self(done)

    def __call__(self, done: int) -> None:
        if done % 64 and done != self._total:
            return
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=done)
        elif time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            click.echo(f"{self._what}: {done} of {self._total}", err=True)
