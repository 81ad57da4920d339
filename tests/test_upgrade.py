"""A store of any earlier schema, stopped in the middle of its work, is brought up to date whole and worked off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pysqlite3 as sqlite
import pytest
from click.testing import CliRunner

from bot.backup import backup, restore
from bot.cli import main
from bot.events import Turn
from bot.memory import open_memory
from bot.messages import Message, Post, Target
from bot.outcomes import Outcome
from bot.storage.codec import pack, pack_event
from bot.storage.migrating import MIGRATIONS, newest, statements
from bot.store import take
from bot.supervisor import FATAL
from knowledge.embedding import Embedder
from knowledge.models import Query
from tests.harness import START, TEAM, Live, Town
from tests.script import FULL, STUCK, Talk
from tests.storage.values import case

HELP = f"slack:{TEAM}:C0HELP"
EARLIER = range(1, newest())


def made(path: Path, version: int) -> Any:
    """An empty store of that schema, and a connection to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    for step in sorted(MIGRATIONS.glob("*.sql"))[:version]:
        for statement in statements(step.read_text(encoding="utf-8")):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={version}")
    return connection


def insert(connection: Any, table: str, **row: object) -> None:
    marks = ",".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", tuple(row.values()))


def heard(connection: Any, turn: Turn, **state: object) -> None:
    """A turn in the inbox, under its id alone."""
    insert(connection, "inbox", raw_id=turn.id, lane=turn.thread_id, quick=0, payload=pack_event(turn),
           received_at=turn.sent_at, **state)  # fmt: skip
    insert(
        connection, "inbox_alias", alias=turn.id, inbox_id=connection.execute("SELECT max(id) FROM inbox").fetchone()[0]
    )


def asked(town: Town, who: str, text: str, addressed: bool = False) -> Turn:
    """A question that stands in the workspace and that no Vigil has heard."""
    said = f"<@U0VIGIL> {text}" if addressed else text
    ts = town.box.say("C0HELP", who, said)
    return Turn(f"{HELP}:{ts}", f"{HELP}:{ts}", HELP, who, text, float(ts), addressed=addressed)


def thread(connection: Any, root: Turn) -> None:
    """A thread that was heard and thought about."""
    columns = ("id", "thread_id", "channel_id", "author", "text", "sent_at", "flags", "mentions", "files")
    row = (root.id, root.thread_id, root.channel_id, root.author, root.text, root.sent_at, 0, "", "")
    insert(connection, "turns", **dict(zip(columns, row, strict=True)))
    insert(connection, "threads", id=root.id, channel_id=HELP, asker=root.author, opened_at=root.sent_at,
           last_at=root.sent_at, version=1, need=0.9)  # fmt: skip


def queued(connection: Any, post: Post, **state: object) -> None:
    insert(connection, "outbox", key=post.key, post=pack(post), lane=post.channel_id, created_at=START, **state)


def knows(connection: Any) -> None:
    """A document, stored as it was from the first."""
    known = case("file:old.md#quota", "The quota of the harbour is raised by the dockmaster.")
    insert(connection, "entries", source=known.source, container=known.container, kind=known.kind, status="live",
           version=1, change=1, body=pack(known), updated_at=START, proposed_by="ana", approved_by="ana")  # fmt: skip
    insert(connection, "entry_versions", entry_id=1, version=1, status="live", body=pack(known), actor="ana", at=START)


@pytest.mark.parametrize("version", EARLIER)
def test_a_backlog_of_an_earlier_schema_is_worked_off(
    town: Town, tmp_path: Path, model: Embedder, version: int
) -> None:
    old = made(tmp_path / "vigil.db", version)
    root, held = asked(town, "U0KIM", "the coffee machine is repaired"), asked(town, "U0CLEO", STUCK)
    fresh, addressed = asked(town, "U0AMY", FULL), asked(town, "U0BOB", FULL, addressed=True)
    heard(old, fresh)
    heard(old, addressed, lease_owner="gone:1:1/turns", lease_until=START + 20, attempts=1)
    thread(old, held)
    thread(old, root)
    insert(old, "wake_ups", thread_id=held.id, turn_id=held.id, due=START + 300)
    waits = Post("old-1/suggestion", Target.THREAD, HELP, Message("queued before"), root.id)
    out = Post("old-2/suggestion", Target.THREAD, HELP, Message("sent before"), root.id)
    town.platform.post(out)
    queued(old, waits)
    queued(old, out, state="sending", lease_owner="gone:1:1/sender", lease_until=START + 20, attempts=1)
    insert(old, "feedback", decision_id="d1", actor="amy", helpful=1, reason="", at=START)
    insert(old, "channels", id=HELP, name="help", team=TEAM, flags=8, seen_at=START)
    knows(old)
    old.close()
    live = Live(town, tmp_path, model, knows=("deploy-stuck", "postgres-disk-full"))
    Talk(live).play("+6m")
    said = [(m["thread_ts"], m["text"].splitlines()[0]) for m in live.own("help")]
    by_thread = [ts for ts, _ in said]
    answered = [turn.id.rsplit(":", 1)[1] for turn in (fresh, addressed, held)]
    assert [by_thread.count(ts) for ts in answered] == [1, 1, 1]
    assert sorted(t for ts, t in said if ts == root.id.rsplit(":", 1)[1]) == ["queued before", "sent before"]
    assert (live.memory.inbox.backlog(), live.memory.outbox.backlog()) == ((0, 0), (0, 0))
    value = live.memory.database.value
    assert value("SELECT count(*) FROM turns WHERE flags&2=0") == 4
    assert value("PRAGMA user_version") == newest()
    assert value("PRAGMA integrity_check") == "ok"
    found = live.knowledge.search(Query("who raises the harbour quota", case("x").audience))
    assert "dockmaster" in found[0].entry.case.resolution
    assert live.memory.audit.broken_at() is None


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from bot.storage.sqlite import Database
left = int(sys.argv[2])

