"""A replay's findings in words for a terminal, and as one HTML file that needs nothing beside it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.findings import Found
from bot.models import VigilError

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d1c1d}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}td,th{padding:.2rem 1rem .2rem 0;
text-align:left;border-bottom:1px solid #ddd}td:last-child{text-align:right;font-variant-numeric:tabular-nums}
img{max-width:100%;display:block;margin:1rem 0}p{color:#555}"""
HEADINGS = {
    "turns": "human messages",
    "spoke_per_100": "suggestions per 100 human messages",
    "suggestions": "suggestions",
    "cited": "… with a source",
    "holds": "holds for the humans",
    "holds_cancelled": "… made needless by people",
    "follow_ups": "follow-ups",
    "cases": "cases proposed",
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


def as_text(found: Found) -> str:
    """The figures for people, one a line."""
    figures = found.figures()
    lines = [f"Replay of {found.name} in shadow mode", "", *_lines(figures, HEADINGS)]
    if figures["first_response"]:
        lines += ["", "First response", *_lines(figures["first_response"], ANSWERS)]
    lines += ["", "Why it was silent", *(f"  {count:>8}  {reason}" for reason, count in figures["silences"].items())]
    lines += ["", "Seconds by stage", *(f"  {spent:>8.2f}  {name}" for name, spent in figures["stages"].items())]
    return "\n".join(lines)


def _lines(figures: Mapping[str, Any], headings: Mapping[str, str]) -> list[str]:
    return [f"  {_shown(figures[key]):>8}  {heading}" for key, heading in headings.items()]


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def write_html(found: Found, out: Path) -> None:
    """Write the report with its plots; raises VigilError when the file cannot be written."""
    from bot.report_plots import plots

    figures = found.figures()
    parts = [
        f"<h1>Replay of {html.escape(found.name)}</h1>",
        "<p>Shadow mode on a simulated clock: nothing was posted.</p>",
    ]
    parts += [_table("Figures", {h: figures[key] for key, h in HEADINGS.items()})]
    if figures["first_response"]:
        parts += [_table("First response", {h: figures["first_response"][key] for key, h in ANSWERS.items()})]
    parts += [_table("Why it was silent", figures["silences"]), _table("Seconds by stage", figures["stages"])]
    for title, note, picture in plots(found):
        alt = html.escape(f"{title}: {note}")
        parts += [f"<h2>{html.escape(title)}</h2><p>{html.escape(note)}</p>",
                  f'<img alt="{alt}" src="data:image/png;base64,{picture}">']  # fmt: skip
    head = f'<meta charset="utf-8"><title>Vigil replay: {html.escape(found.name)}</title><style>{STYLE}</style>'
    body = "\n".join(parts)
    try:
        out.write_text(f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n', "utf-8")
    except OSError as trouble:
        raise VigilError(f"{out}: cannot be written: {trouble.strerror}") from None


def _table(title: str, rows: Mapping[str, Any]) -> str:
    cells = "".join(f"<tr><td>{html.escape(name)}</td><td>{_shown(value)}</td></tr>" for name, value in rows.items())
    return f"<h2>{html.escape(title)}</h2><table>{cells}</table>"
