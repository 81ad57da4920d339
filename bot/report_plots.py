"""The plots of a replay's report, each as a PNG in base64."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.findings import Found
from bot.findings_advice import AIMS, Study
from bot.findings_hold import CHOICES
from bot.models import VigilError

INK, SOFT, WARM, DARK = "#3f51b5", "#c5cae9", "#e65100", "#455a64"
SIZE = (8.0, 3.2)
HOUR = 60.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its title and one line of explanation."""

    title: str
    note: str
    png: str


def noise(study: Study) -> Plot:
    """How many messages each threshold calls a need, and the estimated precision."""
    curve, advice = study.noise, study.advice
    figure, axes = _axes()
    at = [point.threshold for point in curve.points]
    axes.bar(at, [curve.per_100(point.needs) for point in curve.points], width=0.035, color=SOFT, label="called a need")
    spoke = [point for point in curve.points if point.spoken]
    if spoke:
        found = [curve.per_100(point.spoken) for point in spoke]
        axes.bar([point.threshold for point in spoke], found, width=0.035, color=INK, label="… and a source found")
    axes.set(xlabel="threshold", ylabel="in 100 messages")
    _estimate(axes.twinx(), study)
    if advice.threshold is not None:
        axes.axvline(advice.threshold, color="black", linestyle="--", linewidth=1)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    note = f"Shaded: chance. Dotted: the precision aimed at in {advice.mode} mode. Dashed, if there: the advised threshold."
    return Plot("Noise", note, _png(figure))


def _estimate(axes: Any, study: Study) -> None:
    called = [point for point in study.noise.points if point.expected is not None]
    axes.plot(
        [p.threshold for p in called], [p.expected for p in called], color=DARK, linewidth=1, label="triage expects"
    )
    told = [point for point in study.noise.points if point.estimate is not None]
    at, line, low = [p.threshold for p in told], [p.estimate for p in told], [p.cautious for p in told]
    axes.axhline(AIMS[study.advice.mode], color=WARM, linestyle=":", linewidth=1)
    axes.set(ylim=(0, 1.02), ylabel="precision")
    axes.spines[["top"]].set_visible(False)
    if told:
        axes.plot(at, line, color=WARM, marker="o", markersize=4, label="people showed")
        axes.fill_between(at, low, line, color=WARM, alpha=0.15, linewidth=0)


def waits(study: Study) -> Plot:
    """The share of questions that a colleague has answered after so many minutes."""
    waited = study.waits
    figure, axes = _axes()
    minutes = [0.0, *(m for m in waited.minutes if m <= HOUR), HOUR]
    axes.step(minutes, [waited.share(m) for m in minutes], where="post", color=INK, linewidth=2)
    axes.plot(CHOICES, [waited.share(choice) for choice in CHOICES], "o", color=INK)
    if study.advice.hold_minutes is not None:
        axes.axvline(study.advice.hold_minutes, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="minutes after the question", ylabel="answered by a colleague", xlim=(0, HOUR), ylim=(0, 1),
             xticks=(*CHOICES, 30, 45, 60))  # fmt: skip
    note = "How many questions a colleague has answered after so long. Dashed, if there: the advised hold."
    return Plot("Hold", note, _png(figure))


def plots(found: Found) -> Iterator[Plot]:
    """The other plots, as far as the findings can fill them."""
    if found.records:
        note = "How much each human message was judged to need help; the line is the threshold."
        yield Plot("Scores", note, _scores(found))
        note = "Human messages and suggestions by day, or by week in a long recording."
        yield Plot("Over time", note, _over_time(found))
    if found.silences():
        note = "Decisions not to speak, by their first reason."
        yield Plot("Silences", note, _bars(found.silences().most_common(8)))
    if not found.flat and found.first_replies() and found.first_suggestions():
        note = "Share of all threads in which a first answer came within so many minutes."
        yield Plot("First response", note, _responses(found))


def stages(found: Found) -> Iterator[Plot]:
    """Where the time went, if it was taken."""
    if found.stages:
        note = f"Seconds by stage of the corridor, beside {found.stages.get('embedding', 0.0):.1f} s of embedding."
        spent = [stage for stage in found.stages.items() if stage[0] != "embedding"]
        yield Plot("Where the time goes", note, _bars(sorted(spent, key=lambda stage: -stage[1])[:12]))


def write_growth(curve: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw as SVG how many later questions each tier could answer, against what Vigil knew by then (rows of
    bot.evaluation_growth); raises VigilError when the file cannot be written."""
    figure, axes = _axes()
    tiers = [name for name in curve[-1] if name not in ("day", "known", "asked")] if curve else []
    known = [row["known"] for row in curve]
    axes.step(
        known, [row["asked"] for row in curve], where="post", color=DARK, linestyle=":", linewidth=1, label="asked"
    )
    for tier, color in zip(tiers, (SOFT, DARK, WARM, INK, "#2e7d32"), strict=False):
        axes.step(known, [row[tier] for row in curve], where="post", color=color, label=tier, linewidth=2)
    axes.set(xlabel="entries known (earlier threads and cases)", ylabel="later questions answered")
    axes.legend(frameon=False)
    try:
        figure.savefig(path, format="svg")
    except OSError as trouble:
        raise VigilError(f"{path}: cannot be written: {trouble.strerror}") from None


def _axes() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=110, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _scores(found: Found) -> str:
    figure, axes = _axes()
    axes.hist(list(found.scores().values()), bins=40, range=(0, 1), color=INK, log=True)
    axes.axvline(found.threshold(), color="black", linestyle="--")
    axes.set(xlabel="score", ylabel="messages")
    return _png(figure)


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
    return _png(figure)


def _bars(rows: list[Any]) -> str:
    figure, axes = _axes()
    names = [name if len(name) <= 60 else f"{name[:59]}…" for name, _ in rows]
    axes.barh(names[::-1], [value for _, value in rows][::-1], color=INK)
    return _png(figure)


def _responses(found: Found) -> str:
    figure, axes = _axes()
    threads = sum(turn.is_root for turn in found.human)
    for values, color, label in ((found.first_replies(), SOFT, "people"), (found.first_suggestions(), INK, "Vigil")):
        minutes = sorted(max(0.1, value) for value in values.values())
        axes.step(minutes, [(i + 1) / threads for i in range(len(minutes))], color=color, label=label, linewidth=2)
    axes.set(xscale="log", xlabel="minutes", ylabel="share", ylim=(0, 1))
    axes.legend(frameon=False)
    return _png(figure)
