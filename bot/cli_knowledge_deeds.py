"""Commands that change entries: approve, edit, reject, retire, confirm, undo; each leaves a step and a line in the audit log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bot.cli_operator import me, noted

if TYPE_CHECKING:
    from bot.memory import Memory
    from knowledge.library import KnowledgeBase
    from knowledge.models import Entry


def _verb(name: str, help_text: str, *more: Callable[[Any], Any]) -> click.Command:
    @click.argument("entry_ids", nargs=-1, required=True, type=int)
    @click.option("--as", "actor", default="", help="Who does it; the name you are logged in as by default.")
    @click.pass_context
    def act(ctx: click.Context, /, entry_ids: tuple[int, ...], actor: str, **given: Any) -> None:
        from bot.cli_knowledge import opened

        _, memory, base = opened(ctx)
        for entry_id in entry_ids:
            changed = _done(memory, name, entry_id, actor or me(), base, given)
            click.echo(f"{entry_id}: {changed.status}")
        base.save_cache()

    for option in more:
        act = option(act)
    return click.command(name, help=help_text)(act)


def _done(memory: Memory, name: str, entry_id: int, who: str, base: KnowledgeBase, given: Mapping[str, Any]) -> Entry:
    """Do it, or be refused, and write that into the audit log; raises KnowledgeError in one line when it cannot be."""
    from knowledge.models import KnowledgeError

    now = time.time()
    wanted = {key: value for key, value in given.items() if value}
    if name == "approve":
        if given["keep_both"] and given["replace_old"]:
            raise click.UsageError("name one of --keep-both and --replace")
        wanted = {"replaces": bool(given["replace_old"])} if given["keep_both"] or given["replace_old"] else {}
    try:
        _eyes(memory, name, entry_id, base)
        changed: Entry = getattr(base, name)(entry_id, actor=who, now=now, **wanted)
    except KnowledgeError:
        noted(memory, name, f"entry {entry_id}", now, who, allowed=False)
        raise
    noted(memory, name, f"entry {entry_id}", now, who)
    return changed


def _eyes(memory: Memory, name: str, entry_id: int, base: KnowledgeBase) -> None:
    """Whoever names another with --as is still the one who wrote a case."""
    from bot.dialogue.authority import VOUCHING
    from knowledge.curated import is_only_author
    from knowledge.models import KnowledgeError

    entry = memory.entries.get(entry_id)
    if entry is not None and name in VOUCHING and base.second_approver and is_only_author(entry, me()):
        raise KnowledgeError(f"entry {entry_id} was written by you: somebody else must {name} it")


def verbs() -> Iterator[click.Command]:
    """The commands that change entries by their numbers alone."""
    reason = click.option("--reason", default="", help="Why, for the log; one line without anybody's words.")
    keep = click.option("--keep-both", is_flag=True, help="Leave the case that it would replace or contradicts in use.")
    instead = click.option("--replace", "replace_old", is_flag=True, help="Put it in the place of that case.")
    step = click.option("--step", default=0, help="Number of the step to take back, as `vigil knowledge log` shows it.")
    yield _verb("approve", "Make proposed cases live.", keep, instead)
    yield _verb("reject", "Take proposed cases out.", reason)
    yield _verb("retire", "Make entries unfindable.", reason)
    yield _verb("confirm", "Say of live entries that they are still right.")
    yield _verb("undo", "Take back the last step of entries, or one named, and what was posted from them.", step)


@click.command()
@click.argument("entry_id", type=int)
@click.option("--title", default="", help="Its new title.")
@click.option("--problem", default="", help="Its new problem.")
@click.option("--answer", default="", help="Its new answer; - reads it from standard input.")
@click.option("--as", "actor", default="", help="Who does it; the name you are logged in as by default.")
@click.pass_context
def edit(ctx: click.Context, entry_id: int, title: str, problem: str, answer: str, actor: str) -> None:
    """Change the text of an entry; a case must be approved (again) by somebody else."""
    from bot.cli_knowledge import opened
    from knowledge.models import KnowledgeError

    if not (title or problem or answer):
        raise click.UsageError("say what is to change: --title, --problem or --answer")
    _, memory, base = opened(ctx)
    entry = memory.entries.get(entry_id)
    if entry is None:
        raise KnowledgeError(f"there is no entry {entry_id}; see: vigil knowledge list")
    answer = sys.stdin.read() if answer == "-" else answer
    old = entry.case
    case = replace(
        old, title=title.strip() or old.title, problem=problem.strip() or old.problem,
        resolution=answer.strip() or old.resolution,
    )  # fmt: skip
    changed = _done(memory, "edit", entry_id, actor or me(), base, {"case": case})
    click.echo(f"{entry_id}: {changed.status}, version {changed.version}")
    base.save_cache()
