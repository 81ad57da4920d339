"""The command `vigil forget`: a person's erasure request, or a thread's, carried out here or by the Vigil that runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_base import report, settings
from bot.cli_operator import me, noted

if TYPE_CHECKING:
    from bot.config import Config
    from bot.memory import Memory

PATIENCE = 90.0
"""Seconds for which the running Vigil is waited for."""
POLL = 0.25


@click.command()
@click.option("--user", help="The person's id, such as U012AB3CD: everything they said, and what was made of it.")
@click.option("--thread", help="A thread's id, as `vigil decisions` shows it: everything said in it and made of it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="What was held, as one JSON object.")
@click.pass_context
def forget(ctx: click.Context, user: str | None, thread: str | None, yes: bool, as_json: bool) -> None:
    """Erase what is held of a person or a thread, after naming it; other people's words stay.

    Cases that rested on it too go back to be reviewed. What they are named by in the audit log becomes an alias.
    """
    from bot.memory import open_memory

    if bool(user) == bool(thread):
        raise click.UsageError("name one of --user ID and --thread ID")
    config = settings(ctx)
    memory = open_memory(Path(config.store.path))
    held = memory.persons.held(user) if user else memory.erasures.held(thread or "")
    lines = "\n".join(f"  {number:6}  {name}" for name, number in held.items())
    report(as_json, held, f"Held of {user or thread}:\n{lines}")
    if not any(held.values()):
        click.echo("Nothing to erase. People go by the platform's ids, such as U012AB3CD.", err=True)
        return
    if not yes:
        click.confirm("Erase it for good?", abort=True, err=True)
    _erase(config, memory, user, thread or "")


def _erase(config: Config, memory: Memory, user: str | None, thread: str) -> None:
    from bot.doctor_store import running
    from bot.outcomes import Erasure

    who = me()
    kind = "person" if user else "thread"
    erasure = Erasure(kind, user or thread, "requested" if user else "forgotten", who)
    number = memory.erasures.request(erasure, time.time())
    noted(memory, "forget", f"person erased-{number}" if user else thread, time.time())
    if running(Path(config.store.path)):
        _watch(memory, number)
    else:
        _here(config, memory)
    waiting = memory.outbox.backlog()[0]
    if waiting:
        click.echo(
            f"{waiting} message(s) of Vigil's are to be deleted on the platform; a running Vigil does it.", err=True
        )


def _watch(memory: Memory, number: int) -> None:
    """Wait until the running Vigil has done it: its memory and its messages are to be seen to as well."""
    from bot.models import VigilError

    until = time.monotonic() + PATIENCE
    while memory.erasures.waits(number):
        if time.monotonic() > until:
            raise VigilError("the running Vigil has not finished yet and goes on; `vigil doctor` tells when it has")
        time.sleep(POLL)
    click.echo("Erased; the running Vigil has seen to it.", err=True)


def _here(config: Config, memory: Memory) -> None:
    from bot import app, engine

    base = app.knowledge_base(config, memory, app.embedder(config), app.cache_path(config))
    eraser = engine.eraser_alone(memory, base, time.time)
    while eraser.step():
        pass
    click.echo("Erased. What is left of cases that others wrote too waits in: vigil knowledge list", err=True)
