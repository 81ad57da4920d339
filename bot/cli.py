"""Vigil's command line; heavy parts are imported by the commands that need them, so that help comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import cli_gaps as cli_gaps  # adds its commands to `knowledge`
from bot.cli_audit import audit
from bot.cli_backup import backup, restore
from bot.cli_base import report, settings
from bot.cli_eval import evaluation
from bot.cli_forget import forget
from bot.cli_knowledge import ingest, knowledge, search
from bot.cli_operator import Verbs
from bot.cli_stats import stats
from bot.cli_train import train
from bot.cli_trial import demo, doctor, replay

if TYPE_CHECKING:
    from bot.config import Config

EXIT_CODES = """Exit codes: 0 done; 1 it failed (one line on standard error says why and what to do); 2 wrong usage;
3 this process cannot work with its configuration (the supervisor does not start it again)."""


class Group(Verbs):
    """A group whose commands turn Vigil's own errors into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        from bot.models import VigilError
        from bot.platforms.base import SendLater
        from bot.store import StoreDown
        from knowledge.models import KnowledgeError
        from knowledge.redaction import redact

        try:
            return super().invoke(ctx)
        except (VigilError, KnowledgeError) as trouble:
            click.echo(f"vigil: {redact(str(trouble))}", err=True)
            passing = isinstance(trouble, (SendLater, StoreDown))  # the platform and the disk will be up again
            ctx.exit(3 if not passing and ctx.invoked_subcommand in ("_listen", "_work") else 1)
        except BrokenPipeError:
            ctx.exit(0)


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="TOML file; config.toml, if there is one, by default.")
@click.version_option(package_name="vigil")
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Vigil, an on-call support bot: it helps when help is warranted, cites its sources and learns from what is resolved."""
    os.umask(0o077)  # whatever Vigil writes is its owner's alone
    ctx.obj = config


def part_of(ctx: click.Context, secrets: Collection[str]) -> Config:
    """The configuration for one process of a running Vigil, which knows no other secrets than these, and writes a log."""
    from bot import live
    from bot.config_file import load
    from bot.config_file_secrets import secrets_of

    config = load(ctx.obj, wanted=secrets)
    live.log_to_stderr(config.log_level, secrets_of(config))
    return config


@main.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Listen and help until stopped."""
    from bot import live
    from bot.config_file_secrets import NAMES

    live.run(part_of(ctx, NAMES), str(ctx.obj) if ctx.obj else None)


@main.command("_listen", hidden=True)
@click.argument("platform")
@click.option("--wake-fd", type=int)
@click.option("--sign-fd", type=int)
@click.pass_context
def listen(ctx: click.Context, platform: str, wake_fd: int | None, sign_fd: int | None) -> None:
    """One platform's listener; started by `run`."""
    from bot import live_listener
    from bot.config_file_secrets import OF

    live_listener.listen(part_of(ctx, OF.get(platform, ())), platform, wake_fd, sign_fd)


@main.command("_work", hidden=True)
@click.option("--wake-fd", type=int)
@click.option("--sign-fd", type=int)
@click.pass_context
def work(ctx: click.Context, wake_fd: int | None, sign_fd: int | None) -> None:
    """The worker; started by `run`."""
    from bot import live
    from bot.config_file_secrets import OF_WORKER

    live.work(part_of(ctx, OF_WORKER), wake_fd, sign_fd)


@main.command()
@click.argument("platform", type=click.Choice(["slack", "lark"]))
def manifest(platform: str) -> None:
    """Print what to paste when a team creates its app: Slack's manifest, or Lark's permissions (and on stderr its events)."""
    from bot.platforms import lark_manifest, slack_manifest

    if platform == "slack":
        click.echo(slack_manifest.manifest_text())
        return
    click.echo(lark_manifest.manifest_text())
    click.echo(lark_manifest.by_hand(), err=True)


@main.command()
@click.option("--thread", help="Only this thread (its id).")
@click.option("--channel", help="Only this channel (its id).")
@click.option("--limit", default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def decisions(ctx: click.Context, thread: str | None, channel: str | None, limit: int, as_json: bool) -> None:
    """List what was decided about each turn, newest first; silences too."""
    from bot.memory import open_memory

    memory = open_memory(Path(settings(ctx).store.path))
    for row in memory.decisions.listed(thread, channel, limit):
        line = f"{row['id']}  {row['action']:7}  {row['score']:.2f}/{row['threshold']:.2f}  {row['turn_id']}  {row['reasons'][0]}"
        report(as_json, row, line)


for _data in (ingest, search, knowledge, forget, stats, audit, backup, restore):
    main.add_command(_data)
for _trial in (demo, replay, train, doctor, evaluation):
    main.add_command(_trial)

if __name__ == "__main__":
    sys.exit(main())
