"""A replay's findings in words: for a terminal, and as rows for the page that bot.report_page makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from bot.findings_advice import Study
from bot.findings_aftermath import After
from bot.findings_hold import CHOICES
from bot.findings_noise import STEPS, TOLD, Noise, Point

Rows = Sequence[Sequence[str]]
HEADINGS = {
    "turns": "human messages",
    "spoke_per_100": "suggestions per 100 human messages",
    "suggestions": "suggestions",
    "cited": "… with a source",
    "holds": "holds for the humans",
    "holds_cancelled": "… made needless by people",
    "follow_ups": "follow-ups",
    "cases": "cases proposed",
}
MACHINE = {
    "messages_per_second": "messages per second",
    "messages_per_second_without_embedding": "… without embedding",
    "ms_per_message_without_embedding": "ms a message without embedding",
    "skipped": "rows skipped",
    "failed": "messages that failed",
    "peak_memory_mb": "peak memory, MB",
}
ANSWERS = {
    "threads": "threads",
    "threads_answered_by_people": "… answered by another person",
    "people_median_minutes": "people's first reply, median minutes",
    "threads_with_suggestion": "threads with a suggestion",
    "on_these_people_median_minutes": "… people's first reply there, median minutes",
    "on_these_vigil_median_minutes": "… Vigil's first suggestion, median minutes",
    "vigil_earlier_share": "… share where Vigil was first",
}
NOISE_TITLE = "Noise: what each threshold would call a need, and what people then did"
NOISE_HEAD = ("threshold", "needs", "per 100", "Vigil spoke per 100", "taken up", "other words", "asker alone", "nobody",
              "triage expects", "people showed")  # fmt: skip
WIDTH = 110
HOLD_TITLE = "Hold: who answers first"
HOLD_HEAD = ("hold, minutes", "a colleague first", "share", "left to Vigil")


def as_text(study: Study) -> str:
    """Everything for people, figures one a line, the advice last, where a terminal leaves it in sight."""
    figures = study.found.figures()
    lines = [f"Replay of {study.found.name} in shadow mode", "", *_lines(figures, HEADINGS | MACHINE)]
    if figures["first_response"]:
        lines += ["", "First response", *_lines(figures["first_response"], ANSWERS)]
    lines += ["", "What it learned from resolved threads", *learned_lines(figures["learning"])]
    lines += ["", "Language model", *_wrapped(asked_lines(figures["llm"]))] if "llm" in figures else []
    lines += ["", "Why it was silent", *(f"  {count:>8}  {reason}" for reason, count in figures["silences"].items())]
    lines += ["", "Seconds by stage", *(f"  {spent:>8.2f}  {name}" for name, spent in figures["stages"].items())]
    lines += ["", NOISE_TITLE, *_columns(NOISE_HEAD, noise_rows(study.noise)), *_wrapped(noise_notes(study))]
    lines += ["", HOLD_TITLE, *_columns(HOLD_HEAD, hold_rows(study)), *_wrapped(hold_notes(study))]
    lines += ["", "Recommendation", *_wrapped(study.advice.sentences)]
    if study.advice.config:
        lines += ["", *(f"      {line}" for line in ("# config.toml", *study.advice.config.splitlines()))]
    return "\n".join(lines)


def learned_lines(learning: Mapping[str, Any]) -> list[str]:
    """How many threads became a case, and why the others did not."""
    refused = learning.get("refused", {})
    counts = [(learning.get(name, 0), f"cases {name}") for name in ("proposed", "merged", "superseded")]
    rows = [
        *counts,
        (sum(refused.values()), "threads refused"),
        *((count, f"… {why}") for why, count in refused.items()),
    ]
    return [f"  {count:>8}  {what}" for count, what in rows]


def asked_lines(llm: Mapping[str, Any]) -> list[str]:
    """How often a language model was asked and for what, what it read and wrote, and why there was no answer."""
    tasks = ", ".join(f"{task} {count:,}" for task, count in llm["calls_by_task"].items())
    tokens = ", ".join(f"{task} {count:,}" for task, count in llm["tokens_per_1000_messages"].items())
    failures = ", ".join(f"{why} {count:,}" for why, count in llm["failures"].items())
    lines = [f"{llm['calls']:,} calls, {llm['calls_per_message']:g} a message{f': {tasks}' if tasks else ''}"]
    lines += [f"Tokens for 1,000 messages: {tokens}"] if tokens else []
    lines += [f"Cost by the prices that are set: {llm['cost']:.4f}"] if llm["cost"] else []
    return [*lines, f"Without an answer: {failures}"] if failures else lines


def noise_rows(noise: Noise) -> Rows:
    """A row for each threshold, "-" where nothing can be told."""
    return [_row(noise, point) for point in noise.points]


def _row(noise: Noise, point: Point) -> Sequence[str]:
    after = [str(point.after.get(kind, 0)) for kind in After]
    per_100 = ["-" if count is None else f"{noise.per_100(count):.2f}" for count in (point.needs, point.spoken)]
    return (
        f"{point.threshold:.2f}",
        str(point.needs),
        *per_100,
        *after,
        percent(point.expected),
        percent(point.estimate),
    )


def noise_notes(study: Study) -> Sequence[str]:
    """What the columns mean, and what they cannot tell."""
    rest = study.noise.rest.estimate
    beside = f" On what it left alone (below {STEPS[0]:.2f}) the same measure gives {percent(rest)}." if rest else ""
    known = study.found.threshold()
    return (
        "Taken up: the first word that somebody else then said explains, instructs, asks back or promises to look; thanks "
        'and "same here" do not count, nor does a word of whoever opened the thread.',
        "Triage expects: the mean of its scores, the precision it counts on. People showed: taken up, of those to whom "
        "anybody spoke, an estimate of precision; where nobody spoke nothing can be told, and "
        f"{TOLD} told and a third of all are needed.{beside}",
        f"Vigil spoke: a source was found too. Known from {known:.2f} on, the threshold of this replay.",
    )


def hold_rows(study: Study) -> Rows:
    """A row for each length of hold."""
    waits = study.waits
    return [
        (
            str(choice),
            str(waits.within(choice)),
            percent(waits.share(choice)),
            str(waits.questions - waits.within(choice)),
        )
        for choice in CHOICES
    ]


def hold_notes(study: Study) -> Sequence[str]:
    """What the rows count, and what they miss."""
    waits, threshold = study.waits, study.found.threshold()
    asked = (
        f"Of {waits.questions} questions (needs from {threshold:.2f} on, raised while nobody was talking with the asker) a "
        f"colleague answered {len(waits.minutes)}, after {shown(waits.median())} minutes (median)."
    )
    flat = "Without threads only an answer that names the asker is seen as one: more are answered than is counted here."
    return (asked, flat) if study.found.flat else (asked,)


def percent(share: float | None) -> str:
    """A share as people write it."""
    return "-" if share is None else f"{share:.0%}"


def shown(value: Any) -> str:
    """A figure as people write it, "-" for none."""
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _lines(figures: Mapping[str, Any], headings: Mapping[str, str]) -> list[str]:
    return [f"  {shown(figures[key]):>8}  {heading}" for key, heading in headings.items()]


def _wrapped(sentences: Sequence[str]) -> list[str]:
    return [line for text in sentences for line in wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")]


def _columns(head: Sequence[str], rows: Rows) -> list[str]:
    wide = [max(len(line[at]) for line in (head, *rows)) for at in range(len(head))]
    return ["  " + "  ".join(cell.rjust(size) for cell, size in zip(line, wide, strict=True)) for line in (head, *rows)]
