"""`vigil run` on a disk that fails: nothing acknowledged is lost, nothing is said twice, and it goes on when the disk does."""

from __future__ import annotations

import json
import resource
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.backup import restore
from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Sandbox, Workspace
from tests.processes import QUESTION, Processes, running

PARTS = ("supervisor", "listener", "worker")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Workspace.small(scopes=scopes(), events=events(), retry_after=(1.0,) * 60)) as found:
        yield found


def say(box: Sandbox, said: list[str], count: int) -> None:
    for _ in range(count):
        said.append(box.say("C0HELP", "U0BEN" if len(said) % 2 else "U0CLEO", QUESTION.format(len(said))))


def health(vigil: Processes) -> str:
    """What /healthz says of the store, "" when that is well or nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{vigil.console}/healthz", timeout=5) as answer:
            return str(json.load(answer)["store"])
    except urllib.error.HTTPError as unwell:
        return str(json.load(unwell)["store"])
    except OSError:
        return ""


def answered(vigil: Processes) -> Counter[str]:
    return Counter(str(m.get("thread_ts")) for m in vigil.own("C0HELP"))


def limited(vigil: Processes, size: int) -> None:
    """From now on none of the processes can write beyond that size of any file, the log included."""
    for part in PARTS:
        pid = vigil.pid(part)
        if pid is not None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def settled(vigil: Processes, said: list[str], filed: int = 0) -> None:
    """All was heard and answered once, but for the last ones where so many are `filed`."""
    wanted = said[: len(said) - filed]
    vigil.box.wait_acked(60)
    memory = vigil.memory()
    vigil.until(
        lambda: len(answered(vigil)) == len(wanted) and memory.inbox.backlog() == memory.outbox.backlog() == (0, 0),
        "an answer to every question and empty boxes",
    )
    assert answered(vigil) == Counter(wanted)
    heard = [row[0].rsplit(":", 1)[1] for row in memory.database.read("SELECT id FROM turns WHERE flags&2=0")]
    assert sorted(heard) == sorted(said)
    assert memory.database.value("PRAGMA integrity_check") == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a test limit what another process may write")
@pytest.mark.timeout(180)
def test_a_disk_that_fails_and_works_again_and_then_loses_the_database(box: Sandbox, tmp_path: Path) -> None:
    said: list[str] = []
    with running(box, tmp_path) as vigil:
        say(box, said, 3)
        settled(vigil, said)
        fails(vigil, said)
        settled(vigil, said)
        vigil.until(vigil.healthy, "health")
        vanishes(vigil, said)
        vigil.start()
        vigil.until(vigil.healthy, "a healthy start")
        settled(vigil, said, filed=2)  # nobody can tell whether they were answered before the restore


def fails(vigil: Processes, said: list[str]) -> None:
    """For a while no process can write anything, and those that are killed start in that state."""
    assert vigil.run is not None
    supervisor, told = vigil.run.pid, vigil.log.read_text().count("the disk fails")
    limited(vigil, 0)
    say(vigil.box, said, 3)
    vigil.until(lambda: "the disk fails" in health(vigil), "word of it")
    assert vigil.kill("worker")
    assert vigil.kill("listener")
    vigil.until(lambda: vigil.pid("worker") and vigil.pid("listener"), "both again")
    say(vigil.box, said, 3)
    assert len(vigil.box.unacked()) >= 6
    vigil.until(lambda: works(vigil), "all to write again")
    log = vigil.log.read_text()
    assert '"the store works again"' in log
    assert log.count("the disk fails") - told <= 6, "a storm in the log"
    assert vigil.pid("supervisor") == supervisor


def works(vigil: Processes) -> bool:
    """Lift the limit, from processes started meanwhile too; whether the store works again."""
    limited(vigil, resource.RLIM_INFINITY)
    return not health(vigil)


def vanishes(vigil: Processes, said: list[str]) -> None:
    """Somebody deletes the database: Vigil ends, having saved what it held, and the operator puts that back."""
    for path in vigil.folder.glob("vigil.db*"):
        path.unlink()
    say(vigil.box, said, 2)
    assert vigil.run is not None
    assert vigil.run.wait(30) == 1
    assert "was moved, deleted or replaced while Vigil had it open" in vigil.log.read_text()
    (saved,) = vigil.folder.glob("vigil.db.rescued-*")
    restore(saved, vigil.folder / "vigil.db", "cli:ana", time.time(), lambda done, pages: None)


@pytest.mark.timeout(180)
def test_a_damaged_page_ends_it_with_one_line_and_a_backup_mends_it(box: Sandbox, tmp_path: Path) -> None:
    said: list[str] = []
    with running(box, tmp_path) as vigil:
        say(box, said, 2)
        settled(vigil, said)
        done = vigil.command("backup", str(tmp_path / "saved.db"))
        assert done.returncode == 0, done.stderr
        assert ": sound, " in done.stdout
        refused = vigil.command("restore", str(tmp_path / "saved.db"))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert "another Vigil is running on this store" in refused.stderr
        assert vigil.stop() == 0
        with (tmp_path / "vigil.db").open("r+b") as file:
            for page in range(2, (tmp_path / "vigil.db").stat().st_size // 4096):
                file.seek(page * 4096)
                file.write(b"\xff" * 100)
        before = (tmp_path / "vigil.db").read_bytes()
        vigil.start()
        assert vigil.run is not None
        assert vigil.run.wait(60) != 0
        assert "is damaged; stop Vigil, then put a backup in its place: vigil restore FILE" in vigil.log.read_text()
        assert (tmp_path / "vigil.db").read_bytes() == before
        done = vigil.command("restore", str(tmp_path / "saved.db"))
        assert done.returncode == 0, done.stderr
        vigil.start()
        vigil.until(vigil.healthy, "a healthy start")
        settled(vigil, said)
        say(box, said, 1)
        settled(vigil, said)
