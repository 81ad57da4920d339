"""The command that fits triage to a team's own history."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_base import report, settings

if TYPE_CHECKING:
    from bot.training import Training

NAMED = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "recall_at_precision_80": "recall at precision .80",
    "ece": "calibration error",
    "spoke_per_100": "would speak, per 100 messages",
}


@click.command()
@click.argument("export", type=click.Path(path_type=Path))
@click.option(
    "--json", "as_json", is_flag=True, help="The figures as one JSON object on the last line of standard output."
)
@click.pass_context
def train(ctx: click.Context, export: Path, as_json: bool) -> None:
    """Fit triage to your own history: a recording with threads (JSONL, .gz, Slack export zip), or a folder of them.

    Who answered what, reactions and resolved marks say which messages were needs. A model that foretells them better on
    stretches of time it was not fitted on is written beside the database; nothing is ever written over.
    """
    from bot.live import log_to_stderr
    from bot.training import train as fit

    config = settings(ctx)
    log_to_stderr("error")
    found = fit(export, config, date.today().isoformat())
    figures = asdict(found) | {"model": str(found.model) if found.model else None}
    report(as_json, figures, _text(found))


def _text(found: Training) -> str:
    lines = [
        f"{found.turns} messages in {found.threads} threads; what came after shows {found.needs} needs, {found.rest} others.",
        f"{'':32}{'shipped':>8}{'fitted':>8}   (on stretches of time not fitted on)",
        *(f"{name:32}{_cell(found.before[key])}{_cell(found.after[key])}" for key, name in NAMED.items()),
    ]
    if found.model is None:
        return "\n".join([*lines, "Not better: the weights that ship with Vigil stay in use, and nothing was written."])
    use = f"Better in {found.better_in} of 5 stretches. To use {found.model}, put this into the configuration and restart:"
    return "\n".join([*lines, use, "[triage]", f"model = {json.dumps(str(found.model))}"])


def _cell(value: float | None) -> str:
    return f"{'-':>8}" if value is None else f"{value:8.3f}"
