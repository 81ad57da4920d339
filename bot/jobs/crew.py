"""The crew is the worker process: hands on the inbox and outbox, the scheduler, and the index kept fresh."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence

import structlog

from bot.jobs.scheduler import Scheduler
from bot.jobs.sender import Sender
from bot.jobs.worker import Worker
from bot.storage.base import STARTING, Runs

POLL = 0.25
BEAT = 5.0
RECONNECTED = b"c"
"""The byte by which a listener says that it has a new connection: what was missed meanwhile must be caught up."""

log = structlog.get_logger("crew")


class Bell:
    """Wakes one pair of hands when there is something to do; a ring before the wait is not lost."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Return True when the bell rings, False after `seconds` without."""
        rung = self._rung.wait(seconds)
        self._rung.clear()
        return rung


class Crew:
    """Runs every loop of the worker process until `stop`."""

    def __init__(
        self,
        worker: Worker,
        clicks: Worker,
        sender: Sender,
        scheduler: Scheduler,
        errands: Mapping[str, tuple[float, Callable[[], object]]],
        refresh: Callable[[], object],
        runs: Runs,
        clock: Callable[[], float],
        pipe: int | None = None,
        first: Sequence[Callable[[], object]] = (),
        reclaim: Callable[[], object] = lambda: None,
        erase: Callable[[], bool] = lambda: False,
    ) -> None:
        self._worker, self._clicks, self._sender, self._scheduler = worker, clicks, sender, scheduler
        self._errands, self._refresh, self._runs, self._clock = errands, refresh, runs, clock
        self._stop = threading.Event()
        self._pipe, self._first, self._reclaim, self._erase = pipe, first, reclaim, erase
        self._note = STARTING
        self._working = threading.Event()
        self._reconnected = Bell()
        self._bells = {name: Bell() for name in ("turns", "clicks", "sender", "eraser")}

    def ring(self, _: object = None) -> None:
        """Something was committed: the hands should look."""
        for bell in self._bells.values():
            bell.ring()

    def stop(self, *_: object) -> None:
        """Ask every loop to end."""
        self._stop.set()
        self.ring()

    def run(self) -> None:
        """Make ready (`first`: load the model and the like), then work until `stop`."""
        early = [threading.Thread(target=self._keep_fresh, name="fresh")]
        early.append(threading.Thread(target=self._keep_up, name="catch up"))
        for thread in early:  # before all else: making ready may take longer than a silent worker is let live
            thread.start()
        try:
            self._work()
        finally:
            self.stop()
            for thread in early:
                thread.join(10)

    def _work(self) -> None:
        for step in self._first:
            step()
        loops: dict[str, Callable[[], bool]] = {
            "turns": self._turns,
            "clicks": lambda: self._clicks.step(quick=True) > 0,
            "sender": self._sender.step,
            "eraser": self._erase,
        }
        threads = [threading.Thread(target=self._loop, args=(n, step), name=n) for n, step in loops.items()]
        if self._pipe is not None:
            threading.Thread(target=self._relay, args=(self._pipe,), name="relay", daemon=True).start()
        for thread in threads:
            thread.start()
        self._working.set()
        self._scheduler.start(self._errands)
        self._stop.wait()
        self._scheduler.stop()
        for thread in threads:
            thread.join(10)

    def _turns(self) -> bool:
        busy = self._worker.step() > 0
        return self._worker.wake_due() > 0 or busy

    def _relay(self, pipe: int) -> None:
        """Pass on the listeners' bytes as rings, until their ends of the pipe close."""
        while said := os.read(pipe, 4096):
            if RECONNECTED in said:
                self._reconnected.ring()
            self.ring()

    def _loop(self, name: str, step: Callable[[], bool]) -> None:
        bell = self._bells[name]
        while not self._stop.is_set():
            try:
                if not step():
                    bell.wait(POLL)
            except Exception:
                log.exception("loop stumbled", action="go on", loop=name)
                self._stop.wait(1.0)

    def _keep_up(self) -> None:
        """Catch up at the start, with which the crew is ready, and after every reconnect."""
        self._caught_up()
        while not self._stop.is_set():
            if self._note == STARTING and self._working.is_set():
                self._note = "ready"
                self._runs.beat("worker", self._clock(), self._note)
                log.info("ready", action="start")
            if self._reconnected.wait(POLL):
                self._caught_up()

    def _caught_up(self) -> None:
        try:
            self._errands["catch_up"][1]()
        except Exception:
            log.exception("catch-up failed", action="next time")

    def _keep_fresh(self) -> None:
        """Apply what changed in the knowledge base, show life, and take over what the dead left behind."""
        beaten = 0.0
        while not self._stop.wait(POLL):
            try:
                self._refresh()
                if self._clock() - beaten >= BEAT:
                    beaten = self._clock()
                    self._runs.beat("worker", beaten, self._note)
                    self._reclaim()
            except Exception:
                log.exception("refresh failed", action="try again")
                self._stop.wait(1.0)
