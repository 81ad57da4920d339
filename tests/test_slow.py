"""The whole worker over a real socket: one slow answer delays nobody else, and stopping does not wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import app, live
from bot.config import Config, Embedding, Rules, Slack, StoreSettings
from bot.dialogue import suggest
from bot.events import Event
from bot.jobs.crew import Crew
from bot.jobs.signs import Signs
from bot.memory import Memory, open_memory
from bot.models import Score, Suggestion, Thread
from bot.platforms.slack_listener import SlackListener
from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import BOT_ID, Sandbox, Workspace
from bot.tally import Tally
from knowledge.ingest import ingest
from knowledge.models import Audience
from knowledge.redaction import redact
from tests.processes import GUIDE, QUESTION

PATIENCE = 60.0
OTHERS = 20


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 20)) as found:
        yield found


class Answerer:
    """Drafts as Vigil does, but lets whoever says "slowly" wait for `released`."""

    def __init__(self) -> None:
        self.begun, self.released = threading.Event(), threading.Event()
        self.times = 0

    def __call__(self, thread: Thread, score: Score, *others: Any) -> Suggestion | None:
        if "slowly" in thread.root.text and score.turn_id == thread.root.id:
            self.times += 1
            self.begun.set()
            assert self.released.wait(PATIENCE)
        return suggest.draft(thread, score, *others)


@contextmanager
def working(box: Sandbox, folder: Path, answerer: Answerer) -> Iterator[tuple[Crew, Memory, threading.Thread]]:
    """A listener and a worker in this process, over one store."""
    slack = Slack(base_url=box.api_url, pace=1000.0, bot_token="xoxb-sandbox", app_token="xapp-sandbox")
    config = Config(
        slack=slack, store=StoreSettings(str(folder / "vigil.db")), embedding=Embedding("hashing"),
        defaults=Rules(mode="public", threshold=0.3),
    )  # fmt: skip
    memory = open_memory(folder / "vigil.db")
    (folder / "uploads.md").write_text(GUIDE)
    knowledge = app.knowledge_base(config, memory, app.embedder(config), None)
    ingest([folder / "uploads.md"], knowledge, Audience.everyone(), "test", 0.0)
    crew = live.crew_of(config, memory, None, app.owner(), Signs(60.0), Tally(), answerer)
    listener = SlackListener(slack, redact, ping_seconds=0.5)

    def put(event: Event, raw_id: str, aliases: tuple[str, ...]) -> bool:
        new = memory.inbox.put(event, raw_id, aliases, time.time())
        crew.ring()
        return new

    threads = [
        threading.Thread(target=crew.run),
        threading.Thread(target=listener.run, args=(put, lambda _: None, lambda *_: None)),
    ]
    for thread in threads:
        thread.start()
    box.wait_connected(timeout=30)
    try:
        yield crew, memory, threads[0]
    finally:
        answerer.released.set()
        crew.stop()
        listener.stop()
        box.stop()
        for thread in threads:
            thread.join(PATIENCE)


def answered(box: Sandbox, root: str) -> int:
    return sum(m.get("bot_id") == BOT_ID for m in box.messages("C0HELP", root))


@pytest.mark.timeout(180)
def test_one_slow_answer_delays_no_other_thread(box: Sandbox, tmp_path: Path) -> None:
    answerer = Answerer()
    with working(box, tmp_path, answerer) as (_, memory, _):
        slow = box.say("C0HELP", "U0ANA", "<@U0VIGIL> slowly: " + QUESTION.format(0))
        assert answerer.begun.wait(PATIENCE)
        box.say("C0HELP", "U0BEN", "same here", slow)
        box.say("C0HELP", "U0ANA", "<@U0VIGIL> and again: " + QUESTION.format(1), slow)
        others = [box.say("C0HELP", "U0BEN", "<@U0VIGIL> " + QUESTION.format(n + 2)) for n in range(OTHERS)]
        for root in others:
            box.wait_for(lambda b, r=root: answered(b, r) == 1, PATIENCE, "an answer beside the slow one")  # type: ignore[misc]
        stored = memory.database.read("SELECT count(*) FROM turns WHERE thread_id LIKE ?", (f"%:{slow}",))
        assert stored == [(0,)], "the slow thread's later events wait for their turn"
        assert answered(box, slow) == 0
        answerer.released.set()
        box.wait_for(lambda b: answered(b, slow) == 2, PATIENCE, "the slow thread's answers")
        assert answerer.times == 1
    said = [m["text"][:20] for m in box.messages("C0HELP", slow) if m.get("bot_id") != BOT_ID]
    assert len(said) == 3


@pytest.mark.timeout(180)
def test_stopping_hands_back_what_is_slow(box: Sandbox, tmp_path: Path) -> None:
    answerer = Answerer()
    with working(box, tmp_path, answerer) as (crew, memory, work):
        box.say("C0HELP", "U0ANA", "<@U0VIGIL> slowly: " + QUESTION.format(0))
        assert answerer.begun.wait(PATIENCE)
        crew.stop()
        work.join(10)
        assert not work.is_alive()
        rows = memory.database.read("SELECT state, lease_until, error FROM inbox WHERE state!='done'")
        assert rows == [("open", 0.0, "Vigil was stopped")]
        answerer.released.set()
    with working(box.start(), tmp_path, answerer):
        root = box.messages("C0HELP")[0]["ts"]
        box.wait_for(lambda b: answered(b, root) == 1, PATIENCE, "the answer after the next start")
    assert answerer.times == 2
