"""Commands to try and to check Vigil: demo, replay, doctor."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli_base import report, settings


@click.command()
@click.option("--once", is_flag=True, help="End with a summary instead of leaving the page open.")
@click.option("--port", default=0, help="Port of the sandbox page; a free one by default.")
@click.option(
    "--llm", type=click.Choice(["scripted"]), help="Give it a language model: scripted rules on this machine."
)
@click.option(
    "--platform",
    type=click.Choice(["slack", "lark"]),
    default="slack",
    show_default=True,
    help="Whose protocol it speaks.",
)
@click.pass_context
def demo(ctx: click.Context, once: bool, port: int, llm: str | None, platform: str) -> None:
    """Show Vigil at work in a sandbox workspace on this machine; no account or token is needed."""
    from bot.demo import show

    ctx.exit(show(once, port, bool(llm), platform))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--knowledge", "paths", multiple=True, type=click.Path(exists=True, path_type=Path), help="Ingest this first."
)
@click.option(
    "--json", "as_json", is_flag=True, help="The figures as one JSON object on the last line of standard output."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write an HTML report with plots there.")
@click.option(
    "--decisions", "keep", type=click.Path(dir_okay=False, path_type=Path), help="Write every decision there as JSONL."
)
@click.option("--approve", is_flag=True, help="Let every case that is proposed go live at once.")
@click.option(
    "--llm", type=click.Choice(["scripted", "configured"]),
    help="Ask a language model: scripted rules on this machine, or the one in [llm], which costs money.",
)  # fmt: skip
@click.pass_context
def replay(
    ctx: click.Context,
    file: Path,
    paths: tuple[Path, ...],
    as_json: bool,
    out: Path | None,
    keep: Path | None,
    approve: bool,
    llm: str | None,
) -> None:
    """Play a recorded channel (JSONL, plain or .gz, or a Slack export zip) through Vigil in shadow, on a simulated clock.

    Marks that tell when threads were resolved are played from NAME.threads.jsonl(.gz), if it lies beside it. Also says what each threshold and hold would have meant there, and advises both.
    """
    from bot.evaluation import replay as play
    from bot.evaluation_llm import spoken
    from bot.findings_advice import study
    from bot.live import log_to_stderr
    from bot.report import as_text
    from bot.report_page import write_html

    config = settings(ctx)
    log_to_stderr("error")
    studied = study(play(file, paths, config, keep, approve, spoken(llm, config) if llm else None))
    if out is not None:
        write_html(studied, out)
    report(as_json, studied.figures(), as_text(studied))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a check.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check configuration, tokens, scopes, events, channels, model, database and index; one line each."""
    from bot.doctor import examine

    sick = False
    for check in examine(ctx.obj):
        sick |= not check.well
        report(
            as_json,
            {"what": check.what, "ok": check.well, "say": check.say},
            f"{'ok  ' if check.well else 'FAIL'}  {check.what}: {check.say}",
        )
    ctx.exit(1 if sick else 0)
