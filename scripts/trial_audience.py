"""Plants canaries in a town of channels, lets people ask for everything everywhere while doors open and close, and looks for them."""

from __future__ import annotations

import contextlib
import io
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from audience_exports import exports
from audience_hands import WHOLE, Hands
from audience_stage import Stage, unredacted
from audience_wire import over_the_wire

from bot.jobs.directory import PlatformDirectory

BREACHES = ("canaries_out",)
PEOPLE, CANARIES, ANSWERS, SAMPLE = 200, 5000, 200_000, 150
SMALL = (60, 300, 700, 0)
LITTLE = 1000  # answers up to which half of them go all the way
PROGRESS = 20  # lines of it

Say = Callable[[str], None]


def run(seed: int, small: bool, say: Say) -> dict[str, int]:
    """The trial as scripts/trials.py runs it."""
    return trial(seed, SMALL if small else (PEOPLE, CANARIES, ANSWERS, SAMPLE), say)


def trial(
    seed: int, size: tuple[int, int, int, int], say: Say, directory: Callable[..., PlatformDirectory] = PlatformDirectory
) -> dict[str, int]:  # fmt: skip
    """`size` is people, canaries, answers in process and answers over the sandbox; `directory` says who reads what."""
    people, canaries, answers, sample = size
    log = io.StringIO()
    with tempfile.TemporaryDirectory() as name, logged_to(log):
        stage = Stage(Path(name), random.Random(seed), people, directory)
        stage.plant(canaries, say)
        assert unredacted(stage.watch), "redaction takes the canaries for secrets: choose others"
        hands = Hands(stage, WHOLE if answers > LITTLE else 0.5)
        for number in range(answers):
            hands.act()
            if number % max(1, answers // PROGRESS) == 0:
                say(
                    f"{number} of {answers}: {stage.watch.counts['rightly_found']} found, {stage.watch.counts['canaries_out']} out"
                )
        hands.deliver(10**6)
        for where, text in exports(stage, Path(name)):
            stage.watch.files(where, text)
        wired = over_the_wire(seed, sample, stage.watch, say) if sample else 0
        stage.watch.files("the log", log.getvalue())
    for example in sorted(stage.watch.examples, key=len):
        say(f"seed {seed}: {example}")
    counts = dict(stage.watch.counts)
    return {
        "searches": hands.searches + wired, "answers": sum(counts.get(f"texts_{way}", 0) for way in ("thread", "direct", "reply", "post", "whisper")),
        "canaries": len(stage.watch.homes), "canaries_out": 0, "rightly_found": 0, "changes": hands.changes, "held_back": hands.held_back,
        "over_sandbox": wired, "log_lines": log.getvalue().count("\n"), **counts,
    }  # fmt: skip


@contextlib.contextmanager
def logged_to(file: io.StringIO) -> Iterator[None]:
    """Every log line, debug too, goes to `file`, as the running bot writes it."""
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(file), cache_logger_on_first_use=False,
    )  # fmt: skip
    try:
        yield
    finally:
        structlog.configure(**before)
