"""The store in trouble: what is said of it, what is not written to it, and who goes on all the same."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot import app, live, store
from bot.config import Config
from bot.jobs.crew import Crew
from bot.jobs.hands import Hands
from bot.jobs.scheduler import Scheduler
from bot.jobs.signs import Signs
from bot.jobs.worker import ATTEMPTS, Worker
from bot.live_health import Overseer
from bot.memory import Memory, open_memory
from bot.outcomes import Outcome
from bot.storage.threads import SqliteThreads
from bot.store import StoreDown, StoreError, StoreLost
from bot.supervisor_health import Limits, judged
from bot.supervisor_lookout import Figures, Lookout
from knowledge.cachefile import CacheRefused, save
from knowledge.embedding import CachedEmbedder, HashingEmbedder
from knowledge.models import Status
from tests.storage.values import NOW, case, turn


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return open_memory(tmp_path / "vigil.db")


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def replaced(path: Path) -> None:
    path.with_name("other").write_bytes(path.read_bytes())
    path.with_name("other").replace(path)


def without_log(path: Path) -> None:
    Path(f"{path}-wal").unlink()


@pytest.mark.parametrize("change", [moved, Path.unlink, replaced, without_log])
def test_nothing_is_written_to_a_file_that_nobody_would_find_again(
    memory: Memory, change: Callable[[Path], object]
) -> None:
    assert memory.inbox.put(turn("1.0"), "Ev1", (), NOW)
    change(memory.database.path)
    for write in (
        lambda: memory.inbox.put(turn("2.0"), "Ev2", (), NOW),
        lambda: memory.inbox.claim("me", NOW, False),
        lambda: memory.runs.beat("worker", NOW),
    ):
        with pytest.raises(StoreLost, match="was moved, deleted or replaced while Vigil had it open"):
            write()


def test_a_thread_that_comes_late_opens_no_other_file(memory: Memory) -> None:
    replaced(memory.database.path)
    found: list[Exception] = []

    def late() -> None:
        try:
            memory.database.read("SELECT 1")
        except StoreLost as lost:
            found.append(lost)

    thread = threading.Thread(target=late)
    thread.start()
    thread.join(10)
    assert found


def test_what_was_found_damaged_is_not_written_to(memory: Memory) -> None:
    with memory.database.transaction() as connection:
        rows = [(f"Ev{number}", "x" * 1000) for number in range(1000)]
        sql = "INSERT INTO inbox (raw_id, lane, quick, payload, received_at) VALUES (?,'',0,?,0)"
        connection.executemany(sql, rows)
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()
    path = memory.database.path
    with path.open("r+b") as file:
        for page in range(path.stat().st_size // 4096 - 100, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)
    before = path.read_bytes()
    again = open_memory(path)
    with pytest.raises(StoreLost, match="is damaged; stop Vigil, then put a backup in its place: vigil restore FILE"):
        again.database.read("SELECT * FROM inbox ORDER BY received_at")
    with pytest.raises(StoreLost):
        again.runs.remember("k", "v")
    assert path.read_bytes() == before


class Refusing:
    """A ledger that fails so many times for a reason, then writes."""

    def __init__(self, memory: Memory, trouble: Exception, times: int) -> None:
        self._memory, self._trouble, self.left = memory, trouble, times

    def commit(self, outcome: Outcome, now: float, lease: object = None) -> None:
        """See bot.storage.base.Ledger."""
        if self.left:
            self.left -= 1
            raise self._trouble
        self._memory.ledger.commit(outcome, now, lease)  # type: ignore[arg-type]


class Recorder:
    """A mind that only records."""

    def respond(self, event: object, now: float) -> Outcome:
        """The turn and nothing else."""
        return Outcome(event.thread_id, event.channel_id, 0, (event,))  # type: ignore[attr-defined,arg-type]

    def woken(self, thread_id: str, turn_id: str, now: float) -> Outcome:
        """Nothing."""
        return Outcome()

    def warm(self, texts: list[str]) -> None:
        """Nothing."""


def test_an_event_is_never_given_up_because_the_store_is_down(memory: Memory) -> None:
    clock = [NOW]
    for number in range(3):
        memory.inbox.put(turn(f"{number}.0"), f"Ev{number}", (), NOW)
    ledger = Refusing(memory, StoreDown("the disk is full"), ATTEMPTS + 4)
    worker = Worker(
        memory.inbox, SqliteThreads(memory.database), ledger, Recorder(), "me", lambda: clock[0], lambda _: None
    )
    hands, done = Hands(worker, 4, Signs(60.0)), threading.Event()
    for _ in range(3000):
        hands.step()
        if memory.inbox.backlog() == (0, 0):
            break
        clock[0] += 0.01
        done.wait(0.005)
    hands.end(5.0)
    assert memory.inbox.backlog() == (0, 0)
    assert clock[0] - NOW < 50, "none waits for its lease to end"
    assert memory.database.value("SELECT count(*) FROM turns") == 3


def crew(memory: Memory, first: Callable[[], object], refresh: Callable[[], object] = lambda: None) -> Crew:
    class Idle:
        def step(self) -> bool:
            return False

        def end(self, patience: float) -> None:
            """Nothing is in hand."""

    idle, scheduler = Idle(), Scheduler(memory.runs, "me", lambda: NOW)
    return Crew(
        idle, idle, idle, scheduler, {"catch_up": (1000.0, lambda: None)}, refresh, Signs(60.0), first=(first,),  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_worker_that_starts_while_the_store_is_down_waits_for_it(memory: Memory) -> None:
    tried: list[int] = []

    def first() -> None:
        tried.append(1)
        if len(tried) == 1:
            raise StoreDown("the disk is full")
        threading.Timer(0.1, found.stop).start()

    found = crew(memory, first)
    found.run()
    assert len(tried) == 2


def test_a_worker_ends_when_nothing_more_may_be_written(memory: Memory) -> None:
    def refresh() -> None:
        raise StoreLost("the database is damaged")

    with pytest.raises(StoreLost, match="damaged"):
        crew(memory, lambda: None, refresh).run()


def test_a_store_that_is_lost_is_told_once_to_whoever_can_end_it(memory: Memory) -> None:
    why: list[str] = []
    overseer = Overseer(Config(), memory, [], why.append)
    assert overseer.figures().inbox_open == 0
    memory.database.path.unlink()
    for _ in range(2):
        with pytest.raises(StoreLost):
            overseer.figures()
    assert len(why) == 1
    assert "was moved, deleted or replaced" in why[0]


def test_trouble_with_the_store_is_told_by_health_until_it_has_passed() -> None:
    trouble: list[StoreDown] = [StoreDown("the disk is full")]

    def read() -> Figures:
        for down in trouble:
            raise down
        return Figures()

    lookout = Lookout(read, lambda: None)
    told = judged([], lookout.look(), Limits(60.0, 60.0), lookout.reading.at)
    assert (told.plain()["ok"], told.plain()["store"]) == (False, "the disk is full")
    trouble.clear()
    assert judged([], lookout.look(), Limits(60.0, 60.0), lookout.reading.at).plain()["store"] == ""


def test_a_migration_waits_until_the_older_vigil_has_ended(memory: Memory) -> None:
    path = memory.database.path
    older(memory)
    lock = store.take(path)
    with pytest.raises(StoreError, match="an older Vigil is running on this store; stop it before"):
        open_memory(path)
    assert memory.database.value("PRAGMA user_version") == 8
    lock.close()
    open_memory(path)
    assert memory.database.value("PRAGMA user_version") > 8


def older(memory: Memory) -> None:
    """Take back what the ninth migration did, and what the tenth would do again."""
    for step in (
        "DROP TABLE calls", "DROP TABLE call_totals", "ALTER TABLE decisions DROP COLUMN calls",
        "DROP TRIGGER audit_no_replacing", "DROP TRIGGER audit_in_order",
    ):  # fmt: skip
        memory.database.write(step)
    memory.database.value("PRAGMA user_version=8")


def test_a_lock_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "vigil.lock").mkdir()
    with pytest.raises(StoreError, match="its lock cannot be made beside it"):
        store.take(tmp_path / "vigil.db")


def test_a_worker_goes_on_without_an_index_on_disk(memory: Memory, tmp_path: Path) -> None:
    cache = tmp_path / "vigil.index"
    cache.mkdir()
    base = app.knowledge_base(Config(), memory, CachedEmbedder(HashingEmbedder()), cache)
    memory.entries.put([case("file:a")], Status.LIVE, "ana", NOW)
    base.refresh()
    with pytest.raises(CacheRefused, match="the index cannot be written"):
        base.save_cache()
    live._kept(base)
    assert base.size == 1
    assert [path.name for path in tmp_path.glob("*.tmp")] == []


def test_a_full_disk_leaves_the_old_index_whole(tmp_path: Path) -> None:
    """The limit on a file's size stands for the end of the disk."""
    path = tmp_path / "vigil.index"
    save(path, {"model": "m"}, {"rows": np.zeros((10, 10), dtype=np.float32)})
    whole = path.read_bytes()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, most))
    try:
        with pytest.raises(CacheRefused, match="File too large"):
            save(path, {"model": "m"}, {"rows": np.zeros((1000, 10), dtype=np.float32)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert path.read_bytes() == whole
    assert [found.name for found in tmp_path.iterdir()] == ["vigil.index"]


def test_a_disk_that_takes_no_more_rows_stores_and_acknowledges_nothing(memory: Memory) -> None:
    """Whatever of a commit was written, all of it is undone; and the same connection works when there is room again."""
    path, (_, most) = memory.database.path, resource.getrlimit(resource.RLIMIT_FSIZE)
    memory.inbox.put(turn("1.0"), "Ev1", (), NOW)
    log = Path(f"{path}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (log + 6000, most))
    try:
        with pytest.raises(StoreDown, match="the disk fails"):
            memory.inbox.put(turn("2.0", text="x" * 50_000), "Ev2", (), NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert memory.inbox.backlog() == (1, 0)
    assert memory.inbox.put(turn("2.0", text="x" * 50_000), "Ev2", (), NOW)
    assert memory.database.value("PRAGMA integrity_check") == "ok"
