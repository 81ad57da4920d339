#!/usr/bin/env python3
"""Ends a running Vigil in the middle of everything, starts it again, and says how long it took and what was lost or doubled."""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Cut, Hang, Sandbox, Workspace
from tests.processes import QUESTION, Processes

WITHIN = 10.0
TALK = 6  # questions asked before each ending
PAGE = "# Page {0}\n\n## How to mend error E-{0}\n\nIf you see error E-{0}, restart service {0} and wait until it is green again.\n"


class Trial:
    """A Vigil that is talked to and ended in turn; `said` are the timestamps of all questions."""

    def __init__(self, vigil: Processes, dice: random.Random) -> None:
        self.vigil, self.box, self.dice = vigil, vigil.box, dice
        self.said: list[str] = []
        self.others: list[subprocess.Popen[bytes]] = []

    def talk(self, count: int = TALK) -> None:
        for _ in range(count):
            text = f"<@U0VIGIL> {QUESTION.format(len(self.said))}"
            self.said.append(self.box.say("C0HELP", self.dice.choice(("U0BEN", "U0CLEO")), text))
            time.sleep(self.dice.random() * 0.1)

    def anywhere(self) -> None:
        """At any moment of a conversation."""
        self.talk()
        time.sleep(self.dice.random())

    def sending(self) -> None:
        """While a send hangs that Slack has accepted."""
        self.box.faults.next("chat.postMessage", Hang(60, applied=True))
        struck = len(self.box.faults.struck)
        self.talk()
        self.vigil.until(lambda: len(self.box.faults.struck) > struck, "a send that hangs")

    def cut(self) -> None:
        """Just after replies that were cut."""
        self.box.faults.next("chat.postMessage", Cut(), 2)
        self.talk()

    def thinking(self) -> None:
        """While a thought never ends."""
        self.vigil.sabotage("worker", "bot.dialogue.mind:Mind:respond")
        self.talk()
        time.sleep(1)

    def learning(self) -> None:
        """While resolved threads are learned from."""
        for _ in range(10):
            root = self.box.say(
                "C0HELP", "U0BEN", f"Error E-{self.dice.randrange(10**6)} after the deploy, how do I mend it?"
            )
            self.box.say(
                "C0HELP",
                "U0CLEO",
                "Restart the gateway with `systemctl restart gateway`, then it is mended.",
                thread=root,
            )
            self.box.react("C0HELP", root, "white_check_mark", "U0BEN")
        self.talk()
        time.sleep(0.5 + self.dice.random())

    def ingesting(self) -> None:
        """While documents are read in."""
        folder = self.vigil.folder / "pages"
        folder.mkdir(exist_ok=True)
        for number in range(600):
            (folder / f"{number}.md").write_text(PAGE.format(f"{number}-{self.dice.randrange(1000)}"))
        line = [sys.executable, "-m", "bot.cli", "--config", str(self.vigil.config), "ingest", str(folder)]
        self.others.append(
            subprocess.Popen(line, env=self.vigil.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        self.talk()
        time.sleep(1 + self.dice.random() * 2)

    def reconnecting(self) -> None:
        """While Slack does not say where to connect to."""
        self.box.faults.next("apps.connections.open", Hang(30), 1)
        self.box.abort_sockets()
        self.talk()
        time.sleep(1)

    def starting(self) -> None:
        """While it has only just been started."""
        self.end(signal.SIGTERM)
        self.vigil.start()
        time.sleep(self.dice.random() * 4)
        self.talk(2)

    def end(self, how: int, part: str = "supervisor") -> float:
        """Ask it, or one child of it, to end; how long that took, in seconds."""
        pid = self.vigil.pid(part)
        began = time.monotonic()
        if pid is None or self.vigil.run is None:
            return 0.0
        subprocess.run(["kill", f"-{how}", str(pid)], check=False)
        if part == "supervisor":
            self.vigil.run.wait(60)
        else:
            self.vigil.until(
                lambda: not Path(f"/proc/{pid}").exists() or self.vigil.pid(part) not in (None, pid),
                f"the end of the {part}",
            )
        return time.monotonic() - began


def main() -> int:
    """Run the trial; one JSON line last; 0 when each end came in time, and nothing was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each situation is met")
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args()
    workspace = Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 600)
    with Sandbox(workspace) as box, tempfile.TemporaryDirectory() as name:
        vigil = Processes(box, Path(name))
        vigil.config.write_text(vigil.config.read_text().replace("timeout_seconds = 2.0", "timeout_seconds = 12.0"))
        vigil.teach()
        vigil.start()
        vigil.until(vigil.healthy, "a healthy start")
        try:
            found = ended(Trial(vigil, random.Random(wanted.seed)), wanted.rounds)
        finally:
            vigil.stop()
    print(json.dumps(found))
    return 1 if found["late"] or found["lost"] or found["doubled"] or found["unanswered"] else 0


def ended(on: Trial, rounds: int) -> dict[str, Any]:
    """End it in each situation, with both signals, as a whole and each child alone."""
    vigil, took = on.vigil, dict[str, list[float]]()
    situations: list[Callable[[], None]] = [
        on.anywhere, on.sending, on.cut, on.thinking, on.learning, on.ingesting, on.reconnecting, on.starting,
    ]  # fmt: skip
    for number in range(rounds):
        for situation in situations:
            for part in ("supervisor", "worker", "listener"):
                how = signal.SIGTERM if (number + len(took)) % 2 == 0 else signal.SIGINT
                situation()
                took.setdefault(f"{situation.__name__}, {part}", []).append(round(on.end(how, part), 1))
                if part == "supervisor":
                    vigil.start()
                vigil.until(vigil.healthy, "health")
                print(
                    f"{situation.__name__:13} {part:11} {took[f'{situation.__name__}, {part}'][-1]} s", file=sys.stderr
                )
    return {"endings": sum(map(len, took.values())), **judged(on, took)}


def judged(on: Trial, took: dict[str, list[float]]) -> dict[str, Any]:
    """What came of it all, once nothing is under way any more."""
    vigil, memory = on.vigil, on.vigil.memory()
    for other in on.others:
        other.wait(120)
    on.box.wait_acked(300)
    vigil.until(
        lambda: (
            all(box.oldest()[0] == 0 for box in (memory.inbox, memory.outbox)) and answers(on).keys() >= set(on.said)
        ),
        "rest",
        300,
    )
    turns = Counter(row[0].rpartition(":")[2] for row in memory.database.read("SELECT id FROM turns WHERE flags&2=0"))
    keys = Counter(str(m["blocks"][0].get("block_id")) for m in vigil.own("C0HELP"))
    slow = [name for name, seconds in took.items() if max(seconds) > WITHIN]
    return {
        "questions": len(on.said), "slowest": max(max(seconds) for seconds in took.values()), "late": slow,
        "lost": sum(ts not in turns for ts in on.said), "unanswered": sum(ts not in answers(on) for ts in on.said),
        "doubled": sum(count > 1 for count in keys.values()), "failed": [memory.inbox.backlog()[1], memory.outbox.backlog()[1]],
        "seconds": {name: max(seconds) for name, seconds in took.items()},
    }  # fmt: skip


def answers(on: Trial) -> Counter[str]:
    """How often Vigil spoke in each thread."""
    return Counter(str(m.get("thread_ts")) for m in on.vigil.own("C0HELP"))


if __name__ == "__main__":
    raise SystemExit(main())
