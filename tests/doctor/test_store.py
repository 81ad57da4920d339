"""The doctor and the store: database, index, audit log, backlog and disk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot import app
from bot.config_file import load
from bot.doctor_store import filesystem
from bot.memory import Memory
from bot.messages import Message, Post, Target
from bot.outcomes import Act, Erasure, Outcome
from bot.storage.migrating import newest
from knowledge.models import Audience, Case, Kind, Status
from tests.doctor.clinic import Clinic
from tests.storage.values import turn


def test_a_sound_store(clinic: Clinic, memory: Memory) -> None:
    found = clinic.findings()
    assert clinic.sick() == {}
    assert f"is sound (schema {newest()}" in found["database"].say
    assert "0 open, 0 failed" in found["inbox"].say
    assert "it will be built from 0 live entries" in found["index"].say


@pytest.mark.parametrize(
    ("bytes_", "part"),
    [(b"not a database at all" * 500, "not a Vigil database"), (b"SQLite format 3\0" + b"\7" * 9000, "")],
)
def test_a_file_that_is_no_database(clinic: Clinic, bytes_: bytes, part: str) -> None:
    clinic.store.write_bytes(bytes_)
    sick = clinic.sick()
    assert list(sick) == ["database"]
    assert part in sick["database"]


def test_a_damaged_page(clinic: Clinic, memory: Memory) -> None:
    for number in range(200):
        memory.inbox.put(turn(f"{number}.0"), f"raw-{number}", (), 0.0)
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()
    with clinic.store.open("r+b") as file:
        file.seek(clinic.store.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    assert "database" in clinic.sick()


def test_a_newer_database(clinic: Clinic, memory: Memory) -> None:
    memory.database.value("PRAGMA user_version=99")
    assert "made by a newer Vigil" in clinic.sick()["database"]


def test_a_folder_that_cannot_be_written(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    clinic.parts["store"] = f'path = "{tmp_path}/file/vigil.db"'
    assert "cannot be made" in clinic.sick()["database"]


def stored_index(clinic: Clinic, memory: Memory) -> Path:
    config = load(clinic.write())
    case = Case(Kind.SECTION, "Quota", "Quota > Raise", "Ask the desk.", Audience.everyone(), "file:quota.md#raise")
    memory.entries.put([case], Status.LIVE, "test", 1.0)
    base = app.knowledge_base(config, memory, app.embedder(config), app.cache_path(config))
    base.refresh()
    base.save_cache()
    return app.cache_path(config)


def test_an_index_that_fits(clinic: Clinic, memory: Memory) -> None:
    stored_index(clinic, memory)
    assert "fits: 1 entries, 1 passages" in clinic.findings()["index"].say


def test_a_damaged_index_is_rebuilt_and_no_fault(clinic: Clinic, memory: Memory) -> None:
    cache = stored_index(clinic, memory)
    content = bytearray(cache.read_bytes())
    content[-20] ^= 1
    cache.write_bytes(content)
    check = clinic.findings()["index"]
    assert check.well
    assert "will be rebuilt from 1 live entries" in check.say


def test_a_changed_audit_line(clinic: Clinic, memory: Memory) -> None:
    memory.audit.append(Act("U1", "approve", "entry 1", True), 1.0)
    with memory.database.transaction() as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor='U2'")
    assert "line 1 does not follow" in clinic.sick()["audit log"]


def test_events_that_wait_too_long(clinic: Clinic, memory: Memory) -> None:
    memory.inbox.put(turn("1.0"), "raw", (), time.time() - 3600)
    assert "the oldest has waited 60 min and Vigil is not running" in clinic.sick()["inbox"]


@pytest.mark.parametrize(("age", "well"), [(60.0, False), (90_000.0, True)])
def test_events_that_were_given_up(clinic: Clinic, memory: Memory, age: float, well: bool) -> None:
    now = time.time()
    memory.inbox.put(turn("1.0"), "raw", (), now - age)
    (leased,) = memory.inbox.claim("me", now, False)
    memory.inbox.retry(leased.lease, "ValueError: xoxb-sandbox is odd", 0.0, True)
    assert clinic.findings()["inbox"].well is well


def test_posts_that_were_given_up(clinic: Clinic, memory: Memory) -> None:
    post = Post("d1/answer", Target.CHANNEL, "slack:T:C", Message("hello"))
    memory.ledger.commit(Outcome(posts=(post,)), time.time())
    sending = memory.outbox.claim("me", time.time())
    assert sending is not None
    memory.outbox.failed(sending.lease, "is_archived")
    assert "0 waiting, 1 failed, the last 0 h ago: is_archived" in clinic.sick()["outbox"]


def test_a_network_disk_is_known_by_its_mount(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        f"30 22 0:40 / {tmp_path} rw,relatime shared:9 - nfs4 server:/export rw\n",
        encoding="utf-8",
    )
    assert (filesystem(tmp_path, table), filesystem(Path("/"), table)) == ("nfs4", "ext4")
    assert filesystem(tmp_path, tmp_path / "none") == ""


def test_rows_and_vectors_that_point_to_nothing(clinic: Clinic, memory: Memory) -> None:
    stored_index(clinic, memory)
    assert "no row and no vector points to nothing" in clinic.findings()["orphans"].say
    memory.database.write("INSERT INTO reactions VALUES ('t', 'amy', '+1', 1, 'nowhere')")
    memory.database.write("DELETE FROM entries")
    sick = clinic.sick()["orphans"]
    assert "1 in vectors, 1 in entry_versions, 1 in reactions" in sick
    assert "vigil knowledge repair" in sick


def test_a_vector_in_the_index_file_that_no_live_entry_has(clinic: Clinic, memory: Memory) -> None:
    stored_index(clinic, memory)
    memory.database.write("UPDATE entries SET status='retired'")
    assert "1 in index" in clinic.sick()["orphans"]


def test_an_erasure_that_waits_for_long(clinic: Clinic, memory: Memory) -> None:
    memory.erasures.request(Erasure("thread", "slack:T1:C1:1.0", "forgotten", "U1"), 1.0)
    assert "1 erasure(s) wait" in clinic.sick()["orphans"]
