"""Commands about knowledge: ingest documents, search, and look after entries."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_base import report, settings
from bot.cli_knowledge_deeds import edit, verbs
from bot.cli_knowledge_log import log
from bot.cli_operator import Verbs, me, noted
from bot.outgoing_signs import visible

if TYPE_CHECKING:
    from bot.config import Config
    from bot.memory import Memory
    from knowledge.library import KnowledgeBase


def opened(ctx: click.Context) -> tuple[Config, Memory, KnowledgeBase]:
    """Configuration, memory and knowledge base of the store that the command line names."""
    from bot import app
    from bot.memory import open_memory

    config = settings(ctx)
    memory = open_memory(Path(config.store.path))
    model = app.embedder(config)
    return config, memory, app.knowledge_base(config, memory, model, app.cache_path(config))


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--audience", default="everyone", show_default=True, help="Who may read it: everyone, workspace:..., channel:..."
)
@click.option("--base-url", default="", help="Address under which the documents are published; links are made from it.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.pass_context
def ingest(ctx: click.Context, paths: tuple[Path, ...], audience: str, base_url: str, as_json: bool) -> None:
    """Read documents into the knowledge base: Markdown, HTML, text, PDF, JSONL(.gz) and Slack export zips, or folders.

    Running it again updates what changed and retires what is gone.
    """
    from bot.ingesting import ingest_paths

    _, memory, knowledge = opened(ctx)
    found = ingest_paths(knowledge, paths, audience, base_url, me(), time.time())
    knowledge.save_cache()
    noted(memory, "ingest", f"{found['files']} file(s)", time.time())
    text = (f"{found['files']} files, {found['sections']} sections: {found['added']} new, {found['updated']} updated, "
            f"{found['unchanged']} unchanged, {found['retired']} retired, {found['skipped']} skipped")  # fmt: skip
    report(as_json, found, text)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--audience", default="everyone", show_default=True, help="Whose eyes to search with; several by commas.")
@click.option("--limit", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a hit.")
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], audience: str, limit: int, as_json: bool) -> None:
    """Search the knowledge base and say why each hit was found."""
    from knowledge.models import Audience, Query

    _, _, knowledge = opened(ctx)
    query = Query(" ".join(words), Audience(frozenset(audience.split(","))), limit, time.time())
    hits = knowledge.search(query)
    if not hits and not as_json:
        click.echo("nothing found")
    for number, hit in enumerate(hits, 1):
        case = hit.entry.case
        row = {"entry": hit.entry.id, "title": case.title, "section": case.problem, "url": case.url, "kind": case.kind,
               "score": round(hit.score, 4), "helpful": round(hit.helpful, 3), "why": list(hit.why), "passage": hit.passage}  # fmt: skip
        passage = " ".join(hit.passage.split())[:160]
        report(
            as_json,
            row,
            f"{number}. {case.title} · {case.kind} · helpful {hit.helpful:.2f} ({'; '.join(hit.why)})\n   {case.url}\n   {passage}",
        )


@click.group(cls=Verbs)
def knowledge() -> None:
    """Look after entries: list, show, log, approve, edit, reject, retire, confirm, undo, erase."""


@knowledge.command("list")
@click.option(
    "--status", type=click.Choice(["proposed", "live", "superseded", "retired"]), default="proposed", show_default=True
)
@click.option("--review", is_flag=True, help="The live entries that are due for review instead, the longest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an entry.")
@click.pass_context
def listed(ctx: click.Context, status: str, review: bool, as_json: bool) -> None:
    """List the entries in one state, newest change first."""
    from bot.memory import open_memory
    from knowledge.models import Status

    memory = open_memory(Path(settings(ctx).store.path))
    due = [memory.entries.get(row.entry_id) for row in memory.curation.reviews()] if review else []
    for entry in filter(None, due) if review else memory.entries.with_status(Status(status)):
        row = {"id": entry.id, "kind": entry.case.kind, "title": entry.case.title, "source": entry.case.source,
               "version": entry.version, "helpful": entry.helpful, "unhelpful": entry.unhelpful}  # fmt: skip
        report(as_json, row, f"{entry.id:6}  {entry.case.kind:9}  v{entry.version}  {entry.case.title}")


@knowledge.command()
@click.argument("entry_id", type=int)
@click.pass_context
def show(ctx: click.Context, entry_id: int) -> None:
    """Show one entry whole."""
    from bot.cli_gaps import waiting
    from bot.memory import open_memory
    from knowledge.models import KnowledgeError

    memory = open_memory(Path(settings(ctx).store.path))
    entry = memory.entries.get(entry_id)
    if entry is None:
        raise KnowledgeError(f"there is no entry {entry_id}; see: vigil knowledge list")
    case = entry.case
    head = f"{case.title}\n{case.kind} · {entry.status} · version {entry.version} · {case.url or case.source}\n"
    click.echo(visible(head))  # what others wrote must not steer the terminal
    parts = (
        ("Problem", case.problem),
        ("Environment", case.environment),
        ("Cause", case.cause),
        ("Answer", case.resolution),
    )
    click.echo(visible("\n\n".join(f"{name}\n{text}" for name, text in parts if text)))
    if case.said:
        rows = [f"{said.turn}  {' '.join(said.text.split())[:80]}" for said in case.said]
        click.echo(visible("\n".join(["", "Said in", *rows])))
    if proposed := waiting(memory, entry_id):
        click.echo(visible(f"\nProposed corrections\n{proposed}"))


@knowledge.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a thread.")
@click.pass_context
def refused(ctx: click.Context, as_json: bool) -> None:
    """List the resolved threads that no case was made of, and why, newest first."""
    from datetime import datetime

    from bot.memory import open_memory
    from bot.outcomes import REFUSED

    for thread, action, at in open_memory(Path(settings(ctx).store.path)).audit.learned():
        if action.startswith(REFUSED):
            row = {"thread": thread, "reason": action.removeprefix(REFUSED), "at": at}
            report(as_json, row, f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}  {thread}  {row['reason']}")


for _deed in (*verbs(), edit, log):
    knowledge.add_command(_deed)


@knowledge.command()
@click.argument("entry_ids", nargs=-1, required=True, type=int)
@click.confirmation_option(prompt="Erase for good?")
@click.pass_context
def erase(ctx: click.Context, entry_ids: tuple[int, ...]) -> None:
    """Remove entries, all their versions and vectors, for good."""
    _, memory, base = opened(ctx)
    base.erase(list(entry_ids), time.time())
    for entry_id in entry_ids:
        noted(memory, "erase", f"entry {entry_id}", time.time())
    click.echo(f"erased {len(entry_ids)}")


@knowledge.command()
@click.pass_context
def repair(ctx: click.Context) -> None:
    """Remove rows that point to nothing, and build the index anew from the entries."""
    _, memory, base = opened(ctx)
    swept = memory.erasures.sweep()
    base.rebuild()
    base.save_cache()
    noted(memory, "repair", "store", time.time())
    click.echo(f"removed {swept} row(s) that pointed to nothing; the index holds {base.size} live entries")
