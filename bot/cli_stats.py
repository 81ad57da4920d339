"""The command `vigil stats`: how Vigil does, from the counts the watch keeps and what has happened since."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli_base import settings

if TYPE_CHECKING:
    from bot.dialogue.trends import Trend
    from bot.memory import Memory
    from bot.outcomes import Counted

DAY = 86_400.0
BY_DAY = 31  # days up to which each has a block of its own; beyond, each week


@click.command()
@click.option("--days", type=click.IntRange(7, 730), default=63, show_default=True, help="How far back the lines go.")
@click.option("--channel", help="Only this channel (its id).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def stats(ctx: click.Context, days: int, channel: str | None, as_json: bool) -> None:
    """How Vigil does: what it said, what helped, what it promised, from where, how fast, and how new the questions are;
    and what the language model was asked and used.

    The last seven days, today included, beside the median of the weeks before; a star marks what moved by more than
    chance. Days are UTC's; conversations with one person are left out.
    """
    from bot import cli_stats_llm
    from bot.dialogue import trends
    from bot.jobs.caught_up import told
    from bot.memory import open_memory

    memory = open_memory(Path(settings(ctx).store.path))
    until = int(time.time() // DAY) + 1
    span = max(days, trends.WEEK * (trends.WEEKS + 1))
    counts = [c for c in _counts(memory, until - span, until) if channel in (None, c.channel_id)]
    weeks = trends.tallies(counts, until)
    found = trends.trends(weeks)
    step = 1 if days <= BY_DAY else trends.WEEK
    lines = {t.name: t.values for t in trends.trends(trends.tallies(counts, until, max(2, -(-days // step)), step))}
    body = {**_body(found, lines, trends.models(weeks), until, days, step, channel), "caught_up": told(memory.runs)}
    body["llm"] = cli_stats_llm.figures(memory, until - days, until, channel)
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        _print(found, lines, body)


def _counts(memory: Memory, since: int, until: int) -> list[Counted]:
    """What was kept, and for days that the watch has not measured (today, say) what can be counted now."""
    series = memory.series
    fresh = [count for day in series.unmeasured(since, until) for count in series.counted(day)]
    return [*series.read(since, until), *fresh]


def _body(
    found: Sequence[Trend], lines: dict[str, tuple[float | None, ...]], changed: Sequence[tuple[str, str, str]],
    until: int, days: int, step: int, channel: str | None,
) -> dict[str, Any]:  # fmt: skip
    measures = {
        t.name: {"now": _rounded(t.now), "cases": t.count, "before": _rounded(t.before), "spread": _rounded(t.spread),
                 "moved": t.moved, "line": [_rounded(value) for value in lines[t.name]]}
        for t in found
    }  # fmt: skip
    return {
        "from": _date(until - days), "to": _date(until - 1), "channel": channel, "days_a_step": step,
        "measures": measures, "changed_models": [{"name": n, "before": old, "now": new} for n, old, new in changed],
    }  # fmt: skip


def _print(found: Sequence[Trend], lines: dict[str, tuple[float | None, ...]], body: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from bot import cli_stats_llm
    from bot.config import Rules
    from bot.dialogue.causes import shown
    from bot.dialogue.trends import sparkline
    from bot.dialogue.wording import say
    from bot.jobs.caught_up import walk_of

    each = "day" if body["days_a_step"] == 1 else "week"
    title = f"{body['from']} to {body['to']}, {body['channel'] or 'all channels'}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    table.add_column(f"by {each}", no_wrap=True)
    for name in ("7 days", "before", "cases"):
        table.add_column(name, justify="right", no_wrap=True)
    for t in found:
        now = f"{shown(t, t.now)}{' *' if t.moved else '  '}"
        label = say(Rules().language, f"watch_{t.name}")
        table.add_row(label, sparkline(lines[t.name]), now, shown(t, t.before), f"{t.count}")
    console = Console()
    console.print(table)
    if any(t.moved for t in found):
        console.print("* moved by more than chance")
    if not any(t.count for t in found):
        console.print("Nothing has been counted yet.")
    if (walk := walk_of(body["caught_up"]["mended"])) is not None:
        console.print(
            f"Caught up on {datetime.fromtimestamp(walk.at, UTC):%Y-%m-%d %H:%M} UTC: {walk.line()}", markup=False
        )
    for model in body["changed_models"]:
        console.print(f"Changed: {model['name']} from {model['before']} to {model['now']}", markup=False)
    cli_stats_llm.show(console, body["llm"], f"{body['from']} to {body['to']}")


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
