#!/usr/bin/env python3
"""Makes a running Vigil deaf, dumb or stuck in every way we know, and says how soon it noticed and how soon it was whole."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Hang, HangOpen, NoHello, RateLimit, Sandbox, ServerError, Workspace
from tests.processes import Processes
from tests.rivals import rivals
from tests.wire import Wire

NOTICED, HEALED = 30.0, 90.0
"""Seconds within which a deaf or dead process must be noticed, and healed after that what made it deaf is over."""
PATIENCE = 400.0


class Case:
    """One way to be deaf: `do` makes it so and may return what ends it again, called after `lasts` seconds.

    `limit` is within how many seconds it must be noticed; None: it may be over before anybody must know.
    """

    def __init__(
        self, name: str, do: Callable[[Trial], Callable[[], object] | None], lasts: float = 0.0,
        limit: float | None = NOTICED,
    ) -> None:  # fmt: skip
        self.name, self.do, self.lasts, self.limit = name, do, lasts, limit


class Trial:
    """A Vigil whose every connection goes over a wire."""

    def __init__(self, box: Sandbox, wire: Wire, vigil: Processes) -> None:
        self.box, self.wire, self.vigil = box, wire, vigil

    def fault(self, fault: Any, times: int, point: str = "socket") -> None:
        """Cut the connection, and let the next attempts to make another fail so."""
        self.box.faults.next(point, fault, times)
        self.box.abort_sockets()

    def stop(self, part: str) -> None:
        os.kill(self.vigil.pid(part) or 0, signal.SIGSTOP)

    def lock(self) -> Callable[[], object]:
        """Hold the database's write lock from outside."""
        held = sqlite3.connect(self.vigil.folder / "vigil.db", isolation_level=None, check_same_thread=False)
        held.execute("BEGIN IMMEDIATE")
        return lambda: (held.execute("ROLLBACK"), held.close())

    def swallow(self) -> Callable[[], object]:
        """Accept everything and answer nothing, on what is open and on what is opened."""
        self.wire.swallows = True
        self.wire.kill()
        return lambda: setattr(self.wire, "swallows", False)

    def refuse(self) -> Callable[[], object]:
        self.wire.refuse()
        self.wire.cut()
        return self.wire.accept_again

    def crowd(self) -> Callable[[], object]:
        """Ten other connections of the same app take all the places."""
        self.box.faults.next("apps.connections.open", ServerError(503), 2)  # so that the ten come first
        self.box.abort_sockets()
        return rivals(self.box)


def cases(stuck: float) -> list[Case]:
    """Every case; `stuck` is how long a step of the worker may hang."""
    slow = stuck + NOTICED
    return [
        Case("socket falls silent", lambda t: t.box.mute_sockets()),
        Case("half-open socket", lambda t: t.wire.kill()),
        Case("silent from the first", lambda t: t.fault(Hang(3600), 1)),
        Case("missing hello", lambda t: t.fault(NoHello(), 1)),
        Case("socket endpoint never answers, 5 times", lambda t: t.fault(HangOpen(), 5)),
        Case("apps.connections.open hangs, 3 times", lambda t: t.fault(Hang(30), 3, "apps.connections.open")),
        Case("apps.connections.open fails, 6 times", lambda t: t.fault(ServerError(500), 6, "apps.connections.open")),
        Case("apps.connections.open limited, 20 s", lambda t: t.fault(RateLimit(20), 1, "apps.connections.open")),
        Case("black hole for 60 s", Trial.swallow, 60),
        Case("platform refuses for 60 s", Trial.refuse, 60),
        Case("too many sockets for 30 s", Trial.crowd, 30),
        Case("listener killed", lambda t: t.vigil.kill("listener") and None),
        Case("listener stopped (SIGSTOP)", lambda t: t.stop("listener")),
        Case("listener's commit hangs", lambda t: t.vigil.sabotage("listener", "bot.storage.inbox:SqliteInbox:put")),
        Case("listener's frames pile up", lambda t: t.vigil.sabotage("listener", "slack_sdk.socket_mode.builtin:SocketModeClient:process_message")),
        Case("worker killed", lambda t: t.vigil.kill("worker") and None),
        Case("worker stopped (SIGSTOP)", lambda t: t.stop("worker")),
        Case("worker's turns hang", lambda t: t.vigil.sabotage("worker", "bot.dialogue.mind:Mind:respond"), 0, slow),
        Case("worker's sender hangs", lambda t: t.vigil.sabotage("worker", "bot.jobs.sender:Sender:_send"), 0, slow),
        Case("database locked for 20 s", Trial.lock, 20),
    ]  # fmt: skip


