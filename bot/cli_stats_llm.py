"""The section "language model" of `vigil stats`: calls, tokens, cost, time and failures, from the book of calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.llm.budgets import DAY, Usage

if TYPE_CHECKING:
    from rich.console import Console

    from bot.memory import Memory

DIRECT = "(direct)"
COLUMNS = ("calls", "tokens in", "cached", "out", "cost", "seconds p50", "failed")


def figures(memory: Memory, since: int, until: int, channel: str | None) -> dict[str, Any]:
    """What calls came to in days (since 1970) from `since` to before `until`, by task, model, channel and day."""
    span = (since * DAY, channel, until * DAY)
    found = memory.calls.used(("task", "failure", "model", "channel", "day"), *span)
    direct = {place.id for place in memory.channels.listed() if place.direct}
    median = memory.calls.median_seconds(*span)
    failures: Counter[str] = Counter()
    for usage in found:
        failures[usage.of[1]] += usage.times
    failures.pop("", None)
    return {
        **_amounts(found),
        "seconds_p50": None if median is None else round(median, 3),
        "failures": dict(failures.most_common()),
        "by_task": _parted(found, lambda of: of[0]),
        "by_model": _parted(found, lambda of: of[2]),
        "by_channel": _parted(found, lambda of: DIRECT if of[3] in direct else of[3]),
        "by_day": _parted(found, lambda of: _date(int(of[4]))),
    }


def _parted(usages: Sequence[Usage], part: Callable[[tuple[str, ...]], str]) -> dict[str, Any]:
    groups: dict[str, list[Usage]] = {}
    for usage in usages:
        groups.setdefault(part(usage.of), []).append(usage)
    return {name: _amounts(groups[name]) for name in sorted(groups)}


def _amounts(usages: Sequence[Usage]) -> dict[str, Any]:
    return {
        "calls": sum(u.calls for u in usages),
        "failed": sum(u.calls for u in usages if u.of[1]),
        "refused": sum(u.times - u.calls for u in usages),
        "tokens": {name: sum(getattr(u, name) for u in usages) for name in ("read", "cached", "kept", "written")},
        "cost": round(sum(u.cost for u in usages), 4),
    }


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def show(console: Console, found: Mapping[str, Any], title: str) -> None:
    """The section as a table by task; nothing where no model was ever asked."""
    from rich.table import Table

    if not (found["calls"] or found["refused"]):
        return
    table = Table(title=f"\nLanguage model, {title}", title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for task, amounts in found["by_task"].items():
        table.add_row(task, *_cells(amounts, None))
    table.add_row("all", *_cells(found, found["seconds_p50"]))
    console.print(table)
    if found["failures"]:
        said = ", ".join(f"{why} {times}" for why, times in found["failures"].items())
        console.print(f"Without an answer: {said}", markup=False)


def _cells(amounts: Mapping[str, Any], median: float | None) -> list[str]:
    tokens = amounts["tokens"]
    counts = (amounts["calls"], tokens["read"] + tokens["kept"], tokens["cached"], tokens["written"])
    p50 = "" if median is None else f"{median:.1f}"
    return [*(f"{count:,}" for count in counts), f"{amounts['cost']:.2f}", p50, f"{amounts['failed']:,}"]
