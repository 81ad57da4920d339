"""The supervisor runs the worker and one listener a platform as children, and restarts the dead and the deaf."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.models import VigilError
from bot.supervisor_signs import STARTING, Sign, understood

START_GRACE = 30.0
"""Seconds until a new process must have given its first sign; it gives it before anything that takes long."""
STEADY = 60.0
"""Seconds after which a process that ends is no longer one that cannot start."""
LONGEST_PAUSE = 15.0
ENDS_WITHIN = 8.5
"""Seconds in which children finish or hand back what they have in hand, before they are killed."""
ALLOCATOR = {"MALLOC_ARENA_MAX": "2"}
"""For glibc: forty threads that each keep a heap of their own hold memory that nobody uses; what is set outside counts."""
FATAL = 3
"""Exit code by which a child says that starting it again would not help (wrong tokens, unusable database)."""

log = structlog.get_logger("supervisor")


@dataclass(slots=True)
class Child:
    """A process to keep alive, and what it last said; times are in monotonic seconds."""

    name: str
    command: Sequence[str]
    pass_fd: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    next_start: float = 0.0
    restarts: int = 0
    sign: Sign | None = None
    heard_at: float | None = None
    well_at: float | None = None
    proven: bool = False
    killed: str = ""
    ended: str = ""
    past: Counter[str] = field(default_factory=Counter)
    spared: tuple[str, ...] = ()  # variables of the environment that it does not need

    def hear(self, process: subprocess.Popen[bytes] | None, sign: Sign, now: float) -> None:
        """A sign came in; those that a process left behind when it ended count no more."""
        if process is not self.process:
            return
        self.sign, self.heard_at = sign, now
        if sign.well or sign.waits:
            self.well_at = now
        self.proven = self.proven or (sign.well and sign.note != STARTING)

    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def counts(self) -> Counter[str]:
        """What this child has counted, in all its processes."""
        return self.past + Counter(self.sign.counts if self.sign else {})


class Supervisor:
    """Keeps children alive: one that was not well for `deaf` seconds is killed and started again."""

    def __init__(self, children: Sequence[Child], deaf: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.children, self._deaf, self._clock = list(children), deaf, clock
        self._stop = threading.Event()
        self.fatal = ""

    def stop(self, *_: object) -> None:
        """Ask the loop to end; children are ended with it."""
        self._stop.set()

    def give_up(self, why: str) -> None:
        """Ask the loop to end since nothing here can go on; `run` then raises VigilError with that line."""
        self.fatal = self.fatal or why
        self.stop()

    def run(self) -> None:
        """Start everything and watch until `stop`; raises VigilError when a child says it is hopeless."""
        try:
            while not self._stop.is_set():
                for child in self.children:
                    self._tend(child)
                self._stop.wait(0.25)
        finally:
            self._end_all()
        if self.fatal:
            raise VigilError(self.fatal)

    def _tend(self, child: Child) -> None:
        now = self._clock()
        if child.process is None:
            if now >= child.next_start:
                self._start(child, now)
        elif child.process.poll() is not None:
            self._ended(child, child.process.returncode, now)
        elif not child.killed and (silent := self.silence(child, now)) > self._deaf:
            why = child.sign.note if child.sign is not None and not child.sign.well else "no sign of life"
            child.killed = f"was not well for {silent:.0f} s ({why}) and was ended"
            log.error("child is deaf", action="restart", child=child.name, silent_s=round(silent), why=why)
            child.process.kill()  # waited for by the next look: one stuck in the kernel must not hold up the others

    def silence(self, child: Child, now: float) -> float:
        """Seconds since the child was last well, counted from the end of its starting grace."""
        since = child.started_at + START_GRACE - self._deaf if child.well_at is None else child.well_at
        return now - since

    def _start(self, child: Child, now: float) -> None:
        heard, said = os.pipe()
        command = [*child.command, "--sign-fd", str(said)]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[child.pass_fd, said], start_new_session=True,
                env=ALLOCATOR | {name: value for name, value in os.environ.items() if name not in child.spared},
            )  # fmt: skip
        except OSError as trouble:
            log.error("child not started", action="try again", child=child.name, error=trouble.strerror)
            os.close(heard)
            child.next_start = now + LONGEST_PAUSE
            return
        finally:
            os.close(said)
        child.process, child.started_at, child.sign, child.heard_at, child.well_at = process, now, None, None, None
        threading.Thread(target=self._listen, args=(child, process, heard), daemon=True, name=child.name).start()
        log.info("child started", action="start", child=child.name, pid=process.pid)

    def _listen(self, child: Child, process: subprocess.Popen[bytes], heard: int) -> None:
        with os.fdopen(heard, "rb") as lines:
            for line in lines:
                sign = understood(line)
                if sign is not None:
                    child.hear(process, sign, self._clock())

    def _ended(self, child: Child, code: int, now: float) -> None:
        child.failures = 0 if now - child.started_at > STEADY else child.failures + 1
        pause = 0.0 if child.failures <= 1 else min(LONGEST_PAUSE, 0.5 * 2**child.failures)
        child.next_start, child.past = now + pause, child.counts()
        child.process, child.sign, child.restarts = None, None, child.restarts + 1
        child.ended, child.killed = child.killed or f"ended by itself with code {code}", ""
        log.error("child ended", action="restart", child=child.name, code=code)
        if code == FATAL and not child.proven:
            self.give_up(f"the {child.name} cannot work as things stand (see its line above); run: vigil doctor")

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            if process.stdin:
                process.stdin.close()
            process.terminate()
            process.send_signal(signal.SIGCONT)  # one that was stopped could not end
        deadline = time.monotonic() + ENDS_WITHIN
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("child did not end in time", action="kill", pid=process.pid)
                process.kill()


def child_command(config: str | None, *arguments: str) -> list[str]:
    """How to run a hidden subcommand of this very program."""
    chosen = ["--config", config] if config else []
    return [sys.executable, "-m", "bot.cli", *chosen, *arguments]
