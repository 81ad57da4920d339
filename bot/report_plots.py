"""The plots of a replay's report, each as a PNG in base64."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.findings import Found

INK, SOFT = "#3f51b5", "#c5cae9"
SIZE = (8.0, 3.2)


def plots(found: Found) -> Iterator[tuple[str, str, str]]:
    """(title, one line of explanation, picture) of every plot that the findings can fill."""
    if found.records:
        yield (
            "Scores",
            "How much each human message was judged to need help; the line is the threshold.",
            _scores(found),
        )
        yield "Over time", "Human messages and suggestions by day, or by week in a long recording.", _over_time(found)
    if found.silences():
        yield "Silences", "Decisions not to speak, by their first reason.", _bars(found.silences().most_common(8))
    if found.stages:
        note = f"Seconds by stage of the corridor, beside {found.stages.get('embedding', 0.0):.1f} s of embedding."
        stages = [stage for stage in found.stages.items() if stage[0] != "embedding"]
        yield "Where the time goes", note, _bars(sorted(stages, key=lambda stage: -stage[1])[:12])
    if not found.flat and found.first_replies() and found.first_suggestions():
        yield (
            "First response",
            "Share of all threads in which a first answer came within so many minutes.",
            _responses(found),
        )


def _axes() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=110, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _picture(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _scores(found: Found) -> str:
    figure, axes = _axes()
    first = [r for r in found.records if r["kind"] in ("suggestion", "late")]
    axes.hist([r["score"] for r in first], bins=40, range=(0, 1), color=INK, log=True)
    axes.axvline(found.records[0]["threshold"], color="black", linestyle="--")
    axes.set(xlabel="score", ylabel="decisions")
    return _picture(figure)


def _over_time(found: Found) -> str:
    days = (found.turns[-1].sent_at - found.turns[0].sent_at) / 86400
    span = 7 * 86400 if days > 60 else 86400
    human = Counter(int(turn.sent_at // span) for turn in found.human)
    spoken = Counter(int(record["at"] // span) for record in found.suggestions())
    when = sorted(human.keys() | spoken.keys())
    dates: list[Any] = [datetime.fromtimestamp(slot * span, UTC) for slot in when]
    figure, axes = _axes()
    width = 0.8 * span / 86400
    axes.bar(dates, [human[slot] for slot in when], width=width, color=SOFT, label="human messages")
    axes.bar(dates, [spoken[slot] for slot in when], width=width, color=INK, label="suggestions")
    axes.legend(frameon=False)
    figure.autofmt_xdate()
    return _picture(figure)


def _bars(rows: list[Any]) -> str:
    figure, axes = _axes()
    names = [name if len(name) <= 60 else f"{name[:59]}…" for name, _ in rows]
    axes.barh(names[::-1], [value for _, value in rows][::-1], color=INK)
    return _picture(figure)


def _responses(found: Found) -> str:
    figure, axes = _axes()
    threads = sum(turn.is_root for turn in found.human)
    for values, color, label in ((found.first_replies(), SOFT, "people"), (found.first_suggestions(), INK, "Vigil")):
        minutes = sorted(max(0.1, value) for value in values.values())
        axes.step(minutes, [(i + 1) / threads for i in range(len(minutes))], color=color, label=label, linewidth=2)
    axes.set(xscale="log", xlabel="minutes", ylabel="share", ylim=(0, 1))
    axes.legend(frameon=False)
    return _picture(figure)
