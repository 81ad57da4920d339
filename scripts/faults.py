#!/usr/bin/env python3
"""Runs the real bot under seeded kills, crash points, cut replies and broken sockets, and holds it to a ledger."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from faults_history import shortest
from faults_ledger import broken
from faults_load import Story, stories
from faults_schedule import Strike, schedule
from faults_stage import Stage
from faults_stage_slack import SlackStage
from faults_trial import Run, disturbed, progress, undisturbed

NAMED = ("lost", "doubled", "follow_up_missed", "follow_up_doubled", "different", "unanswered", "unfinished", "unheard",
         "unaccounted", "remains")  # fmt: skip


def main() -> int:
    """Run the trial and print its figures; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500, help="what people do, at least (500)")
    parser.add_argument("--kills", type=int, default=25, help="how often kill -9 strikes, inside or from outside (25)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--bot", choices=("vigil", "plain"), default="vigil", help="plain: a Bolt app that answers at once"
    )
    parser.add_argument(
        "--platform", choices=("slack", "lark"), default="slack", help="whose protocol is spoken (slack)"
    )
    parser.add_argument("--llm", action="store_true", help="with a scripted language model, which fails as well")
    parser.add_argument(
        "--shrink", action="store_true", help="look for half of the strikes that still break a promise, again and again"
    )
    parser.add_argument("--keep", type=Path, help="folder for the store and the log of a run that broke a promise")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends the trial ends the bot with it
    load = stories(wanted.seed, wanted.events)
    if wanted.bot == "plain":
        from faults_plain import trial

        told, history = trial(load, wanted.kills, wanted.seed)
    else:
        told, history = vigil(load, wanted)
    show(told, wanted.json)
    for line in history:
        print(line, file=sys.stderr)
    return 1 if history else 0


def vigil(load: list[Story], wanted: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Both runs of Vigil: the figures of the disturbed one, and the history of a broken promise if there is one."""
    events = sum(len(story.acts) for story in load)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with progress("undisturbed", events) as bar:
            calm = undisturbed(load, folder / "calm", bar, stage_of(wanted.platform), wanted.llm)
        if calm.ledger.findings:
            keep(folder, wanted.keep)
            return {"events": events, "undisturbed": list(broken(calm.ledger))}, history_of(calm, wanted.seed)
        on = stage_of(wanted.platform)
        trial = Trial(load, folder, wanted.seed, calm, on, wanted.llm)
        strikes = schedule(wanted.seed, events, wanted.kills, on, wanted.llm)
        run = trial.run(strikes)
        history = history_of(trial.shrunk(strikes, run) if wanted.shrink else run, wanted.seed)
        if history:
            keep(folder, wanted.keep)
    return figures(run, events, wanted.seed, calm.seconds), history


@dataclass(slots=True)
class Trial:
    """Disturbed runs of one load, each in a folder of its own."""

    load: list[Story]
    folder: Path
    seed: int
    calm: Run
    on: type[Stage]
    llm: bool = False
    number: int = 0

    def run(self, strikes: list[Strike]) -> Run:
        """One run under these strikes."""
        self.number += 1
        with progress(f"disturbed, {len(strikes)} strikes", sum(len(story.acts) for story in self.load)) as bar:
            folder = self.folder / f"hurt{self.number}"
            return disturbed(self.load, folder, bar, strikes, self.seed, self.calm.states, self.on, self.llm)

    def shrunk(self, strikes: list[Strike], broken_run: Run) -> Run:
        """The run with the fewest strikes that still breaks a promise, found by halving; chance may hide one."""
        halves = [strikes[: len(strikes) // 2], strikes[len(strikes) // 2 :]] if broken_run.ledger.findings else []
        for half in filter(None, halves if len(strikes) > 1 else []):
            again = self.run(half)
            if again.ledger.findings:
                return self.shrunk(half, again)
        return broken_run


def stage_of(platform: str) -> type[Stage]:
    """The stage on which that platform is played."""
    if platform == "lark":
        from faults_stage_lark import LarkStage

        return LarkStage
    return SlackStage


def keep(folder: Path, place: Path | None) -> None:
    """Copy the stores and the logs to where somebody can look into them."""
    if place is not None:
        shutil.copytree(folder, place, dirs_exist_ok=True)


def figures(run: Run, events: int, seed: int, calm_seconds: float) -> dict[str, Any]:
    """What a disturbed run came to, by name."""
    count = run.ledger.count
    return {
        "bot": "vigil", "platform": run.stage.name, "seed": seed, "events": events, "kills": sum(run.kills.values()), "lost": count("lost"),
        "doubled": count("doubled"), "stragglers": run.ledger.stragglers, "follow_ups_missed": count("follow_up_missed"),
        "follow_ups_doubled": count("follow_up_doubled"), "seconds": round(run.seconds, 1),
        "different": len({f.story for f in run.ledger.findings if f.kind == "different"}),
        **{name: count(name) for name in NAMED[5:]}, "gave_up": sum(play.gave_up for play in run.plays),
        "acknowledged": run.ledger.acknowledged, "posts": run.ledger.posts, "threads": len(run.plays),
        "slowest_straggler": round(run.ledger.slowest_straggler, 1), "slowest_sigterm": round(run.slowest_end, 1),
        "died_by_itself": run.died_by_itself, "undisturbed_seconds": round(calm_seconds, 1),
        "model_calls": len(run.stage.llm.requests), "killed": dict(run.kills), "troubles": dict(run.troubles), "faults": struck(run.stage),
    }  # fmt: skip


def struck(stage: Stage) -> dict[str, int]:
    """How often each kind of fault struck, by where and what."""
    return dict(sorted(Counter(f"{point} {type(fault).__name__}" for point, fault in stage.faults.struck).items()))


def history_of(run: Run, seed: int) -> list[str]:
    """The seed, the kinds of broken promises, and the shortest history that shows one; [] when all were kept."""
    if not run.ledger.findings:
        return []
    return [f"seed {seed} broke promises: {', '.join(broken(run.ledger))}", *shortest(run.ledger.findings, run.stage)]


def show(told: dict[str, Any], as_json: bool) -> None:
    """Print the figures, a line each or as one JSON object."""
    if as_json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    sys.exit(main())
