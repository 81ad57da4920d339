"""What became of an entry, on the command line: `vigil knowledge log`, with its versions, states, reasons and differences."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli_base import report, settings

if TYPE_CHECKING:
    from knowledge.models import Case


@click.command("log")
@click.argument("entry_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
@click.pass_context
def log(ctx: click.Context, entry_id: int, as_json: bool) -> None:
    """Show what became of an entry: versions, states, who, when, why, and what each version changed."""
    from bot.memory import open_memory
    from knowledge.models import KnowledgeError

    memory = open_memory(Path(settings(ctx).store.path))
    entry = memory.entries.get(entry_id)
    if entry is None:
        raise KnowledgeError(f"there is no entry {entry_id}; see: vigil knowledge list")
    steps = _steps(memory.entries.steps(entry_id), memory.entries.versions_of(entry_id))
    bonds = [
        {"entry": b.entry_id, "other": b.other, "relation": str(b.relation), "searched_by_its_words": b.says,
         "at": _moment(b.at)}
        for b in memory.entries.bonds([entry_id])
    ]  # fmt: skip
    due = [{"why": r.why, "section": r.other, "since": _moment(r.since)} for r in memory.curation.reviews([entry_id])]
    row = {"entry": entry_id, "kind": str(entry.case.kind), "title": entry.case.title, "status": str(entry.status),
           "version": entry.version, "steps": steps, "bonds": bonds, "review": due}  # fmt: skip
    head = f"entry {entry_id} · {entry.case.kind} · {entry.status} · version {entry.version} · {entry.case.title}"
    lines = [head, *map(_told, steps), *(f"{b['entry']} is judged {b['relation']} of {b['other']}" for b in bonds)]
    lines += [f"due for review since {r['since']}: {r['why']}" for r in due]
    report(as_json, row, "\n".join(lines))


def _steps(steps: Sequence[Any], versions: Sequence[tuple[int, str, float, str, Case]]) -> list[dict[str, Any]]:
    """All steps with what their version changed, oldest first; versions older than the log of steps stand for themselves."""
    differences, before = {}, ""
    for number, _, _, _, case in versions:
        text = _text(case)
        differences[number] = _difference(before, text, number)
        before = text
    written = {step.version for step in steps}
    rows = [
        _row(0, at, actor, status, "", 0, "", 0, status, number) for number, status, at, actor, _ in versions
        if number not in written
    ]  # fmt: skip
    rows += [
        _row(
            s.id,
            s.at,
            s.actor,
            str(s.deed),
            s.reason,
            s.other,
            str(s.was or ""),
            s.was_version,
            str(s.status),
            s.version,
        )
        for s in steps
    ]
    for row in rows:
        fresh = row["version"] != row["was_version"]
        row["difference"] = differences.get(row["version"], "") if fresh and row["was_version"] else ""
        row["at"] = _moment(row["at"])
    return rows


def _row(
    step: int, at: float, actor: str, deed: str, reason: str, other: int, was: str, was_version: int, status: str,
    version: int,
) -> dict[str, Any]:  # fmt: skip
    return {"step": step, "at": at, "actor": actor, "deed": deed, "reason": reason, "other": other, "was": was,
            "was_version": was_version, "status": status, "version": version}  # fmt: skip


def _told(row: Mapping[str, Any]) -> str:
    was = f"{row['was']} v{row['was_version']} -> " if row["was"] else ""
    about = f" (entry {row['other']})" if row["other"] else ""
    number = f"step {row['step']}" if row["step"] else "step -"
    lines = [f"{number}  {row['at']}  {row['actor']}  {row['deed']}{about}  {was}{row['status']} v{row['version']}"]
    lines += [f"    {row['reason']}"] if row["reason"] else []
    return "\n".join([*lines, *(f"    {line}" for line in row["difference"].splitlines())])


def _text(case: Case) -> str:
    """The case as lines to compare; what is empty is left out."""
    fields = ("title", "problem", "environment", "cause", "resolution")
    return "\n".join(f"{name}: {value}" for name in fields if (value := getattr(case, name)))


def _difference(before: str, after: str, number: int) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"version {number - 1}", f"version {number}", lineterm="", n=1
    )  # fmt: skip
    return "\n".join(lines)


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))
