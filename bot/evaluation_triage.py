"""Measures triage on judged turns of recordings: each is scored in its thread as the bot would have had it then."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.config import Config
from bot.dialogue.triage import Triage
from bot.dialogue.weights import weights_of
from bot.evaluation_triage_figures import Figures, curve, figures, glance
from bot.evaluation_triage_threads import line_of, recording, threads
from bot.events import Turn
from bot.models import Thread, VigilError
from bot.replay_progress import Progress
from knowledge.evaluation_sets import Row, read_rows
from knowledge.models import KnowledgeError

BATCH = 64  # judged turns whose texts are embedded together
CUE_WORDS = re.compile(
    r"\b(?:how|why|what|where|which|anyone|anybody|someone|help|error|errors|fail\w*|can't|cannot|unable|stuck|issue|"
    r"problem|trying|doesn't|not working|question|wonder\w*)\b|怎么|如何|为什么|报错|失败|请问|求助",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Case:
    """A judged turn in its thread; `need` is 0, 1 or 2 and is shown to nobody but the figures."""

    file: str
    thread: Thread
    turn: Turn
    need: int


def evaluate(judged: Path, folder: Path, config: Config, baselines: bool) -> dict[str, object]:
    """Figures overall, `by_file`, the `curve` over thresholds, and with `baselines` a question mark's and cue words'.

    `spoke_per_100` and `borderline_rate` are those at the threshold of the configured defaults.
    Raises VigilError in one line for a bad judged file or a transcript that is missing or lacks a judged line.
    """
    cases = list(_cases(_judged(judged), folder))
    scores = _scored(cases, config)
    speaks_at, needs = config.defaults.speaks_at, [case.need for case in cases]
    found: dict[str, object] = {"turns": len(cases), "threshold": speaks_at, **figures(scores, needs, speaks_at)}
    found["by_file"] = {
        name: {"turns": len(chosen), **figures([scores[i] for i in chosen], [needs[i] for i in chosen], speaks_at)}
        for name, chosen in _by_file(cases).items()
    }
    found["curve"] = curve(scores, needs)
    return found | ({"baselines": _baselines(cases)} if baselines else {})


def _judged(path: Path) -> Mapping[str, Mapping[int, int]]:
    """The need of each judged turn, by file and line."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    try:
        rows = read_rows(path, ("file", "line", "need"))
    except KnowledgeError as trouble:
        raise VigilError(str(trouble)) from None
    for number, row in enumerate(rows, start=1):
        file, at, need = _judgement(row, f"{path}, judged turn {number}")
        found[file][at] = need
    return found


def _judgement(row: Row, where: str) -> tuple[str, int, int]:
    file, at, need = row["file"], row["line"], row["need"]
    if not (isinstance(file, str) and type(at) is int and at >= 0 and type(need) is int and need in (0, 1, 2)):
        raise VigilError(f"{where}: file must be a name, line a number from 0, need 0, 1 or 2")
    if Path(file).name != file:
        raise VigilError(f"{where}: file must be the name of a transcript in the folder, without a path")
    return file, at, need


def _cases(judged: Mapping[str, Mapping[int, int]], folder: Path) -> Iterator[Case]:
    """The judged turns, file by file in the order of time."""
    for file, needs in sorted(judged.items()):
        transcript = recording(folder, file)
        missing = set(needs)
        for thread, turn in threads(transcript.turns, not transcript.flat, needs):
            missing.discard(line_of(turn))
            yield Case(file, thread, turn, needs[line_of(turn)])
        if missing:
            raise VigilError(f"{folder / file}: has no message in line {min(missing)} (from 0), which is judged")


def _scored(cases: Sequence[Case], config: Config) -> list[float]:
    """What triage makes of each; the texts that a batch of turns needs are embedded together beforehand."""
    rules = (config.defaults, *config.channels.values())
    bots = frozenset(name for rule in rules for name in rule.alert_bots)
    triage = Triage(app.embedder(config).embed, bots, weights_of(config.triage.model))
    scores: list[float] = []
    with Progress("triage", len(cases)) as progress:
        for start in range(0, len(cases), BATCH):
            chunk = cases[start : start + BATCH]
            triage.prepare((case.thread, case.turn) for case in chunk)
            scores += [triage.score(case.thread, case.turn.sent_at, case.turn).need for case in chunk]
            progress(len(scores))
    return scores


def _by_file(cases: Sequence[Case]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        found[case.file].append(number)
    return found


def _baselines(cases: Sequence[Case]) -> dict[str, Figures]:
    """What little a glance at the message gives: a question mark, and how many cue words there are."""
    needs = [case.need for case in cases]
    looks: Mapping[str, Callable[[str], int]] = {
        "question_mark": lambda text: int("?" in text or "？" in text),
        "cue_words": lambda text: len({word.lower() for word in CUE_WORDS.findall(text)}),
    }
    return {name: glance([look(case.turn.text) for case in cases], needs) for name, look in looks.items()}