class Counting:
    def __init__(self, connection): self._connection = connection
    def execute(self, *arguments):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._connection.execute(*arguments)

class Dying(Database):
    @contextmanager
    def transaction(self):
        with super().transaction() as connection:
            yield Counting(connection)

Dying(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("after", [2, 9, 25])
def test_a_kill_in_the_middle_of_a_migration_leaves_the_old_schema_whole(tmp_path: Path, after: int) -> None:
    path = tmp_path / "vigil.db"
    old = made(path, 1)
    heard(old, Turn(f"{HELP}:1.0", f"{HELP}:1.0", HELP, "amy", "it fails", 1.0))
    before = old.execute("SELECT sql FROM sqlite_schema").fetchall()
    old.close()
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), str(after)], check=False, env={**os.environ})
    assert ended.returncode == -signal.SIGKILL
    left = sqlite.connect(str(path))
    assert left.execute("PRAGMA user_version").fetchone() == (1,)
    assert left.execute("SELECT sql FROM sqlite_schema").fetchall() == before
    assert left.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    left.close()
    memory = open_memory(path)
    assert memory.database.value("PRAGMA user_version") == newest()
    assert memory.inbox.backlog() == (1, 0)


def test_a_backup_can_be_made_before_an_upgrade_and_restored_after_it(tmp_path: Path) -> None:
    store, saved = tmp_path / "vigil.db", tmp_path / "saved.db"
    old = made(store, 3)
    heard(old, Turn(f"{HELP}:1.0", f"{HELP}:1.0", HELP, "amy", "it fails", 1.0))
    lock = take(store)  # the older Vigil is running
    backup(store, saved, False, lambda done, pages: None)
    assert old.execute("PRAGMA user_version").fetchone() == (3,)
    lock.close()
    old.close()
    done = restore(saved, store, "cli:ana", START, lambda done, pages: None)
    assert done.blind, "what an older schema says of what was sent since is not understood"
    memory = open_memory(store)
    assert memory.database.value("PRAGMA user_version") == newest()
    assert memory.inbox.backlog() == (1, 0)


COMMANDS = (
    "run", "decisions", "stats", "search words", "knowledge list", "knowledge approve 1", "knowledge gaps",
    "forget --user U1 --yes", "doctor",
)  # fmt: skip


@pytest.fixture(scope="module")
def of_the_future(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose store a newer Vigil has brought up to date."""
    folder = tmp_path_factory.mktemp("future")
    memory = open_memory(folder / "vigil.db")
    memory.ledger.commit(Outcome(), START)
    memory.database.value(f"PRAGMA user_version={newest() + 1}")
    memory.database.close()
    (folder / "page.md").write_text("# Quota\n\nAsk the desk.\n")
    (folder / "config.toml").write_text(
        f'[store]\npath = "{folder}/vigil.db"\n[embedding]\nmodel = "hashing"\n[slack]\nbase_url = "http://127.0.0.1:9/"\n'
    )
    return folder


@pytest.mark.parametrize("line", [*COMMANDS, "ingest {}/page.md", "backup {}/saved.db", "restore {}/vigil.db"])
def test_every_command_refuses_a_newer_store_in_one_line(of_the_future: Path, line: str) -> None:
    store = of_the_future / "vigil.db"
    before = store.read_bytes()
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    words = ["--config", str(of_the_future / "config.toml"), *line.format(of_the_future).split()]
    if line.startswith("restore"):
        (of_the_future / "copy.db").write_bytes(before)
        words[-1] = str(of_the_future / "copy.db")
    done = CliRunner().invoke(main, words, env=tokens)
    assert done.exit_code == 1, done.output
    said = [told for told in done.output.splitlines() if "made by a newer Vigil" in told]
    assert len(said) == 1, done.output
    assert f"(schema {newest() + 1}, this one knows {newest()}); update Vigil" in said[0]
    assert store.read_bytes() == before
    assert not (of_the_future / "saved.db").exists()


@pytest.mark.parametrize("part", [("_listen", "slack"), ("_work",)])
def test_a_part_of_it_that_meets_a_newer_store_is_not_started_again(of_the_future: Path, part: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "bot.cli", "--config", str(of_the_future / "config.toml"), *part]
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    with subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **tokens}) as ended:
        assert ended.wait(60) == FATAL
        assert ended.stderr is not None
        assert b"made by a newer Vigil" in ended.stderr.read()
