"""Carries the schedule of a fault trial out: kills processes, arms crash points, and spoils sockets, store and cache."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable

import faults_llm
from faults_schedule import KILLS, Strike
from faults_vigil import Vigil

from bot.sandbox import Drop, Hang, HangOpen, NoHello, TooMany
from bot.sandbox.faults import Fault

POINT_WAIT = 20.0
"""Seconds in which an armed crash point must be passed; else the worker is killed from outside."""
BUSY = ("before-inbox-commit", "committed-not-acked", "claimed-not-thought", "before-outcome-commit")
"""Points that are passed so often that a later passage than the next may be chosen."""
IN_A_ROW = 2
"""Kills of one child under the same supervisor, whose pauses grow with each."""
AHEAD = 12
"""Acts that may be done beyond the one at which the next strike is due."""
LOOK = 0.2
"""Seconds between two looks whether all is well again."""


class Striker:
    """Carries a schedule out against Vigil; `look` is called again and again and never waits for long."""

    def __init__(self, vigil: Vigil, strikes: list[Strike]) -> None:
        self._vigil, self._stage, self._left = vigil, vigil.stage, list(strikes)
        self._next_at = 0.0
        self._armed: dict[str, float] = {}
        self._in_a_row: Counter[str] = Counter()
        self._hits = 0
        self._later: list[tuple[float, Callable[[], object]]] = []
        self._down = False
        self.kills: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        self.slowest_end = 0.0

    def look(self, done: int) -> None:
        """Strike when it is time; `done` is how many acts were done so far."""
        now = self._stage.clock()
        for moment, act in [row for row in self._later if row[0] <= now]:
            self._later.remove((moment, act))
            act()
        if not self._down:
            self._vigil.revive()
        self._look_at_points(now)
        if self._left and self._left[0].at <= done and now >= self._next_at and not self._down:
            if self._left[0].well and not self._vigil.healthy():
                self._next_at = now + LOOK
                return
            strike = self._left.pop(0)
            self._next_at = now + strike.seconds
            self._strike(strike, now)

    def may_do(self) -> int:
        """How many acts may be done by now: the load waits for the next strike, so that it strikes while people talk."""
        return self._left[0].at + AHEAD if self._left else 1 << 60

    def end(self, done: int) -> bool:
        """Whether all has struck and every trouble is over."""
        self.look(done)
        return not (self._left or self._armed or self._later)

    def _look_at_points(self, now: float) -> None:
        """Count the processes that died at a point; a point that nobody passes is given up for a kill from outside."""
        if not self._armed:
            return
        for point in self._vigil.hits()[self._hits :]:
            self._hits += 1
            self.kills[f"point {point}"] += 1
            self._stage.note(f"a process died at {point}")
            self._armed.pop(point, None)
        for point in [point for point, until in self._armed.items() if now > until]:
            self._vigil.disarm(point)
            del self._armed[point]
            self._kill("worker")

    def _strike(self, strike: Strike, now: float) -> None:
        if strike.what.startswith("point "):
            self._arm(strike.what.removeprefix("point "), strike.passage, now)
        elif strike.what in KILLS:
            self._kill(strike.what)
        else:
            self.troubles[strike.what] += 1
            self._stage.note(f"{strike.what} for {strike.seconds:.1f} s")
            TROUBLE[strike.what](self, strike.seconds)

    def _arm(self, point: str, passage: int, now: float) -> None:
        if point in self._armed:
            self._kill("listener")
        else:
            self._armed[point] = now + POINT_WAIT
            self._vigil.arm(point, passage if point in BUSY else 1)

    def _kill(self, part: str) -> None:
        """Kill from outside. A child that dies again and again is started ever later: then the supervisor's turn has come."""
        self._in_a_row[part] += 1
        if part in ("supervisor", "everything") or self._in_a_row[part] > IN_A_ROW:
            part = part if part == "everything" else "supervisor"
            self._in_a_row.clear()
        if self._vigil.strike(part):
            self.kills[part] += 1
            self._stage.note(f"kill -9 {part}")
        else:  # it is only just coming up: it will be killed a moment later
            self._left.insert(0, Strike(0, part, 0.3))
            self._next_at = self._stage.clock() + 0.3

    def _after(self, seconds: float, act: Callable[[], object]) -> None:
        self._later.append((self._stage.clock() + seconds, act))

    def _sockets(self, *faults: Fault) -> None:
        """Let the next connections fare so, and end those that are."""
        for fault in faults:
            self._stage.faults.next("socket", fault)
        self._stage.abort_sockets()

    def _platform_down(self, seconds: float) -> None:
        self._stage.stop()
        self._after(seconds, self._stage.start)

    def _model_down(self, seconds: float) -> None:
        before = faults_llm.take_down(self._stage)
        self._after(seconds, lambda: faults_llm.bring_up(self._stage, before))

    def _vigil_down(self, seconds: float) -> None:
        self._vigil.strike("everything")
        self.kills["everything"] += 1
        self._down = True
        self._after(seconds, self._up)

    def _up(self) -> None:
        self._down = False

    def _terminated(self, seconds: float) -> None:
        took = self._vigil.terminate()
        self.slowest_end = max(self.slowest_end, took)

    def _locked(self, seconds: float) -> None:
        """Another program holds the database's write lock for a while."""
        holder = sqlite3.connect(
            self._vigil.folder / "vigil.db", isolation_level=None, timeout=5, check_same_thread=False
        )
        try:
            holder.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as busy:
            self._stage.note(f"not locked: {busy}")
            holder.close()
            return
        self._after(seconds, holder.close)

    def _spoilt(self, seconds: float) -> None:
        self._vigil.strike("everything")
        self.kills["everything"] += 1
        self._vigil.spoil_cache()

    def _endpoint_hangs(self, seconds: float) -> None:
        """Lark's answer to where to connect never comes, for which the SDK would wait for ever."""
        self._stage.faults.next("endpoint", Hang(40))
        self._stage.abort_sockets()

    def _pongs_missed(self, seconds: float) -> None:
        for _ in range(4):
            self._stage.faults.next("pong", Drop())


TROUBLE: dict[str, Callable[[Striker, float], object]] = {
    "refresh": lambda s, _: s._stage.disconnect(),
    "sockets cut": lambda s, _: s._stage.abort_sockets(),
    "tokens expire": lambda s, _: s._stage.expire_tokens(),
    "deafened": lambda s, _: s._stage.deafen_sockets(),
    "endpoint hangs": Striker._endpoint_hangs,
    "pongs missed": Striker._pongs_missed,
    "sockets silent": lambda s, _: s._stage.mute_sockets(),
    "no hello": lambda s, _: s._sockets(NoHello()),
    "handshake hangs": lambda s, _: s._sockets(HangOpen()),
    "too many sockets": lambda s, _: s._sockets(TooMany(), TooMany()),
    "platform down": Striker._platform_down,
    "vigil down": Striker._vigil_down,
    "model down": Striker._model_down,
    "terminated": Striker._terminated,
    "database locked": Striker._locked,
    "cache spoilt": Striker._spoilt,
}
