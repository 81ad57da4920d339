"""Turns labelled transcripts into threads as they stood at each turn, with every label hidden from what is scored."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from bot.dialogue.cues import NAME
from bot.dialogue.features import WINDOW, window
from bot.events import Turn
from bot.models import Thread
from knowledge.base import Vectors
from knowledge.embedding import CHARACTERS

FLAT = ("irc_", "gitter_", "slack_racket", "slack_elm")  # no threads, or only ones a program guessed
SILVER = {True: 1500, False: 2500}  # weak labels taken from one transcript at most
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A judged turn in its thread as it stood; need is 0, 1 or 2, `stretch` the run of neighbours it was judged with."""

    thread: Thread
    turn: Turn
    need: int
    stretch: str


@dataclass(frozen=True, slots=True)
class Community:
    """Judged examples of one transcript and its weak labels (turn, asks for help)."""

    name: str
    examples: tuple[Example, ...]
    silver: tuple[tuple[Turn, bool], ...]

    @property
    def family(self) -> str:
        """Transcripts of one origin are left out together."""
        return self.name.split("_")[0] if self.name.startswith("gitter") else self.name

    def needed(self) -> Iterator[Turn]:
        """Every turn whose vector training may ask for."""
        for example in self.examples:
            yield from (example.turn, example.thread.root, *window(example.thread, example.turn))
        yield from (turn for turn, _ in self.silver)


def load(folder: Path) -> list[Community]:
    """All transcripts with labels, in order of their names."""
    judged: dict[str, dict[int, tuple[int, str]]] = defaultdict(dict)
    for row in _rows(folder / "judged_turns.jsonl.gz"):
        judged[row["file"]][row["line"]] = (row["need"], row["stretch"])
    return [_community(folder / f"{name}.gz", judged[name]) for name in sorted({*judged, "gitter_manual.jsonl"})]


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _community(path: Path, judged: dict[int, tuple[int, str]]) -> Community:
    rows = _rows(path)
    flat = path.name.startswith(FLAT)
    turns = list(_turns(rows, flat))
    examples = tuple(Example(thread, turn, *judged[i]) for i, thread, turn in _walk(turns, not flat) if i in judged)
    name = path.name.split(".")[0].removesuffix("_auto").removesuffix("_2018").removesuffix("_2019")
    return Community(name, examples, tuple(_silver(rows, turns, path.name)))


def _turns(rows: Sequence[Row], flat: bool) -> Iterator[Turn]:
    roots: dict[str, str] = {}
    for i, row in enumerate(rows):
        text = row.get("text") or ""
        yield Turn(
            id=str(i),
            thread_id=str(i) if flat else roots.setdefault(row["thread"], str(i)),
            channel_id=row["channel"],
            author=row.get("user", ""),
            text=text,
            sent_at=datetime.fromisoformat(row["ts"]).timestamp(),
            is_bot=bool(row.get("bot")),
            system=bool(row.get("system")),
            mentions=tuple(name for found in NAME.finditer(text) for name in found.groups() if name),
        )


def _walk(turns: Sequence[Turn], threaded: bool) -> Iterator[tuple[int, Thread, Turn]]:
    """Each turn with its thread up to it; helpers are those who had replied in three threads of others by then."""
    roots: dict[str, list[Turn]] = defaultdict(list)
    threads: dict[str, list[Turn]] = defaultdict(list)
    helped: dict[str, set[str]] = defaultdict(set)
    helpers: frozenset[str] = frozenset()
    for i, turn in enumerate(turns):
        said = threads[turn.thread_id]
        said.append(turn)
        if not turn.is_root and turn.author != said[0].author and not turn.is_bot:
            helped[turn.author].add(turn.thread_id)
            if len(helped[turn.author]) == 3:
                helpers |= {turn.author}
        nearby = tuple(roots[turn.channel_id][-WINDOW:])
        thread = Thread(turn.thread_id, turn.channel_id, tuple(said), helpers=helpers, nearby=nearby, threaded=threaded)
        yield i, thread, turn
        if turn.is_root:
            roots[turn.channel_id].append(turn)


def _silver(rows: Sequence[Row], turns: Sequence[Turn], seed: str) -> Iterator[tuple[Turn, bool]]:
    """A seeded sample of the weak labels; they teach what a request sounds like, never what a judge said of a turn."""
    for asks, most in SILVER.items():
        marked = [t for r, t in zip(rows, turns, strict=True) if r.get("needs_help") is asks]
        people = [t for t in marked if not (t.is_bot or t.system) and t.text.strip()]
        yield from ((t, asks) for t in random.Random(seed).sample(people, min(most, len(people))))


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
