"""Turns labelled transcripts into threads as they stood at each turn, with every label hidden from what is scored."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.dialogue.scenes import window
from bot.evaluation_triage_threads import line_of, recording, threads
from bot.events import Turn
from bot.models import Thread
from knowledge.base import Vectors
from knowledge.embedding import CHARACTERS

SILVER = {True: 1500, False: 2500}  # weak labels taken from one transcript at most
OWN = {True: 1100, False: 1100}
READINGS = Path(__file__).with_name(
    "triage_readings.jsonl"
)  # needs of further turns of the open sets, read for training
TOLD_APART = (
    "zulip_bytecode",
    "irc_ubuntu",
    "gitter_manual",
)  # whose conversations people told apart, or the platform did
Row = dict[str, Any]
Labels = Mapping[int, bool]
Needs = dict[int, tuple[int, str]]
"""Line -> need and the stretch it was judged with."""


@dataclass(frozen=True, slots=True)
class Example:
    """A judged turn in its thread as it stood; need is 0, 1 or 2, `stretch` the run of neighbours it was judged with."""

    thread: Thread
    turn: Turn
    need: int
    stretch: str


@dataclass(frozen=True, slots=True)
class Community:
    """Judged examples of one transcript, others read for training alone, and its weak labels.

    These are (turn, asks for help) and (turn, is of whose matter it is).
    """

    name: str
    examples: tuple[Example, ...]
    readings: tuple[Example, ...]
    silver: tuple[tuple[Turn, bool], ...]
    own: tuple[tuple[Turn, bool], ...]

    @property
    def family(self) -> str:
        """Transcripts of one origin are left out together."""
        return self.name.split("_")[0] if self.name.startswith("gitter") else self.name

    def needed(self) -> Iterator[Turn]:
        """Every turn whose vector training may ask for."""
        for example in (*self.examples, *self.readings):
            yield from (example.turn, example.thread.root, *window(example.thread, example.turn))
        yield from (turn for turn, _ in (*self.silver, *self.own))


def load(folder: Path) -> list[Community]:
    """All transcripts with labels, in order of their names."""
    judged: dict[str, Needs] = defaultdict(dict)
    for row in _rows(folder / "judged_turns.jsonl.gz"):
        judged[row["file"]][row["line"]] = (row["need"], row["stretch"])
    read = _readings()
    return [_community(folder, name, judged[name], read[name]) for name in sorted({*judged, *read})]


def _readings() -> Mapping[str, Needs]:
    found: dict[str, Needs] = defaultdict(dict)
    for number, text in enumerate(READINGS.read_text().splitlines()):
        row = json.loads(text)
        for line, need in zip(row["lines"], row["needs"], strict=True):
            found[row["file"]][line] = (int(need), f"read {number}")
    return found


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _community(folder: Path, file: str, judged: Needs, read: Needs) -> Community:
    """The same threads that the measure builds; the weak labels never say what a judge said of a turn."""
    rows, transcript = _rows(folder / f"{file}.gz"), recording(folder, file)
    examples, readings = (
        tuple(
            Example(thread, turn, *needs[line_of(turn)])
            for thread, turn in threads(transcript.turns, not transcript.flat, needs)
        )
        for needs in (judged, read)
    )
    asks = {line: row["needs_help"] for line, row in enumerate(rows) if "needs_help" in row}
    own = _own(rows) if file.startswith(TOLD_APART) else {}
    own = {line: whose for line, whose in own.items() if line not in judged}
    name = file.split(".")[0].removesuffix("_auto").removesuffix("_2018").removesuffix("_2019")
    return Community(
        name,
        examples,
        readings,
        _sample(transcript.turns, asks, SILVER, file),
        _sample(transcript.turns, own, OWN, file),
    )


def _own(rows: Sequence[Row]) -> Labels:
    """Of each line in a conversation of two or more people: whether it is by whoever opened that conversation."""
    talks: dict[str, list[int]] = defaultdict(list)
    for line, row in enumerate(rows):
        if row.get("thread") and row.get("user") and not (row.get("bot") or row.get("system")):
            talks[row["thread"]].append(line)
    several = [talk for talk in talks.values() if len({rows[line]["user"] for line in talk}) > 1]
    return {line: rows[line]["user"] == rows[talk[0]]["user"] for talk in several for line in talk}


def _sample(
    turns: Sequence[Turn], labels: Labels, most: Mapping[bool, int], seed: str
) -> tuple[tuple[Turn, bool], ...]:
    """A seeded sample of the labelled turns, at most so many of each kind."""
    found: list[tuple[Turn, bool]] = []
    people = [t for t in turns if line_of(t) in labels and not (t.is_bot or t.system) and t.text.strip()]
    for label, count in most.items():
        marked = [turn for turn in people if labels[line_of(turn)] is label]
        found += [(turn, label) for turn in random.Random(seed).sample(marked, min(count, len(marked)))]
    return tuple(found)


class VectorTable:
    """Vectors of texts, computed once and, when `path` is given, kept in a file between runs."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], path: Path | None = None) -> None:
        self._embed = embed
        self._path = path
        self._rows: dict[str, Vectors] = {}
        if path and path.exists():
            kept = np.load(path)
            self._rows = dict(zip(kept["keys"].tolist(), kept["rows"], strict=True))

    def fill(self, turns: Sequence[Turn]) -> None:
        """Embed what is not known yet, and keep it."""
        texts = sorted({turn.text[:CHARACTERS] for turn in turns if turn.text.strip()})
        missing = [text for text in texts if _digest(text) not in self._rows]
        if missing:
            self._rows.update(zip(map(_digest, missing), self._embed(missing), strict=True))
            if self._path:
                np.savez(self._path, keys=np.array(list(self._rows)), rows=np.array(list(self._rows.values())))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text."""
        cut = [text[:CHARACTERS] for text in texts]
        missing = [text for text in dict.fromkeys(cut) if _digest(text) not in self._rows]
        if missing:
            self._rows.update(zip(map(_digest, missing), self._embed(missing), strict=True))
        return np.array([self._rows[_digest(text)] for text in cut])


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()
