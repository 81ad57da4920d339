"""Ingestion as the command line and replays run it: with a progress bar on standard error and a line for each bad file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from knowledge.ingest import ingest
from knowledge.library import KnowledgeBase
from knowledge.models import Audience


def ingest_paths(
    knowledge: KnowledgeBase, paths: Sequence[Path], audience: str, base_url: str, actor: str, now: float
) -> dict[str, int]:
    """Ingest files and folders; returns the report's counts. Bad files are named on standard error and skipped."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("ingest", total=None)

        def step(done: int, total: int, container: str) -> None:
            progress.update(bar, completed=done, total=total, description=container[-40:])

        def skip(path: Path, why: str) -> None:
            click.echo(f"skipped {path}: {why}", err=True)

        scopes = Audience(frozenset(part.strip() for part in audience.split(",") if part.strip()))
        return asdict(ingest(paths, knowledge, scopes, actor, now, step, skip, base_url))
