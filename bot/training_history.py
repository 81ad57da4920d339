"""Reads a team's recordings into rows to fit to: each turn in its thread as it stood then, and what came after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bot import app
from bot.config import Config, Rules
from bot.dialogue.triage import Triage
from bot.dialogue.weights import Weights
from bot.evaluation_triage_threads import recording, standing
from bot.events import Turn
from bot.models import VigilError
from bot.platforms.transcript import Transcript
from bot.replay_progress import Progress
from bot.training_fit import Floats
from bot.training_hindsight import odds

MOST = 10_000  # turns that are fitted to, the newest; more would take longer and teach little
LEAST = 50  # threads that somebody else answered
SURE = 2.0  # odds from which on (or their inverse) a sign counts as the history's own label
BATCH = 64
ENDINGS = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".zip")


@dataclass(frozen=True, slots=True)
class History:
    """A team's turns as numbers, a row each: named values, the shipped log-odds of need, and what came after as a sign.

    `signs` are log-odds (see bot.training_hindsight), `begun` when the turn's thread did, `threads` how many there are.
    """

    values: Floats
    logits: Floats
    signs: Floats
    weights: Floats
    begun: Floats
    thresholds: Floats
    threads: int

    @property
    def needs(self) -> NDArray[np.bool_]:
        """The turns of which the history itself shows clearly enough that they stated a need."""
        return np.asarray(self.signs >= np.log(SURE))

    @property
    def rest(self) -> NDArray[np.bool_]:
        """Those of which it shows that they stated none."""
        return np.asarray(self.signs <= -np.log(SURE))


def read_history(export: Path, config: Config, shipped: Weights) -> History:
    """The newest turns of people in the recording (or folder of them) at `export`, measured in their threads.

    Raises VigilError in one line where it cannot be read or shows too little.
    """
    recordings = _recordings(export)
    begun: dict[str, float] = {}
    signs: dict[str, float] = {}
    rules = {c.id: config.rules(c.id, c.name) for recorded in recordings for c in recorded.channels}
    for recorded in recordings:
        for turn in recorded.turns:
            begun.setdefault(turn.thread_id, turn.sent_at)
        signs |= odds(recorded.turns, recorded.marks, rules.__getitem__)
    people = [turn for recorded in recordings for turn in recorded.turns if turn.id in signs]
    sizes = Counter(turn.thread_id for turn in people)
    newest = sorted(sizes, key=begun.__getitem__, reverse=True)
    sums = accumulate(sizes[thread] for thread in newest)
    kept = {thread for thread, total in zip(newest, sums, strict=True) if total <= MOST}
    chosen = [turn for turn in people if turn.thread_id in kept]
    _enough(chosen, signs)
    rows = dict(_measured(recordings, {turn.id for turn in chosen}, rules, config, shipped))
    return History(
        values=np.array([rows[turn.id][0] for turn in chosen]),
        logits=np.array([rows[turn.id][1] for turn in chosen]),
        signs=np.log([signs[turn.id] for turn in chosen]),
        weights=np.array([sizes[turn.thread_id] ** -0.5 for turn in chosen]),  # turns of one thread are much alike
        begun=np.array([begun[turn.thread_id] for turn in chosen]),
        thresholds=np.array([rules[turn.channel_id].speaks_at for turn in chosen]),
        threads=len(kept),
    )


def _recordings(export: Path) -> list[Transcript]:
    paths = [export]
    if export.is_dir():
        paths = sorted(path for path in export.iterdir() if path.name.lower().endswith(ENDINGS))
    found: list[Transcript] = []
    for path in paths:
        transcript = recording(path.parent, path.name)
        if transcript.flat:
            click.echo(f"skipped {path}: it has no threads, so it does not show who answered whom", err=True)
        else:
            found.append(transcript)
    if not found:
        raise VigilError(f"{export}: holds no recording with threads (JSONL, .gz or a Slack export zip) to learn from")
    return found


def _enough(people: Sequence[Turn], signs: Mapping[str, float]) -> None:
    answered = sum(turn.is_root and signs[turn.id] >= SURE for turn in people)
    if answered < LEAST:
        raise VigilError(
            f"too little history to learn from: {answered} threads that somebody else answered, at least {LEAST} are "
            "needed; the weights that ship with Vigil stay in use"
        )


def _measured(
    recordings: Sequence[Transcript], wanted: set[str], rules: Mapping[str, Rules], config: Config, shipped: Weights
) -> Iterator[tuple[str, tuple[Floats, float]]]:
    """By turn: the named values and the shipped log-odds of need, from nothing that was said after it."""
    judge = Triage(app.embedder(config).embed, weights=shipped)
    done = 0
    with Progress("reading the history", len(wanted)) as progress:
        for recorded in recordings:
            places = standing(recorded.turns, True, lambda turn: turn.id in wanted)
            while batch := list(islice(places, BATCH)):
                judge.prepare(batch)
                for thread, turn in batch:
                    values, vector = judge.measure(thread, turn)
                    yield turn.id, (values.astype(np.float64), shipped.need_of(vector).logit(values, vector))
                done += len(batch)
                progress(done)
