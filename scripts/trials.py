#!/usr/bin/env python3
"""Runs the security trials (audience, output, injection, authority) and adds up what each of them counted."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

TRIALS = ("audience", "output", "injection", "authority")

Say = Callable[[str], None]


class Trial(Protocol):
    """A file trial_NAME.py beside this one."""

    BREACHES: tuple[str, ...]
    """The counts that must stay 0; the trial says the shortest example of each breach it finds."""

    def run(self, seed: int, small: bool, say: Say) -> dict[str, int]:
        """Try, tell progress by `say`, and return counts by name; `small` takes seconds and is what the tests run."""


def main(arguments: list[str] | None = None) -> int:
    """Run the wanted trials and print their counts; 0 when no promise was broken, 1 when one was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what everything made up is drawn from (1)")
    parser.add_argument("--only", type=names, default=TRIALS, help=f"some of {','.join(TRIALS)}, split by commas")
    parser.add_argument("--small", action="store_true", help="a few seconds of each, as the tests run them")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    wanted = parser.parse_args(arguments)
    counts, breaches = tried({name: trial_of(name) for name in wanted.only}, wanted.seed, wanted.small)
    show({"seed": wanted.seed, **counts}, wanted.json)
    for line in breaches:
        print(line, file=sys.stderr)
    return 1 if breaches else 0


def names(text: str) -> tuple[str, ...]:
    """The trials named in an argument; argparse shows the error to whoever misspelt one."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    unknown = [name for name in found if name not in TRIALS]
    if unknown or not found:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown) or 'nothing'} is no trial; there are {', '.join(TRIALS)}"
        )
    return found


def trial_of(name: str) -> Trial:
    """The trial of this name, imported only when it is wanted."""
    return cast(Trial, importlib.import_module(f"trial_{name}"))


def tried(trials: dict[str, Trial], seed: int, small: bool) -> tuple[dict[str, int], list[str]]:
    """Every count, added up over the trials that share its name, and a line for each count that should be 0."""
    counts: Counter[str] = Counter()
    breaches: list[str] = []
    for name, trial in trials.items():
        began = time.monotonic()
        told = trial.run(seed, small, speaker(name))
        counts.update(told)
        missing = [count for count in trial.BREACHES if count not in told]
        broken = [f"{count} {told[count]}" for count in trial.BREACHES if told.get(count)]
        breaches += [f"seed {seed}: {name} broke a promise: {', '.join(broken)}"] if broken else []
        breaches += [f"seed {seed}: {name} did not count {', '.join(missing)}"] if missing else []
        speaker(name)(f"{'broken' if broken else 'held'} after {time.monotonic() - began:.0f} s")
    return dict(counts), breaches


def speaker(name: str) -> Say:
    """A voice for one trial, on stderr, so that stdout holds the counts alone."""

    def say(line: str) -> None:
        print(f"{name}: {line}", file=sys.stderr, flush=True)

    return say


def show(counts: dict[str, int], as_json: bool) -> None:
    """Print the counts, a line each or as one JSON object."""
    if as_json:
        print(json.dumps(counts))
        return
    for name, value in counts.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    raise SystemExit(main())
