"""The commands `vigil audit`: prove that the log of who did what is whole, and write it out."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_base import report, settings
from bot.cli_operator import Verbs, noted

if TYPE_CHECKING:
    from bot.memory import Memory
    from bot.outcomes_audit import Head

HEAD = re.compile(r"([0-9]{1,12}):([0-9a-f]{64})")


@click.group(cls=Verbs)
def audit() -> None:
    """The log of who did, or was refused, what: prove it, and write it out; it holds no message's text."""


@audit.command()
@click.option(
    "--head", help="A head (LINE:HASH) that you noted earlier, from /healthz or the log: the line must still be it."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify(ctx: click.Context, head: str | None, as_json: bool) -> None:
    """Prove that no line was changed, dropped, moved, put in or cut off; exit code 1 and one line that says where.

    Every line holds a hash over itself and the line before, and a file beside the store (.audit) holds the last line.
    Whoever can write both can write the whole log anew, and only a head that was noted elsewhere tells: /healthz and
    the log of `vigil run` say it, and --head holds the log against it. Lines in a store that a backup replaced are in
    that former store. Names that `vigil forget` took are gone: what they did stays, and that they were taken is proven.
    """
    from bot.memory import open_memory
    from bot.models import VigilError

    memory = open_memory(Path(settings(ctx).store.path))
    if flaw := memory.audit.flaw(_head(head)):
        raise VigilError(f"the audit log is not as it was written: line {flaw.line} {flaw.what}")
    now = memory.audit.head()
    row = {"lines": now.line, "head": str(now)}
    report(as_json, row, f"{now.line} line(s), each as it was written; the head is {now}")


def _head(text: str | None) -> Head | None:
    from bot.outcomes_audit import Head

    if text is None:
        return None
    found = HEAD.fullmatch(text.strip())
    if found is None:
        raise click.UsageError("--head is a line's number, a colon and 64 hexadecimal digits, as /healthz shows it")
    return Head(int(found[1]), found[2])


@audit.command()
@click.argument("file")
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@click.pass_context
def export(ctx: click.Context, file: str, force: bool) -> None:
    """Write the log into FILE, one JSON object a line, oldest first; - writes to standard output.

    Each line: seq, actor, salt, digest (sha256 of salt and actor), at (epoch seconds), action, object, allowed (false for a
    refusal), previous and hash (sha256 of the JSON list of at, digest, action, object, allowed as 0 or 1, previous).
    """
    from bot.memory import open_memory

    memory = open_memory(Path(settings(ctx).store.path))
    noted(memory, "audit export", "log", time.time())
    if file == "-":
        for line in memory.audit.export():
            click.echo(line)
        return
    click.echo(f"{file}: {_written(memory, Path(file), force)} line(s)", err=True)


def _written(memory: Memory, path: Path, force: bool) -> int:
    """Write the file whole or not at all, readable by its owner only; how many lines."""
    from bot.models import VigilError

    if path.exists() and not force:
        raise VigilError(f"{path}: is there already; choose another name, or --force")
    part, lines = path.with_name(f"{path.name}.{os.getpid()}.tmp"), 0
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            for line in memory.audit.export():
                out.write(line + "\n")
                lines += 1
        part.replace(path)
    except OSError as refused:
        part.unlink(missing_ok=True)
        raise VigilError(f"{path}: cannot be written ({refused.strerror}); choose another place") from None
    return lines
