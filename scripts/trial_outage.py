"""Lets Vigil be away for a simulated day while people go on, and says what it missed, mended, and what that cost in calls.

    scripts/trial_outage.py --before 200 --during 400 --hours 24 --seeds 5

The workspace, its protocol and the whole engine are real; the clock is the trial's own. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import structlog

from bot.jobs import caught_up
from bot.jobs.catchup import CatchUp
from bot.jobs.pace import Pace
from bot.storage.held import SqliteHeld
from knowledge.embedding import HashingEmbedder
from tests.harness import PUBLIC, Live, Town
from tests.outage import ROOMS, Life, answered_late, held, standing, twice

HOUR = 3600.0


def main(asked: argparse.Namespace) -> int:
    """Run every seed and print the table; 0 when nothing was lost, doubled or answered late."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    town, found = Town(), []
    try:
        for seed in range(asked.seed, asked.seed + asked.seeds):
            town.clear()
            with tempfile.TemporaryDirectory() as folder:
                found.append(outage(town, Path(folder), seed, asked))
            print(f"seed {seed}: {found[-1]}", file=sys.stderr)
    finally:
        town.close()
    total: Counter[str] = Counter()
    for one in found:
        total.update({key: value for key, value in one.items() if key != "minutes"})
    minutes = max(one["minutes"] for one in found)
    print(json.dumps({"outages": len(found), "hours_each": asked.hours, **total, "minutes_longest": minutes}))
    return 0 if not (total["lost"] or total["doubled"] or total["answered_late"] or total["found_again"]) else 1


def outage(town: Town, folder: Path, seed: int, asked: argparse.Namespace) -> dict[str, Any]:
    """One life, one outage, one return."""
    rules = replace(PUBLIC, threshold=0.3, evidence=0.05)
    live = Live(town, folder, HashingEmbedder(), {"help": rules, "drafts": replace(rules, mode="private")})
    life = Life(live, seed)
    life.deeds(asked.before, 8 * HOUR)
    live.listen(False)
    life.deeds(asked.during, asked.hours * HOUR)
    missed, until = differences(live), live.clock()
    live.restart()
    walk = walker(live)
    walk.after_outage()
    live.settle()
    told = caught_up.told(live.memory.runs)["last"]
    lost = differences(live)
    live.errands()
    doubled, late = len(twice(live)), len(answered_late(live, until))
    again = walk.after_outage()
    threads = sum(len(live.box.messages(place)) for place in ROOMS)
    return {
        "threads": threads, "differences": missed, "lost": lost, "doubled": doubled, "answered_late": late,
        "found_again": again, "calls": told["calls"], "threads_read": told["threads"], **told["missed"],
        "minutes": round(told["seconds"] / 60, 1),
    }  # fmt: skip


def differences(live: Live) -> int:
    """Messages and reactions in which what Vigil holds differs from what stands."""
    ours, theirs = held(live), standing(live)
    return sum(len(set(ours[what].items()) ^ set(theirs[what].items())) for what in theirs)


def walker(live: Live) -> CatchUp:
    """The engine's catch-up, for which waiting means that the trial's clock moves."""
    return CatchUp(
        live.town.platform, live.memory.channels, live.engine.threads, live.memory.inbox,
        SqliteHeld(live.memory.database), live.memory.runs, 72.0, 2 * HOUR, live.clock,
        Pace(live.clock, live.clock.move),
    )  # fmt: skip


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--before", type=int, default=100, help="what people do before the outage")
    arguments.add_argument("--during", type=int, default=200, help="what they do meanwhile")
    arguments.add_argument("--hours", type=float, default=24.0)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--seeds", type=int, default=1)
    sys.exit(main(arguments.parse_args()))
