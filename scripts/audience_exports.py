"""What scripts/trial_audience.py writes out as an operator would, to be passed on: statistics and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audience_stage import Stage
from click.testing import CliRunner

from bot import metrics
from bot.cli import main


def exports(stage: Stage, folder: Path) -> Iterator[tuple[str, str]]:
    """(what it is, its text) of what has no readers of its own: statistics and metrics, which hold nobody's words."""
    for words in (("stats",), ("stats", "--json")):
        yield " ".join(words), _run(stage, folder, *words)
    memory = stage.memory
    families = metrics.stored(memory.decisions.stats(None, 0.0), memory.inbox.backlog(), memory.outbox.backlog())
    yield "metrics", metrics.render([*families, *metrics.voiced(memory.calls.totals(), {})])
    yield "channel statistics", repr([memory.decisions.stats(place, 0.0) for place in stage.town.places])


def _run(stage: Stage, folder: Path, *words: str) -> str:
    config = folder / "vigil.toml"
    config.write_text(
        f'[store]\npath = "{stage.config.store.path}"\n[embedding]\nmodel = "hashing"\n', encoding="utf-8"
    )
    done = CliRunner().invoke(main, ["--config", str(config), *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output
