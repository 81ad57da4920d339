"""Commands that measure Vigil on labelled sets: triage, search, growth, known questions and redaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli_base import report, settings
from bot.cli_operator import Verbs

if TYPE_CHECKING:
    from bot.config import Config

FILE = click.Path(path_type=Path)  # not `exists=True`: a missing file is a failure told in one line, no wrong usage
PRIMARY = "duplicate,helper_linked_thread,helper_linked_issue"


@click.group("eval", cls=Verbs)
def evaluation() -> None:
    """Measure on labelled sets (JSONL or TSV, plain or .gz): triage, retrieval, growth, faq, redaction. Labels only score."""


def as_json(command: Callable[..., None]) -> Callable[..., None]:
    """The option that all of them take."""
    return click.option(
        "--json", "as_json", is_flag=True, help="The figures as one JSON object on the last line of standard output."
    )(command)


@evaluation.command()
@click.argument("corpus", type=FILE)
@click.argument("queries", type=FILE)
@click.argument("qrels", type=FILE)
@click.option("--page", is_flag=True, help="QRELS names pages: a section counts as its page.")
@as_json
@click.pass_context
def retrieval(ctx: click.Context, corpus: Path, queries: Path, qrels: Path, page: bool, as_json: bool) -> None:
    """Search on a set in BEIR form (CORPUS may be a folder of documents): keywords, vectors, both fused, and Vigil's own search."""
    from bot.evaluation_retrieval import evaluate

    tell(as_json, "search", evaluate(corpus, queries, qrels, page, _settings(ctx)))


@evaluation.command()
@click.argument("threads")
@click.argument("links", type=FILE)
@click.option("--types", default=PRIMARY, show_default=True, help="Which links count, by commas.")
@click.option("--curve", type=click.Path(dir_okay=False, path_type=Path), help="Draw how the answers grew there (SVG).")
@as_json
@click.pass_context
def growth(ctx: click.Context, threads: str, links: Path, types: str, curve: Path | None, as_json: bool) -> None:
    """Does what earlier THREADS (files, by commas) taught answer later ones? Each message is known from its time on."""
    from bot.evaluation_growth import evaluate
    from bot.report_plots import write_growth

    files = [Path(name) for name in threads.split(",") if name]
    found = evaluate(files, links, [name for name in types.split(",") if name], _settings(ctx))
    if curve is not None:
        write_growth(found["curve"], curve)
    tell(as_json, "growth", found if as_json else {name: row for name, row in found.items() if name != "curve"})


@evaluation.command()
@click.argument("corpus", type=FILE)
@click.argument("queries", type=FILE)
@as_json
@click.pass_context
def faq(ctx: click.Context, corpus: Path, queries: Path, as_json: bool) -> None:
    """Answering from known questions, and abstaining where none fits: accuracy and Matthews' correlation."""
    from bot.evaluation_faq import evaluate

    tell(as_json, "known questions", evaluate(corpus, queries, _settings(ctx)))


@evaluation.command()
@click.argument("judged", type=FILE)
@click.argument("folder", metavar="TRANSCRIPTS_DIR", type=FILE)
@click.option("--baselines", is_flag=True, help="Also a question mark and cue words.")
@as_json
@click.pass_context
def triage(ctx: click.Context, judged: Path, folder: Path, baselines: bool, as_json: bool) -> None:
    """Whether help is warranted right after each judged turn, seen in order, with nothing of what comes later."""
    from bot.evaluation_triage import evaluate

    tell(as_json, "triage", evaluate(judged, folder, _settings(ctx), baselines))


@evaluation.command()
@click.argument("file", type=FILE)
@as_json
@click.pass_context
def redaction(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Secrets and personal data: labelled spans wholly masked (recall), and masks that touch any (precision)."""
    from bot import app
    from bot.evaluation_redaction import evaluate

    tell(as_json, "redaction", evaluate(file, app.redaction(_settings(ctx)).findings))


def _settings(ctx: click.Context) -> Config:
    """The configuration, with nothing but the figures on standard output."""
    from bot.live import log_to_stderr

    log_to_stderr("error")
    return settings(ctx)


def tell(as_json: bool, title: str, figures: Mapping[str, Any]) -> None:
    """Print the figures as one line of JSON, or as a table with a row for each group of them, and one for each list."""
    if as_json:
        report(True, figures, "")
        return
    listed = {name: rows for name, rows in figures.items() if isinstance(rows, list)}
    _table(title, {name: value for name, value in figures.items() if name not in listed})
    for name, rows in listed.items():
        _table(f"{title}: {name}", {str(number): row for number, row in enumerate(rows, start=1)})


def _table(title: str, figures: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = dict(_rows("", figures))
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = Table("", *columns, title=title)
    for name, row in rows.items():
        table.add_row(name, *(str(row.get(column, "")) for column in columns))
    Console().print(table)


def _rows(name: str, figures: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each group of plain figures with the names that lead to it."""
    plain = {key: value for key, value in figures.items() if not isinstance(value, Mapping)}
    inner = [_rows(f"{name} {key}".strip(), value) for key, value in figures.items() if isinstance(value, Mapping)]
    return [*([(name or "overall", plain)] if plain else []), *(row for rows in inner for row in rows)]