def main() -> int:
    """Run the cases and print their table, and one JSON line; 0 when all were noticed and healed in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose names hold this")
    parser.add_argument("--stuck", type=float, default=120.0, help="[console] stuck_seconds")
    wanted = parser.parse_args()
    rows = []
    for case in (case for case in cases(wanted.stuck) if wanted.only in case.name):
        with trial(wanted.stuck) as found:
            row = tried(case, found)
        print(
            f"{row['case']:42} noticed {row['noticed']} s, told {row['told']} s, healed {row['healed']} s: {row['why']}",
            file=sys.stderr,
        )
        rows.append(row)
    late = [row["case"] for row in rows if not row["in_time"]]
    print("| case | noticed after, s | ops channel told after, s | healed after, s |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['case']} | {row['noticed']} | {row['told']} | {row['healed']} |")
    print(json.dumps({"cases": len(rows), "late": late, "rows": rows}))
    return 1 if late else 0


@contextmanager
def trial(stuck: float) -> Iterator[Trial]:
    """A Vigil that is well, with an ops channel."""
    workspace = Workspace.small(scopes=scopes(), events=events(), retry_after=(2.0,) * 300)
    with Sandbox(workspace) as box, tempfile.TemporaryDirectory() as name:
        wire = Wire(box._server.port)
        box._core.base_url = f"http://127.0.0.1:{wire.port}"
        vigil = Processes(box, Path(name), console=f'ops_channel = "random"\nstuck_seconds = {stuck}')
        box.join("random", "vigil")
        vigil.start()
        try:
            vigil.until(vigil.healthy, "a healthy start")
            time.sleep(3)
            yield Trial(box, wire, vigil)
        finally:
            wire.swallows = False
            vigil.stop()


def tried(case: Case, on: Trial) -> dict[str, Any]:
    """Make it so, ask for help, and watch `/healthz` and the ops channel until the question is answered and all is well."""
    vigil = on.vigil
    began, over = time.monotonic(), case.lasts
    end = case.do(on)
    timer = threading.Timer(case.lasts, end) if end else None
    if timer:
        timer.start()
    said = on.box.say("C0HELP", "U0BEN", "<@U0VIGIL> help")
    noticed, told, healed, why = None, None, None, ""
    while time.monotonic() - began < PATIENCE and (healed is None or told is None):
        now, health = time.monotonic() - began, vigil.health()
        if noticed is None and not health["ok"]:
            noticed, why = now, "; ".join(health.get("why", []))
        if told is None and vigil.own("C0RANDOM"):
            told = now
        heard = any(message.get("thread_ts") == said for message in vigil.own("C0HELP"))
        if healed is None and heard and health["ok"] and now > over and (noticed is not None or now > NOTICED + over):
            healed = now
        if healed is not None and now > healed + 20:
            break
        time.sleep(0.1)
    if timer:
        timer.cancel()
    limit = NOTICED if case.limit is None else case.limit
    in_time = (
        noticed is not None
        and noticed <= limit
        and healed is not None
        and healed <= over + HEALED + max(0, limit - NOTICED)
    )
    figures = {"noticed": noticed, "told": told, "healed": healed}
    return {
        "case": case.name,
        **{k: None if v is None else round(v, 1) for k, v in figures.items()},
        "in_time": in_time,
        "why": why,
    }


if __name__ == "__main__":
    raise SystemExit(main())
