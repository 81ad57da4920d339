"""Signs of life: what a child process says of itself to its supervisor, a line of JSON at a time, through a pipe."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

import structlog

BEAT = 2.0
"""Seconds between two signs of a healthy child."""
STARTING = "starting"
"""Note of a sign by which a process says that it lives but is not at work yet."""
LONGEST = 400
"""Characters of a note: a whole sign must stay below the 4,096 bytes that a pipe takes in one piece."""

log = structlog.get_logger("signs")


@dataclass(frozen=True, slots=True)
class Sign:
    """`well` means that what the process is there for works; `note` says in words what does not, or that it is starting.

    `counts` and `gauges` are the process's tally. `waits` says that a platform asked it to wait, so that to start it again
    would not help, and would ask too early.
    """

    well: bool
    note: str = ""
    counts: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    waits: bool = False


class Signals:
    """The child's end of the pipe; without one (`fd` None) nobody hears. A pipe and not the database: a locked database
    must not make a process look dead, nor a clock that was set make a dead one look alive."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        if fd is not None:
            os.set_blocking(fd, False)

    def send(self, sign: Sign) -> None:
        """Say it; what a full pipe cannot take is left unsaid, since nobody may wait for the supervisor."""
        if self._fd is None:
            return
        plain = asdict(sign) | {"note": sign.note[:LONGEST]}
        try:
            os.write(self._fd, json.dumps(plain).encode() + b"\n")
        except (BlockingIOError, BrokenPipeError) as deaf:
            log.debug("nobody hears", action="go on", error=str(deaf))


def understood(line: bytes) -> Sign | None:
    """The sign that a line holds; None for anything else."""
    try:
        said = json.loads(line)
        return Sign(
            bool(said["well"]), str(said["note"]), dict(said["counts"]), dict(said["gauges"]), bool(said["waits"])
        )
    except (ValueError, TypeError, KeyError) as garbled:
        log.warning("a sign cannot be read", action="go on", error=str(garbled))
        return None


def ends_when_asked(stop: Callable[[], object], within: float, with_parent: bool = True) -> None:
    """On SIGTERM, SIGINT and (`with_parent`) when the supervisor has gone, call `stop` once.

    After `within` seconds the process ends whatever it is doing. The handlers only write into a pipe, and a thread of its
    own calls `stop`: a handler that set an event while the main thread was about to wait for it would block for ever.
    """
    heard, asked = os.pipe()

    def wait() -> None:
        os.read(heard, 1)
        backstop = threading.Timer(within, _leave, (within,))
        backstop.daemon = True
        backstop.start()
        stop()

    def watch() -> None:
        while os.read(0, 1024):  # nothing is ever written there: it only closes with the supervisor
            continue
        os.write(asked, b".")

    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: os.write(asked, b"."))
    for work in (wait, watch) if with_parent else (wait,):
        threading.Thread(target=work, daemon=True, name="ending").start()


def _leave(within: float) -> None:
    log.warning("not ended in time", action="leave", seconds=within)
    os._exit(1)
