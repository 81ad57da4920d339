"""Kills a running Vigil again and again while people talk to it, and says what was lost or doubled: N kills, default 30."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Cut, RateLimit, Sandbox, ServerError, Workspace
from tests.processes import QUESTION, Processes, running

PARTS = ("worker", "worker", "listener", "supervisor")
BETWEEN = 12  # messages between two kills


def main(kills: int, seed: int) -> int:
    """Run the trial and print its table; 0 when nothing was lost and nothing doubled."""
    dice = random.Random(seed)
    workspace = Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 120)
    with Sandbox(workspace) as box, tempfile.TemporaryDirectory() as name, running(box, Path(name)) as vigil:
        box.faults.chance("chat.postMessage", Cut(), 0.03, seed)
        box.faults.chance("chat.postMessage", RateLimit(1), 0.02, seed + 1)
        box.faults.chance("chat.postMessage", ServerError(500, applied=True), 0.02, seed + 2)
        began = time.monotonic()
        said, killed = conversation(vigil, kills, dice)
        box.wait_acked(300)
        patiently(vigil, len(said))
        return told(vigil, said, killed, time.monotonic() - began)


def conversation(vigil: Processes, kills: int, dice: random.Random) -> tuple[list[str], Counter[str]]:
    """What is said, by timestamp, and how often each part was killed meanwhile."""
    said: list[str] = []
    killed: Counter[str] = Counter()
    while sum(killed.values()) < kills:
        for _ in range(BETWEEN):
            said.append(vigil.box.say("C0HELP", dice.choice(("U0BEN", "U0CLEO")), QUESTION.format(len(said))))
            time.sleep(dice.random() * 0.2)
        part = dice.choice(PARTS)
        killed[part] += vigil.kill(part)
        time.sleep(dice.random() * 6)
    return said, killed


def patiently(vigil: Processes, count: int) -> None:
    """Wait till every question is answered and nothing is under way, or until nothing has happened for two minutes."""
    last, since = (-1, -1), time.monotonic()
    while time.monotonic() - since < 120:
        memory = vigil.memory()
        now = (len(vigil.own("C0HELP")), memory.inbox.backlog()[0])
        if now[0] >= count and now[1] == 0 and memory.outbox.backlog()[0] == 0:
            return
        last, since = (last, since) if now == last else (now, time.monotonic())
        time.sleep(0.5)


def told(vigil: Processes, said: list[str], killed: Counter[str], seconds: float) -> int:
    """Print what came of it."""
    memory = vigil.memory()
    turns = {row[0].rsplit(":", 1)[1] for row in memory.database.read("SELECT id FROM turns WHERE flags&2=0")}
    answers = Counter(str(m.get("thread_ts")) for m in vigil.own("C0HELP"))
    lost = [ts for ts in said if ts not in turns]
    doubled = [ts for ts, count in answers.items() if count > 1]
    silent = [ts for ts in said if ts not in answers]
    struck = Counter(type(fault).__name__ for _, fault in vigil.box.faults.struck)
    rows = {
        "messages": len(said), "kills": f"{sum(killed.values())} ({dict(killed)})", "faults": dict(struck), "lost": len(lost),
        "answered twice": len(doubled), "not answered": len(silent), "inbox (open, failed)": memory.inbox.backlog(),
        "outbox (open, failed)": memory.outbox.backlog(), "seconds": round(seconds),
    }  # fmt: skip
    for name, value in rows.items():
        print(f"{name:22} {value}")
    return 1 if lost or doubled or silent else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
