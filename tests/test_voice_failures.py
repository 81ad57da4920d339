"""Whatever a language model's endpoint does, questions get what they would have got without one, marked, and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo import free_port
from bot.sandbox import (
    Cut,
    Declined,
    Empty,
    Fault,
    Garbage,
    OffShape,
    Overloaded,
    Refuses,
    ServerError,
    Trickle,
    Truncated,
    Waits,
    WrongTool,
)
from knowledge.embedding import Embedder
from tests.harness import Town
from tests.voiced import KEY, claude, day, everything, fresh, said, talk

NONSENSE = "colourless green ideas sleep furiously"
POSTS = ("vigil_suggestion", "vigil_follow_up", "vigil_case")
NEVER = threading.Event()
FAULTS: dict[str, tuple[Fault, ...]] = {
    "down": (),
    "hanging": (Waits(NEVER),),
    "slow": (Trickle(0.1),),
    "refusing": (
        Refuses(401, "authentication_error", NONSENSE), Refuses(400, "invalid_request_error", NONSENSE),
        Refuses(429, "rate_limit_error", NONSENSE), ServerError(500), Overloaded(),
    ),
    "garbled": (
        OffShape(f'{{"text": "{NONSENSE}", "parts": "{NONSENSE}"}}'), OffShape(f"Sure! {NONSENSE}."), Empty(),
        Garbage(f'{{"id": "msg_1", "content": [{{"type": "text", "text": "{NONSENSE}'.encode()),
        Garbage(f"<html><body>{NONSENSE}</body></html>".encode()), WrongTool("delete_everything"),
    ),
    "broken off": (Truncated(), Cut(), Declined()),
}  # fmt: skip
"""What strikes each call in turn."""


@pytest.fixture
def endpoint(town: Town) -> Iterator[Town]:
    fresh(town.box)
    yield town
    fresh(town.box)


@pytest.fixture(scope="module")
def without(shared_town: Town, tmp_path_factory: pytest.TempPathFactory, model: Embedder) -> list[tuple[str, str]]:
    """What a Vigil without a model says in that day."""
    shared_town.clear()
    found = said(day(talk(shared_town, tmp_path_factory.mktemp("without"), model, None)), *POSTS)
    shared_town.clear()
    assert [kind for kind, _ in found].count("vigil_suggestion") == 2
    assert {kind for kind, _ in found} == set(POSTS)
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_every_failure_leaves_what_would_have_been_said_without_a_model_and_marks_it(
    name: str,
    endpoint: Town,
    tmp_path: Path,
    model: Embedder,
    without: list[tuple[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = f"http://127.0.0.1:{free_port()}" if name == "down" else endpoint.box.url
    for fault in FAULTS[name] * 40:
        endpoint.box.faults.next("messages", fault)
    chat = day(talk(endpoint, tmp_path, model, claude(url)))
    assert said(chat, *POSTS) == without
    assert NONSENSE not in everything(chat)
    asked = {request.task for request in endpoint.box.llm.requests}
    assert name == "down" or {"compose", "extract", "follow_up"} <= asked
    assert _unmarked(chat.live.memory.decisions.listed(limit=500)) == []
    marks = chat.live.memory.database.read("SELECT 1 FROM audit WHERE action LIKE 'case in people''s own words: %'")
    assert len(marks) == 1
    assert chat.live.memory.database.value("SELECT count(*) FROM inbox WHERE state NOT IN ('open', 'done')") == 0
    assert KEY not in everything(chat) + caplog.text
    assert [path.name for path in tmp_path.iterdir() if KEY.encode() in path.read_bytes()] == []


def _unmarked(decisions: list[dict[str, object]]) -> list[object]:
    """Decisions in which a model would have had a word, and that do not say that it gave none."""
    spoke = [row for row in decisions if row["action"] == "public" and row["kind"] in ("suggestion", "follow_up")]
    assert spoke
    asked = [row["reasons"] for row in spoke if "about my suggestion" not in str(row["reasons"])]
    return [reasons for reasons in asked if "model gave no answer" not in str(reasons)]
