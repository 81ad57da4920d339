"""The commands `vigil backup` and `vigil restore`: a copy of the store while Vigil works, and its return."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli_base import report, settings
from bot.cli_operator import me, noted

FILE = click.argument("file", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.command()
@FILE
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@AS_JSON
@click.pass_context
def backup(ctx: click.Context, file: Path, force: bool, as_json: bool) -> None:
    """Copy the store into FILE, while Vigil runs or not; FILE is checked, and appears whole or not at all.

    It holds everything but your configuration and what `vigil train` wrote. Keep it as you would the messages in it: what
    is erased later stays in it.
    """
    from bot import backup as copies
    from bot.replay_progress import Progress

    with Progress("pages", 0) as progress:
        held = copies.backup(Path(settings(ctx).store.path), file, force, progress.of)
    _note(Path(settings(ctx).store.path))
    text = f"{file}: sound, {held['bytes'] / 1e6:.1f} MB, {held['threads']} threads, {held['entries']} live entries"
    report(as_json, held, text)


def _note(store: Path) -> None:
    """Write into the log that everything was copied; a store that takes no line now has been copied all the same."""
    from bot import backup as copies
    from bot.memory import open_memory
    from bot.store import StoreError

    try:
        if copies.current(store):
            noted(open_memory(store), "backup", "store", time.time())
    except StoreError as trouble:
        click.echo(f"vigil: the copy is whole; the audit log does not say that it was made: {trouble}", err=True)


@click.command()
@FILE
@AS_JSON
@click.pass_context
def restore(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Put a backup in the store's place; Vigil must not be running. The former store is kept beside it.

    What was said since is fetched from the platform at the next start, recorded and not answered; what is waiting to be
    sent is looked for first; what was erased since is erased again.
    """
    from bot import backup as copies
    from bot.replay_progress import Progress

    with Progress("pages", 0) as progress:
        target = Path(settings(ctx).store.path)
        done = copies.restore(file, target, me(), time.time(), progress.of)
    at = (
        datetime.fromtimestamp(done.made_at, UTC).isoformat(timespec="seconds")
        if done.made_at
        else "before its first run"
    )
    body = {"as_of": at, "former": str(done.former or ""), "erased_again": done.erased, "persons": done.persons}
    report(as_json, body, f"Restored as of {at}." + (f" The former store is {done.former}." if done.former else ""))
    if done.erased:
        click.echo(f"{done.erased} erasure(s) made since are made again at the next start.", err=True)
    if done.persons:
        click.echo(f"{done.persons} person(s) were forgotten since: run `vigil forget --user ID` again.", err=True)
    if done.blind:
        click.echo("The former store cannot be read: repeat what `vigil forget` did since.", err=True)
