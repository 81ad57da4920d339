"""What the commands about knowledge show of a case, and of the threads that taught nothing."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bot.cli import main
from bot.memory import open_memory
from bot.outcomes import PROPOSED, REFUSED, Act
from knowledge.models import Audience, Case, Kind, Said, Status

NOW = 1_763_000_000.0


def vigil(folder: Path, *arguments: str) -> str:
    config = folder / "config.toml"
    config.write_text(f'[store]\npath = "{folder / "vigil.db"}"\n[embedding]\nmodel = "hashing"\n')
    result = CliRunner().invoke(main, ["--config", str(config), "knowledge", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_refused_threads_are_listed_with_their_reason_newest_first(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "vigil.db")
    for at, (thread, action) in enumerate(
        [("t1", f"{REFUSED}no reply"), ("t2", PROPOSED), ("t3", f"{REFUSED}too thin")]
    ):
        memory.audit.append(Act("vigil", action, thread, True), NOW + at)
    memory.database.close()
    shown = [line.split("  ", 1)[1] for line in vigil(tmp_path, "refused").splitlines()]
    assert shown == ["t3  too thin", "t1  no reply"]
    told = [json.loads(line) for line in vigil(tmp_path, "refused", "--json").splitlines()]
    assert told[0] == {"thread": "t3", "reason": "too thin", "at": NOW + 2}


def test_show_tells_where_each_sentence_was_said(tmp_path: Path) -> None:
    memory = open_memory(tmp_path / "vigil.db")
    said = (Said("c:1", "The pool is exhausted."), Said("c:2", "Use port 6432."))
    case = Case(
        Kind.CASE, "Pool", "The pool is exhausted.", "Use port 6432.", Audience.everyone(), "thread:c:1",
        environment="PgBouncer 1.21", turns=("c:1", "c:2"), said=said,
    )  # fmt: skip
    entry = memory.entries.put([case], Status.PROPOSED, "vigil", NOW)[0]
    memory.database.close()
    shown = vigil(tmp_path, "show", str(entry.id))
    assert "Environment\nPgBouncer 1.21" in shown
    assert shown.endswith("Said in\nc:1  The pool is exhausted.\nc:2  Use port 6432.\n")
