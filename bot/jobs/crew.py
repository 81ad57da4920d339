"""The crew is the worker process: hands on the inbox and outbox, the scheduler, and the index kept fresh."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from bot.jobs.hands import Hands
from bot.jobs.scheduler import Scheduler
from bot.jobs.sender import Sender
from bot.jobs.signs import Signs
from bot.store import StoreDown, StoreLost
from bot.supervisor_signs import STARTING

POLL = 0.25
RECLAIM = 5.0
THOUGHTS_END, ENDS_WITHIN = 1.0, 5.0
"""Seconds that thoughts, and then the loops, have left when asked to stop; what they do not finish is handed back."""
PATIENT = frozenset(("eraser", "fresh"))
"""Loops of which one step may have much to do: a person's every word to erase, a large ingest to take into the index."""
SENDERS = ("sender", "sender 2", "sender 3")
"""So many posts may be on their way to each platform, each in another channel: one that hangs holds up few."""
RECONNECTED, SAID = b"c", b"\n"
"""How a listener's line begins that says that it has a new connection: what was missed there must be caught up."""

log = structlog.get_logger("crew")


def reconnected(platform: str) -> bytes:
    """What the listener of that platform writes into the pipe when it has a new connection."""
    return SAID + RECONNECTED + platform.encode() + SAID


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
        turns: Hands,
        clicks: Hands,
        sender: Sender,
        scheduler: Scheduler,
        errands: Mapping[str, tuple[float, Callable[[], object]]],
        refresh: Callable[[], object],
        signs: Signs,
        pipe: int | None = None,
        first: Sequence[Callable[[], object]] = (),
        reclaim: Callable[[], object] = lambda: None,
        erase: Callable[[], bool] = lambda: False,
        look_back: Mapping[str, Callable[[], object]] | None = None,
        ending: Callable[[], object] = lambda: None,
    ) -> None:
        """`look_back` catches up, by platform, after a start or a reconnect; `ending` is told when all is to stop."""
        self._turns, self._clicks, self._scheduler = turns, clicks, scheduler
        self._errands, self._refresh, self._signs = errands, refresh, signs
        self._stop = threading.Event()
        self._pipe, self._first, self._reclaim, self._erase = pipe, first, reclaim, erase
        self._look_back, self._ending = dict(look_back or {"": lambda: None}), ending
        self._signs.note = STARTING
        self._working = threading.Event()
        self._lost: StoreLost | None = None
        self._reconnected = {platform: Bell() for platform in self._look_back}
        self._behind = set(self._look_back)
        self._senders = self._sending(sender)
        self._bells = {name: Bell() for name in ("turns", "clicks", "eraser", *self._senders)}

    def _sending(self, sender: Sender) -> dict[str, Callable[[], bool]]:
        """The loops that post; with several platforms each has its own, so that one that is down holds up no other."""
        if len(self._look_back) == 1:
            return dict.fromkeys(SENDERS, sender.step)
        each = ((name, platform) for platform in self._look_back for name in SENDERS)
        return {f"{name} {platform}": partial(sender.step, platform) for name, platform in each}

    def ring(self, _: object = None) -> None:
        """Something was committed: the hands should look."""
        for bell in self._bells.values():
            bell.ring()

    def stop(self, *_: object) -> None:
        """Ask every loop to end after what it has in hand."""
        self._stop.set()
        self._ending()
        self.ring()

    def run(self) -> None:
        """Make ready (`first`: load the model and the like), then work until `stop`; raises StoreLost when it must not go on."""
        threads = [threading.Thread(target=self._keep_fresh, name="fresh", daemon=True)]
        for platform in self._look_back:
            threads.append(threading.Thread(target=self._keep_up, args=(platform,), name="catch up", daemon=True))
        for thread in threads:  # before all else: history is fetched while the model is loaded
            thread.start()
        try:
            self._work(threads)
        finally:
            self.stop()
            deadline = time.monotonic() + ENDS_WITHIN
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            self._scheduler.stop(max(0.0, deadline - time.monotonic()))
        if self._lost is not None:
            raise self._lost

    def _ready(self, step: Callable[[], object]) -> None:
        """Take a step of making ready, and wait for the store where it is down."""
        while not self._stop.is_set():
            try:
                with self._signs.step("start", patient=True):
                    step()
                return
            except StoreDown:
                log.exception("not ready", action="try again")
                self._stop.wait(1.0)

    def _work(self, threads: list[threading.Thread]) -> None:
        for step in self._first:
            self._ready(step)
        if self._stop.is_set():
            return
        loops: dict[str, Callable[[], bool]] = {
            "turns": self._turns.step,
            "clicks": self._clicks.step,
            "eraser": self._erase,
            **self._senders,
        }
        hands = [threading.Thread(target=self._loop, args=(n, s), name=n, daemon=True) for n, s in loops.items()]
        if self._pipe is not None:
            threading.Thread(target=self._relay, args=(self._pipe,), name="relay", daemon=True).start()
        for thread in hands:
            thread.start()
            threads.append(thread)
        self._working.set()
        self._scheduler.start(self._errands, lambda: self._signs.mark("scheduler"))
        self._stop.wait()
        for thinking in (self._clicks, self._turns):
            thinking.end(THOUGHTS_END)

    def _relay(self, pipe: int) -> None:
        """Pass on the listeners' bytes as rings, until their ends of the pipe close."""
        while said := os.read(pipe, 4096):
            for line in said.split(SAID):
                if line.startswith(RECONNECTED):
                    self._connected_again(line[1:].decode())
            self.ring()

    def _connected_again(self, platform: str) -> None:
        """A name that came through in pieces stands for all."""
        for name, bell in self._reconnected.items():
            if name == platform or platform not in self._reconnected:
                bell.ring()

    def _loop(self, name: str, step: Callable[[], bool]) -> None:
        bell = self._bells[name]
        while not self._stop.is_set():
            self._signs.mark(name)
            try:
                with self._signs.step(name, name in PATIENT):
                    busy = step()
                if not busy:
                    bell.wait(POLL)
            except Exception:
                log.exception("loop stumbled", action="go on", loop=name)
                self._stop.wait(1.0)

    def _keep_up(self, platform: str) -> None:
        """Catch up at the start, with which the crew is ready, and after every reconnect."""
        self._caught_up(platform)
        self._behind.discard(platform)
        while not self._stop.is_set():
            if self._signs.note == STARTING and self._working.is_set() and not self._behind:
                self._signs.note = "ready"
                log.info("ready", action="start")
            if self._reconnected[platform].wait(POLL):
                self._caught_up(platform)

    def _caught_up(self, platform: str) -> None:
        try:
            self._look_back[platform]()
        except Exception:
            log.exception("catch-up failed", action="next time", platform=platform)

    def _keep_fresh(self) -> None:
        """Apply what changed in the knowledge base, and take over what the dead left behind."""
        reclaimed = -RECLAIM
        while not self._stop.wait(POLL):
            self._signs.mark("fresh")
            try:
                with self._signs.step("fresh", "fresh" in PATIENT):
                    self._refresh()
                    if time.monotonic() - reclaimed >= RECLAIM:
                        reclaimed = time.monotonic()
                        self._reclaim()
            except StoreLost as lost:
                log.exception("nothing more may be written", action="end")
                self._lost = lost
                self.stop()
            except Exception:
                log.exception("refresh failed", action="try again")
                self._stop.wait(1.0)
