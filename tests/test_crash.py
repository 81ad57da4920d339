"""`vigil run` under kill -9 and a failing Slack: nothing is lost, nothing is posted twice, holds still fall due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Cut, RateLimit, Sandbox, ServerError, Workspace
from bot.sandbox.models import Json
from tests.processes import QUESTION, Processes, running

MESSAGES = 20
KILLS = {4: "worker", 8: "listener", 12: "supervisor", 16: "worker"}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 60)) as found:
        yield found


@pytest.mark.timeout(180)
def test_kills_in_the_middle_of_a_conversation_lose_and_double_nothing(box: Sandbox, tmp_path: Path) -> None:
    with running(box, tmp_path) as vigil:
        box.faults.next("chat.postMessage", Cut())
        said = talked(vigil)
        box.wait_acked(60)
        vigil.until(lambda: at_rest(vigil) and len(answered(vigil)) == len(said), "an answer to every question")
        memory = vigil.memory()
        heard = Counter(row[0] for row in memory.database.read("SELECT id FROM turns WHERE flags&2=0"))
        assert heard == Counter(f"slack:T0SMALL:C0HELP:{ts}" for ts in said)
        assert answered(vigil) == Counter(said)
        assert max(keys(vigil.own("C0HELP")).values()) == 1
        # Vigil hears its own last answers too, a moment after they are out.
        vigil.until(lambda: memory.inbox.backlog() == memory.outbox.backlog() == (0, 0), "empty boxes")
        assert {type(fault) for _, fault in box.faults.struck} == {Cut, RateLimit, ServerError}
        held = memory.database.value("SELECT count(DISTINCT thread_id) FROM decisions WHERE action='hold'")
        assert held >= MESSAGES // 2
    assert vigil.run is not None
    assert vigil.run.returncode == 0


def talked(vigil: Processes) -> list[str]:
    """Say the messages one after another, with a kill or a fault between some; the timestamps."""
    box, said = vigil.box, []
    for number in range(MESSAGES):
        said.append(box.say("C0HELP", "U0BEN" if number % 2 else "U0CLEO", QUESTION.format(number)))
        if number == 5:
            box.faults.next("chat.postMessage", RateLimit(1))
            box.faults.next("chat.postMessage", ServerError(500, applied=True))
            box.faults.next("chat.postMessage", ServerError(500))
        if number in KILLS:
            vigil.until(lambda n=number: vigil.kill(KILLS[n]), f"a {KILLS[number]} to kill")
            vigil.until(lambda: recorded(vigil) >= len(said) - 2, "most of what was said")
    return said


def recorded(vigil: Processes) -> int:
    return int(vigil.memory().database.value("SELECT count(*) FROM turns WHERE flags&2=0"))


def at_rest(vigil: Processes) -> bool:
    memory = vigil.memory()
    return (
        memory.inbox.backlog()[0] == memory.outbox.backlog()[0] == 0
        and memory.database.value("SELECT count(*) FROM wake_ups") == 0
    )


def answered(vigil: Processes) -> Counter[str]:
    """How often Vigil spoke in each thread."""
    return Counter(str(m.get("thread_ts")) for m in vigil.own("C0HELP"))


def keys(messages: list[Json]) -> Counter[str]:
    return Counter(str(m["blocks"][0].get("block_id")) for m in messages)
