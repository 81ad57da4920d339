"""`vigil forget` beside a running `vigil run`: within a minute nothing is left, on the disk and on the platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Sandbox, Workspace
from tests.processes import QUESTION, Processes, running

WORD = "zanzibar77"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(scopes=scopes(), events=events())) as found:
        yield found


def left(folder: Path, word: str = WORD) -> list[str]:
    """Names of the files that hold the word; the log is among them."""
    return sorted(path.name for path in folder.iterdir() if path.is_file() and word.encode() in path.read_bytes())


def answers(vigil: Processes, ts: str) -> int:
    return len([m for m in vigil.own("C0HELP") if m.get("thread_ts") == ts])


@pytest.mark.timeout(180)
def test_a_request_and_a_deletion_reach_the_running_vigil(box: Sandbox, tmp_path: Path) -> None:
    with running(box, tmp_path) as vigil:
        bens = box.say("C0HELP", "U0BEN", QUESTION.format(WORD))
        cleos = box.say("C0HELP", "U0CLEO", QUESTION.format("kumquat12"))
        vigil.until(lambda: answers(vigil, bens) and answers(vigil, cleos), "answers")
        assert left(tmp_path)
        done = vigil.command("forget", "--user", "U0BEN", "--yes")
        assert done.returncode == 0, done.stderr
        assert "1  messages" in done.stdout
        assert left(tmp_path) == left(tmp_path, "U0BEN") == []
        vigil.until(lambda: not answers(vigil, bens), "the answer to be taken back")
        assert answers(vigil, cleos) == 1
        assert left(tmp_path, "kumquat12")
        box.delete("C0HELP", cleos)
        vigil.until(lambda: not left(tmp_path, "kumquat12"), "the end of the words", 30.0)
        vigil.until(lambda: not answers(vigil, cleos), "the answer to be taken back")
        vigil.until(lambda: not vigil.memory().erasures.open(), "an empty list", 40.0)
        assert vigil.memory().erasures.orphans() == {}
