"""A replay's findings as one HTML page that needs nothing beside it: the advice first, the machine's figures last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bot import report
from bot import report_plots as plots
from bot.findings_advice import Study
from bot.models import VigilError
from bot.outgoing_signs import visible
from bot.report import ANSWERS, HEADINGS, MACHINE, percent, shown
from bot.report_plots import Plot

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d1c1d}
h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.5rem 0 .3rem}
p{color:#444;margin:.4rem 0}p.note{font-size:.87rem;color:#666}
.tiles{display:flex;flex-wrap:wrap;gap:.8rem;margin:1.2rem 0}
.tile{flex:1 1 8rem;border:1px solid #ddd;border-radius:8px;padding:.6rem .9rem;color:#555;font-size:.87rem}
.tile b{display:block;font-size:1.5rem;color:#1d1c1d;font-variant-numeric:tabular-nums}
.advice{border-left:4px solid #3f51b5;background:#f4f5fb;padding:.6rem 1rem;margin:1rem 0}.advice p{color:#1d1c1d}.advice h3{margin-top:.2rem}
pre{background:#fff;border:1px solid #d8dbee;border-radius:6px;padding:.6rem .8rem;margin:.6rem 0;overflow-x:auto}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.2rem 1rem .2rem 0;text-align:right;border-bottom:1px solid #ddd}th{color:#666;font-weight:500}
.named td:first-child{text-align:left}tr.chosen td{background:#e8eaf6;font-weight:600}
img{max-width:100%;display:block;margin:.6rem 0}summary{cursor:pointer;font-size:1.1rem;margin-top:2.5rem}"""


def write_html(study: Study, out: Path) -> None:
    """Write the page with its plots; raises VigilError when the file cannot be written."""
    name = escape(visible(study.found.name))
    head = f'<meta charset="utf-8"><title>Vigil replay: {name}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width">'
    body = visible("\n".join(_body(study)))
    try:
        out.write_text(
            f'<!doctype html>\n<html lang="en"><head>{head}{view}</head><body>\n{body}\n</body></html>\n', "utf-8"
        )
    except OSError as trouble:
        raise VigilError(f"{out}: cannot be written: {trouble.strerror}") from None


def _body(study: Study) -> Iterator[str]:
    figures = study.found.figures()
    yield f"<h1>Replay of {escape(study.found.name)}</h1><p>Shadow mode on a simulated clock: nothing was posted.</p>"
    yield _tiles(study)
    yield _advice(study)
    yield f"<h2>{escape(report.NOISE_TITLE)}</h2>{_noted(plots.noise(study))}"
    yield _grid(report.NOISE_HEAD, report.noise_rows(study.noise), _marked(study.advice.threshold, "{:.2f}"))
    yield from (f'<p class="note">{escape(note)}</p>' for note in report.noise_notes(study))
    yield f"<h2>{escape(report.HOLD_TITLE)}</h2>"
    yield _noted(plots.waits(study)) if study.waits.minutes else ""
    yield _grid(report.HOLD_HEAD, report.hold_rows(study), _marked(study.advice.hold_minutes, "{}"))
    yield from (f'<p class="note">{escape(note)}</p>' for note in report.hold_notes(study))
    yield "<h2>What Vigil did</h2>" + _table({h: figures[key] for key, h in HEADINGS.items()})
    if figures["first_response"]:
        yield "<h3>First response</h3>" + _table({h: figures["first_response"][key] for key, h in ANSWERS.items()})
    yield from map(_titled, plots.plots(study.found))
    yield f"<details><summary>The machine's part</summary>{_table({h: figures[key] for key, h in MACHINE.items()})}"
    yield f"{''.join(map(_titled, plots.stages(study.found)))}{_table(figures['stages'])}</details>"


def _tiles(study: Study) -> str:
    waits, found = study.waits, study.found
    answered = percent(len(waits.minutes) / waits.questions) if waits.questions else "-"
    tiles = (
        (str(len(found.human)), "messages by people"),
        (str(waits.questions), "questions"),
        (answered, "of them answered by a colleague"),
        (shown(waits.median()), "minutes to that answer (median)"),
        (str(len(found.suggestions())), "suggestions by Vigil"),
    )
    return f'<div class="tiles">{"".join(f"<div class=tile><b>{escape(n)}</b>{what}</div>" for n, what in tiles)}</div>'


def _advice(study: Study) -> str:
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in study.advice.sentences)
    config = f"<p>For config.toml:</p><pre>{escape(study.advice.config)}</pre>" if study.advice.config else ""
    return f'<div class="advice"><h3>Recommendation</h3>{sentences}{config}</div>'


def _marked(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _grid(head: Sequence[str], rows: report.Rows, chosen: str) -> str:
    """A table whose row that begins with `chosen` stands out."""
    lines = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    for row in rows:
        mark = ' class="chosen"' if row[0] == chosen else ""
        lines.append(f"<tr{mark}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>")
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def _table(rows: Mapping[str, Any]) -> str:
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{shown(value)}</td></tr>" for name, value in rows.items())
    return f'<table class="named">{cells}</table>'


def _titled(plot: Plot) -> str:
    return f"<h3>{escape(plot.title)}</h3><p>{escape(plot.note)}</p>{_picture(plot)}"


def _noted(plot: Plot) -> str:
    return f'{_picture(plot)}<p class="note">{escape(plot.note)}</p>'


def _picture(plot: Plot) -> str:
    return f'<img alt="{escape(f"{plot.title}: {plot.note}")}" src="data:image/png;base64,{plot.png}">'
