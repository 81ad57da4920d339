"""Recordings as threads: what the bot knows of each turn when it comes, with nothing of what is said later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from bot.events import Turn
from bot.models import Thread, VigilError
from bot.platforms.transcript import Transcript, read_transcript
from bot.storage.base import HELPS_AFTER, NEARBY
from knowledge.redaction import redact


def recording(folder: Path, name: str) -> Transcript:
    """The recording FOLDER/NAME, or NAME.gz; one whose time runs back (dialogs put one after another) as it is filed."""
    path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
    if path is None:
        raise VigilError(f"{folder / name}: no such transcript, plain or .gz")
    try:
        return read_transcript(path, _tell)
    except VigilError:
        return read_transcript(path, _tell, as_filed=True)


def _tell(where: str, why: str) -> None:
    click.echo(f"skipped {where}: {why}", err=True)


def line_of(turn: Turn) -> int:
    """The number, from 0, of the turn's line in its file."""
    return int(turn.id.rsplit(":", 1)[1])


def threads(turns: Sequence[Turn], threaded: bool, wanted: Container[int]) -> Iterator[tuple[Thread, Turn]]:
    """Each turn whose line is wanted, as `standing` gives it."""
    return standing(turns, threaded, lambda turn: line_of(turn) in wanted)


def standing(turns: Sequence[Turn], threaded: bool, wanted: Callable[[Turn], bool]) -> Iterator[tuple[Thread, Turn]]:
    """Each wanted turn, redacted, with its thread up to it as bot.storage would load it.

    Nearby are the channel's last root turns before it; helpers are those who had replied in three threads of others.
    """
    clean = _Clean()
    said: dict[str, list[Turn]] = defaultdict(list)
    roots: dict[str, list[Turn]] = defaultdict(list)
    helped: dict[tuple[str, str], set[str]] = defaultdict(set)
    helpers: dict[str, frozenset[str]] = defaultdict(frozenset)
    for turn in turns:
        place = turn.channel_id
        thread = said[turn.thread_id]
        thread.append(turn)
        if wanted(turn):
            near = [t for t in roots[place][-NEARBY - 1 :] if t.id != turn.thread_id][-NEARBY:]
            yield (
                Thread(turn.thread_id, place, clean(thread), helpers[place], nearby=clean(near), threaded=threaded),
                clean([turn])[0],
            )
        if turn.is_root:
            roots[place].append(turn)
        elif turn.author != thread[0].author and not (turn.is_bot or turn.system):
            helped[place, turn.author].add(turn.thread_id)
            if len(helped[place, turn.author]) == HELPS_AFTER:
                helpers[place] |= {turn.author}


class _Clean:
    """Redacts turns as the worker does before it thinks, each of them once."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}

    def __call__(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        return tuple([self._turns.get(turn.id) or self._redacted(turn) for turn in turns])

    def _redacted(self, turn: Turn) -> Turn:
        text = redact(turn.text)
        found = self._turns[turn.id] = turn if text == turn.text else replace(turn, text=text)
        return found
