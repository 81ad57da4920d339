"""One run of a fault trial against Vigil, calm or disturbed, from the first message to rest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import faults_llm
from faults_ledger import Ledger, at_rest, deleted_words, ledger_of, remains
from faults_load import Story, guide
from faults_play import Play, play
from faults_schedule import Strike, let_chance
from faults_stage import Stage
from faults_state import State, states
from faults_strikes import Striker
from faults_vigil import Vigil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PATIENCE = 180.0
"""Seconds for which people wait for a word of the bot's, and without any change after which nothing more is waited for."""
CALM_RATE, RATE = 40.0, 60.0


@dataclass(slots=True)
class Run:
    """What a run came to."""

    stage: Stage
    plays: list[Play]
    states: dict[int, State]
    ledger: Ledger
    seconds: float
    kills: Counter[str]
    troubles: Counter[str]
    died_by_itself: int
    slowest_end: float
    left: str


def undisturbed(
    stories: Sequence[Story], folder: Path, bar: Callable[[int, str], None], on: type[Stage], llm: bool = False
) -> Run:  # fmt: skip
    """The same load with nothing going wrong, on such a stage; `llm` with a language model."""
    return _run(stories, folder, bar, None, 0, None, on, llm)


def disturbed(
    stories: Sequence[Story], folder: Path, bar: Callable[[int, str], None], strikes: list[Strike], seed: int,
    calm: dict[int, State], on: type[Stage], llm: bool = False,
) -> Run:  # fmt: skip
    """The load under all faults, compared with the final states of the undisturbed run."""
    return _run(stories, folder, bar, strikes, seed, calm, on, llm)


def _run(
    stories: Sequence[Story], folder: Path, bar: Callable[[int, str], None], strikes: list[Strike] | None, seed: int,
    calm: dict[int, State] | None, on: type[Stage], llm: bool,
) -> Run:  # fmt: skip
    folder.mkdir(parents=True)
    with on() as stage:
        vigil = Vigil(stage, folder, faults_llm.section(stage.url) if llm else "")
        vigil.learn(guide(stories))
        vigil.start()
        try:
            vigil.until(vigil.healthy, "a healthy start")
            vigil.memory()
            began, striker = time.monotonic(), Striker(vigil, strikes or [])
            if strikes is not None:
                let_chance(stage, seed)
                if llm:
                    faults_llm.let_chance(stage, seed)

            def tick(done: int) -> int:
                striker.look(done)
                bar(done, f"{sum(striker.kills.values())} kills")
                return striker.may_do()

            plays = play(stage, stories, tick, PATIENCE, RATE if strikes else CALM_RATE)
            done = sum(len(story.acts) for story in stories)
            left = _rest(vigil, plays, lambda: striker.end(done), lambda what: bar(done, what))
            seconds = time.monotonic() - began
            memory = vigil.memory()
            ledger = ledger_of(plays, stage, memory, calm)
            for word in remains(memory, deleted_words(plays)):
                ledger.add("remains", int(word.split("-")[1]), f"the deleted words {word!r} can still be read on disk")
            if left:
                ledger.add("unfinished", None, f"still under way at the end: {left}")
            return Run(stage, plays, states(plays, stage, memory), ledger, seconds, striker.kills, striker.troubles,
                       vigil.died_by_itself, striker.slowest_end, left)  # fmt: skip
        finally:
            vigil.close()


def _rest(vigil: Vigil, plays: Sequence[Play], struck: Callable[[], bool], tell: Callable[[str], None]) -> str:
    """Wait till all strikes are done and nothing is under way; what still is after PATIENCE without a change."""
    last, since = "?", time.monotonic()
    while time.monotonic() - since < PATIENCE:
        over = struck()
        now = at_rest(vigil.stage, vigil.memory(), plays) if over else "strikes"
        tell(f"waiting: {now}"[:60])
        if over and not now and vigil.healthy():
            return ""
        last, since = (last, since) if now == last and over else (now, time.monotonic())
        time.sleep(0.1 if over else 0.005)
    return last


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on standard error; what it yields takes how much is done, and a word on it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("{task.fields[word]}"))  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(what, total=total, word="")
        yield lambda done, word: bars.update(task, completed=done, word=word)
