"""Commands about what people taught without being asked: gaps in what Vigil knows, and corrections that wait for approval."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_base import report, settings
from bot.cli_knowledge import knowledge, opened
from bot.cli_operator import me, noted

if TYPE_CHECKING:
    from bot.memory import Memory
    from bot.outcomes import Revision
    from knowledge.models import Entry


@knowledge.command()
@click.option("--least", default=1, show_default=True, help="Only what at least so many threads asked.")
@click.option("--channel", help="Only this channel (its id).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a gap.")
@click.pass_context
def gaps(ctx: click.Context, least: int, channel: str | None, as_json: bool) -> None:
    """List questions of the last 90 days that people answered and Vigil had nothing for, the most frequent first."""
    from bot import app
    from bot.dialogue.gap_cards import state_key
    from bot.dialogue.gaps import Gaps

    config, memory, base = opened(ctx)
    found = Gaps(memory.gaps, memory.entries, base, app.embedder(config), config.rules).found(
        time.time(), lambda place: channel in (None, place), least
    )
    for number, gap in enumerate(found, 1):
        threads = [
            {"id": one.thread_id, "title": one.entry.case.title, "url": one.entry.case.url,
             "state": state_key(one.unmet.state), "asked_at": one.unmet.asked_at}
            for one in gap.threads
        ]  # fmt: skip
        row = {"topic": gap.topic, "count": len(threads), "draft": gap.draft, "threads": threads}
        lines = [f"   {t['state']:8}  {t['title']}  {t['url'] or t['id']}" for t in threads]
        text = "\n".join([f"{number}. {gap.topic} (threads: {len(threads)})", *lines])
        report(as_json, row, f"{text}\n   to draft an entry: /vigil teach {threads[0]['url'] or gap.draft}")
    if not found and not as_json:
        click.echo("no gaps: nothing was asked that people answered and Vigil had nothing for")


@knowledge.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a correction.")
@click.pass_context
def corrections(ctx: click.Context, as_json: bool) -> None:
    """List corrections of cases that wait for approval, with what would change."""
    from bot.memory import open_memory

    memory = open_memory(Path(settings(ctx).store.path))
    for revision in memory.revisions.listed():
        entry = memory.entries.get(revision.entry_id)
        if entry is None:
            continue
        row = {"id": revision.id, "entry": entry.id, "title": entry.case.title, "why": revision.why,
               "author": revision.author, "at": revision.at, "now": entry.case.resolution, "then": revision.resolution}  # fmt: skip
        report(as_json, row, told(revision, entry))


def told(revision: Revision, entry: Entry) -> str:
    """A correction as text: what it corrects, why, by whom, and the difference."""
    from bot.dialogue.differences import difference

    head = f"{revision.id}  corrects entry {entry.id} (version {entry.version}) {entry.case.title}"
    return f"{head}\n{revision.why} by {revision.author}\n{difference(entry.case.resolution, revision.resolution)}"


@knowledge.command("correct")
@click.argument("revision_id")
@click.option("--reject", is_flag=True, help="Take the correction out instead; nothing changes.")
@click.option("--as", "actor", default="", help="Who does it; the name you are logged in as by default.")
@click.pass_context
def correct(ctx: click.Context, revision_id: str, reject: bool, actor: str) -> None:
    """Approve a correction (`vigil knowledge corrections` lists them): it becomes the case's new version."""
    from bot.dialogue import revising
    from bot.outcomes import Outcome
    from knowledge.models import KnowledgeError

    config, memory, base = opened(ctx)
    revision, who, now = memory.revisions.get(revision_id), actor or me(), time.time()
    if revision is None:
        raise KnowledgeError(f"there is no correction {revision_id}; see: vigil knowledge corrections")
    thing = f"revision of entry {revision.entry_id}"
    if not reject:
        if config.knowledge.second_approver and revision.author in (who, me()):
            noted(memory, "approve", thing, now, who, allowed=False)
            raise KnowledgeError(f"correction {revision_id} was proposed by you: somebody else must approve it")
        revising.approve(memory.entries, revision, who, now)
        base.refresh()
        base.save_cache()
    noted(memory, "reject" if reject else "approve", thing, now, who)
    memory.ledger.commit(Outcome(settled=(revision_id,)), now)
    click.echo(f"{revision.entry_id}: {'unchanged' if reject else 'corrected'}")


def waiting(memory: Memory, entry_id: int) -> str:
    """The corrections of an entry that wait, as text; "" for none."""
    entry = memory.entries.get(entry_id)
    return "\n\n".join(told(r, entry) for r in memory.revisions.of(entry_id)) if entry else ""
