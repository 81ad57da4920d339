"""The whole worker with a language model over sockets: a call that hangs holds up nobody, budgets hold, the key stays secret."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import app, live
from bot.config import LLM, Config, Embedding, Rules, Slack, StoreSettings
from bot.events import Event
from bot.jobs.crew import Crew
from bot.jobs.signs import Signs
from bot.memory import Memory, open_memory
from bot.platforms.slack_listener import SlackListener
from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import BOT_ID, OffShape, Overloaded, Refuses, Sandbox, Waits, Workspace
from bot.tally import Tally
from knowledge.ingest import ingest
from knowledge.models import Audience
from knowledge.redaction import redact
from tests.processes import GUIDE, QUESTION, Processes
from tests.voiced import KEY, settings

PATIENCE = 60.0
OTHERS = 8
OPEN = Rules(mode="public", threshold=0.3, per_channel_per_hour=99, cooldown_minutes=0.0, repeat_days=0.0)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 20)) as found:
        yield found


@contextmanager
def working(box: Sandbox, folder: Path, llm: LLM) -> Iterator[tuple[Crew, Memory, threading.Thread]]:
    """A listener and a worker in this process, over one store, with that model."""
    slack = Slack(base_url=box.api_url, pace=1000.0, bot_token="xoxb-sandbox", app_token="xapp-sandbox")
    config = Config(
        slack=slack,
        store=StoreSettings(str(folder / "vigil.db")),
        embedding=Embedding("hashing"),
        defaults=OPEN,
        llm=llm,
    )
    memory = open_memory(folder / "vigil.db")
    (folder / "uploads.md").write_text(GUIDE)
    ingest(
        [folder / "uploads.md"],
        app.knowledge_base(config, memory, app.embedder(config), None),
        Audience.everyone(),
        "test",
        0.0,
    )
    crew = live.crew_of(config, memory, None, app.owner(), Signs(60.0), Tally())
    listener = SlackListener(slack, redact, ping_seconds=0.5)

    def put(event: Event, raw_id: str, aliases: tuple[str, ...]) -> bool:
        new = memory.inbox.put(event, raw_id, aliases, time.time())
        crew.ring()
        return new

    work = threading.Thread(target=crew.run)
    ears = threading.Thread(target=listener.run, args=(put, lambda _: None, lambda *_: None))
    for thread in (work, ears):
        thread.start()
    box.wait_connected(timeout=30)
    try:
        yield crew, memory, work
    finally:
        crew.stop()
        listener.stop()
        box.stop()
        for thread in (work, ears):
            thread.join(PATIENCE)


def asks(box: Sandbox, number: int) -> str:
    """Somebody asks Vigil; the question's ts."""
    return box.say("C0HELP", "U0ANA", "<@U0VIGIL> " + QUESTION.format(number))


def answered(box: Sandbox, root: str) -> list[str]:
    return [str(m["text"]) for m in box.messages("C0HELP", root) if m.get("bot_id") == BOT_ID]


@pytest.mark.timeout(180)
def test_a_call_that_hangs_holds_up_no_other_thread_and_no_stop(box: Sandbox, tmp_path: Path) -> None:
    released = threading.Event()
    with working(box, tmp_path, settings(box.url, timeout_seconds=40.0)) as (crew, memory, work):
        box.faults.next("messages", Waits(released))
        slow = asks(box, 0)
        with box.llm.changed:
            assert box.llm.changed.wait_for(lambda: box.llm.under_way, PATIENCE), "the call that hangs"
        others = [asks(box, number + 1) for number in range(OTHERS)]
        for root in others:
            box.wait_for(lambda b, r=root: answered(b, r), PATIENCE, "an answer beside the hanging call")  # type: ignore[misc]
        assert answered(box, slow) == []
        crew.stop()
        work.join(10)
        assert not work.is_alive()
        rows = memory.database.read("SELECT state, error FROM inbox WHERE error!='' AND lane LIKE ?", (f"%:{slow}",))
        released.set()
        assert rows == [("open", "Vigil was stopped")], "the next start answers it"


@pytest.mark.timeout(180)
def test_budgets_hold_under_concurrency_to_within_one_call(box: Sandbox, tmp_path: Path) -> None:
    llm = settings(box.url, timeout_seconds=10.0, tokens_per_day=9000, at_once=8)
    with working(box, tmp_path, llm) as (_, memory, _):
        roots = [asks(box, number) for number in range(2 * OTHERS)]
        for root in roots:
            box.wait_for(lambda b, r=root: answered(b, r), PATIENCE, "an answer, with or without a model")  # type: ignore[misc]
        rows = memory.database.read("SELECT read+cached+kept+written FROM calls WHERE failure=''")
        used = [int(row[0]) for row in rows]
    assert used, "some were asked"
    assert sum(used) <= 9000 + max(used)
    assert len(used) < len(roots), "not all were"
    marks = memory.database.value(
        "SELECT count(*) FROM decisions WHERE reasons LIKE '%budget is used up%' OR reasons LIKE '%too many calls%'"
    )
    assert marks > 0


CONFIG = """
[llm]
enabled = true
base_url = "{url}"
timeout_seconds = 1.0
retries = 1
"""


@pytest.mark.timeout(180)
def test_the_key_is_in_no_log_page_error_or_file(box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    vigil = Processes(box, tmp_path, hold_minutes=0.0)
    vigil.config.write_text(vigil.config.read_text().replace('"info"', '"debug"') + CONFIG.format(url=box.url))
    vigil.teach()
    vigil.start()
    try:
        vigil.until(vigil.healthy, "a healthy start")
        faults = [Refuses(401, "authentication_error", f"invalid x-api-key {KEY}"), Overloaded(), OffShape(KEY), None]
        for number, fault in enumerate(faults):
            if fault is not None:
                box.faults.next("messages", fault, 2)
            root = asks(box, number)
            vigil.until(lambda r=root: answered(box, r), "an answer")  # type: ignore[misc]
            box.faults.clear()
        assert {request.key for request in box.llm.requests} == {KEY}, "it was sent where it belongs"
        told = [_page(vigil, path) for path in ("healthz", "metrics")]
        told += [str(m) for m in box.all_messages("C0HELP")]
        done = vigil.command("doctor")
        told += [done.stdout, done.stderr, str(vigil.memory().decisions.listed())]
    finally:
        assert vigil.stop() == 0
    assert [piece for piece in told if KEY in piece] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert files == [], "neither log nor store"
    assert "Traceback" not in vigil.log.read_text()


def _page(vigil: Processes, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{vigil.console}/{path}", timeout=5) as answer:
        return bytes(answer.read()).decode()
