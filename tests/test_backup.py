"""A backup taken while Vigil works, and its return: nothing known is lost, nothing is posted twice, nothing stale is fired."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from bot.backup import backup, restore
from bot.dialogue.wording import say
from bot.llm.base import Call, Task
from bot.memory import Memory, open_memory
from bot.messages import Message, Post, Target
from bot.outcomes import Act, Erasure, Outcome
from bot.sandbox import RateLimit
from bot.storage.migrating import newest
from bot.storage.sqlite import Database
from bot.store import StoreError, take
from tests.harness import Live
from tests.script import FULL, STUCK, Start, Talk
from tests.storage.values import CHANNEL, NOW, open_thread, post, turn


def quiet(done: int, pages: int) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return open_memory(tmp_path / "vigil.db")


def saved(live: Live, name: str = "saved.db") -> Path:
    path = Path(live.config.store.path)
    target = path.with_name(name)
    live.memory.runs.beat("worker", live.clock())
    backup(path, target, False, quiet)
    return target


def returned(chat: Talk, file: Path) -> None:
    """Stop, restore, start again and catch up, as an operator would."""
    live = chat.live
    live.town.ear = lambda *_: None
    live.memory.database.close()
    live.clock.move(1.0)
    restore(file, Path(live.config.store.path), "cli:ana", live.clock(), quiet)
    live.restart()
    live.engine.catch_up.run()
    live.settle()


def posts(chat: Talk) -> list[tuple[str, str]]:
    return sorted((m["in"], m["ts"]) for m in chat.live.own())


def test_what_was_answered_since_is_not_answered_again(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}  -> hold")
    file = saved(chat.live)
    chat.play(f"""
        +6m                        -> public; suggests
        ---
        bob: {FULL}                -> hold
        +6m                        -> public; suggests
        ---
        cleo: @vigil {STUCK}       -> public; suggests
    """)
    before = posts(chat)
    assert len(before) == 3
    returned(chat, file)
    chat.play("+10m")
    assert posts(chat) == before
    assert chat.live.memory.database.value("SELECT count(*) FROM turns WHERE flags&2=0") == 3
    assert chat.live.memory.database.value("PRAGMA integrity_check") == "ok"
    chat.play(f"""
        ---
        kim: @vigil {FULL}         -> public; suggests
    """)


def test_the_same_where_nothing_is_left_of_the_former_store(talk: Start) -> None:
    chat = talk()
    chat.box.faults.next("chat.postMessage", RateLimit(60))
    chat.root = chat.box.say("C0HELP", "U0AMY", f"<@U0VIGIL> {STUCK}")
    chat.box.wait_acked()
    chat.live.engine.worker.step()
    chat.live.engine.sender.step()
    assert chat.live.memory.outbox.backlog() == (1, 0)
    file = saved(chat.live)
    chat.live.clock.move(61)
    chat.live.settle()
    chat.play(f"""
        ---
        bob: {FULL}                -> hold
        +6m                        -> public; suggests
        +1d
    """)
    before = posts(chat)
    Path(chat.live.config.store.path).write_bytes(b"\xff" * 100_000)
    returned(chat, file)
    chat.live.clock.move(60)
    chat.live.settle()
    chat.play("+10m")
    assert posts(chat) == before


@pytest.mark.parametrize(("gone", "hours"), [(True, 1), (False, 3)])
def test_a_hold_that_fell_due_before_the_restore_is_filed(talk: Start, gone: bool, hours: int) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}  -> hold")
    file = saved(chat.live)
    if gone:
        Path(chat.live.config.store.path).unlink()
    chat.live.listen(False)
    chat.live.clock.move(hours * 3600)
    returned(chat, file)
    assert not chat.live.own()
    assert chat.live.memory.database.value("SELECT count(*) FROM wake_ups") == 0
    assert say("en", "reason_too_old") in str(chat.decisions()[0]["reasons"])


def test_what_nobody_can_have_answered_is_answered(talk: Start) -> None:
    """The former store shows that no Vigil ran since the backup was made."""
    chat = talk()
    file = saved(chat.live)
    chat.live.listen(False)
    chat.play(f"amy: @vigil {STUCK}")
    returned(chat, file)
    assert len(chat.live.own()) == 1


def test_a_follow_up_sent_since_is_not_sent_again(talk: Start) -> None:
    chat = talk()
    chat.play("""
        amy: my laptop makes a strange noise, who can look at it please?
        kim: which laptop is it?
    """)
    file = saved(chat.live)
    chat.play("+5h  -> nudges")
    before = posts(chat)
    Path(chat.live.config.store.path).unlink()
    returned(chat, file)
    chat.live.errands()
    chat.play("+1m")
    assert posts(chat) == before


def test_knowledge_and_threads_come_back(talk: Start) -> None:
    chat = talk()
    chat.play(f"amy: {STUCK}  -> hold\n+6m -> public; suggests")
    file = saved(chat.live)
    chat.live.memory.database.close()
    Path(chat.live.config.store.path).unlink()
    returned(chat, file)
    assert chat.decisions()
    chat.play(f"""
        ---
        bob: @vigil {FULL}         -> public; suggests
    """)


def test_what_was_erased_since_is_erased_again(talk: Start) -> None:
    chat = talk()
    chat.play("amy: I lost my xylophonic keys  -> silent")
    file = saved(chat.live)
    chat.play("amy deletes root")
    chat.live.clock.move(30)
    chat.live.settle()
    returned(chat, file)
    chat.live.clock.move(30)
    chat.live.settle()
    file.unlink()
    for kept in file.parent.glob("*.before-*"):
        kept.unlink()
    chat.live.memory.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert [path.name for path in file.parent.iterdir() if b"xylophonic" in path.read_bytes()] == []


def test_what_was_sent_since_is_known_as_own(memory: Memory, tmp_path: Path) -> None:
    """So that reactions to it still count."""
    backup(memory.database.path, tmp_path / "saved.db", False, quiet)
    memory.ledger.commit(Outcome(posts=(post("d1/suggestion"),)), NOW)
    sending = memory.outbox.claim("me", NOW)
    assert sending is not None
    memory.outbox.sent(sending.lease, f"{CHANNEL}:9.0", NOW)
    restore(tmp_path / "saved.db", memory.database.path, "cli:ana", NOW, quiet)
    assert open_memory(memory.database.path).outbox.decision_of(f"{CHANNEL}:9.0") == "d1"


def test_what_a_language_model_has_cost_since_still_counts(memory: Memory, tmp_path: Path) -> None:
    """Else the budget of the day would begin a second time, and what only grows would shrink."""
    memory.calls.add(Call(Task.COMPOSE, "large", "compose-1", read=100, cost=0.5), CHANNEL, NOW)
    backup(memory.database.path, tmp_path / "saved.db", False, quiet)
    memory.calls.add(Call(Task.JUDGE, "small", "judge-1", read=10, cost=0.25), CHANNEL, NOW + 1)
    before = memory.calls.totals()
    memory.database.close()
    restore(tmp_path / "saved.db", memory.database.path, "cli:ana", NOW + 2, quiet)
    again = open_memory(memory.database.path)
    assert (again.calls.spent(0.0), again.calls.totals()) == ((110, 0.75), before)


def test_ids_given_since_are_not_given_again(memory: Memory, tmp_path: Path) -> None:
    from knowledge.models import Status
    from tests.storage.values import case

    store, file = memory.database.path, tmp_path / "saved.db"
    memory.entries.put([case("a")], Status.LIVE, "t", NOW)
    backup(store, file, False, quiet)
    (lost,) = memory.entries.put([case("b")], Status.LIVE, "t", NOW)
    restore(file, store, "cli:ana", NOW, quiet)
    (fresh,) = open_memory(store).entries.put([case("c")], Status.LIVE, "t", NOW)
    assert fresh.id > lost.id
    store.write_bytes(b"gone")
    restore(file, store, "cli:ana", NOW + 1, quiet)
    (fresh,) = open_memory(store).entries.put([case("c")], Status.LIVE, "t", NOW)
    assert fresh.id > lost.id


def test_an_answer_to_one_person_cannot_be_looked_for_and_is_not_sent_again(memory: Memory, tmp_path: Path) -> None:
    reply = Post("command-1/vigil_answer", Target.REPLY, CHANNEL, Message("here"), address="https://x.example")
    memory.ledger.commit(Outcome(posts=(reply, post("d1/suggestion"))), NOW)
    memory.runs.beat("worker", NOW)
    backup(memory.database.path, tmp_path / "saved.db", False, quiet)
    memory.database.close()
    memory.database.path.write_bytes(b"gone")
    restore(tmp_path / "saved.db", memory.database.path, "cli:ana", NOW + 60, quiet)
    again = open_memory(memory.database.path)
    sending = again.outbox.claim("me", NOW + 61)
    assert sending is not None
    assert (sending.post.key, sending.unknown) == ("d1/suggestion", True)
    again.outbox.sent(sending.lease, f"{CHANNEL}:9.0", NOW + 61)
    assert again.outbox.backlog() == (0, 1)


def test_posts_are_looked_for_since_the_backup_until_nobody_can_have_sent_them(memory: Memory, tmp_path: Path) -> None:
    memory.runs.beat("worker", NOW)
    backup(memory.database.path, tmp_path / "saved.db", False, quiet)
    restore(tmp_path / "saved.db", memory.database.path, "cli:ana", NOW + 3600, quiet)
    again = open_memory(memory.database.path)
    again.ledger.commit(Outcome(posts=(post("d1/suggestion"),)), NOW + 7200)
    sending = again.outbox.claim("me", NOW + 7200)
    assert sending is not None
    assert (sending.unknown, sending.created_at) == (True, NOW)
    again.outbox.again(sending.lease, "", 0.0, False)
    sending = again.outbox.claim("me", NOW + 30 * 86_400)
    assert sending is not None
    assert not sending.unknown


def test_a_backup_is_of_one_moment_though_others_write(memory: Memory, tmp_path: Path) -> None:
    """Every commit writes to two tables; a copy that mixed two moments would show them apart."""
    for number in range(1, 300):
        open_thread(memory, turn(f"{number}.0", text="x" * 8000))
    stop = threading.Event()

    def write() -> None:
        number = 1000
        while not stop.is_set():
            number += 1
            memory.ledger.commit(
                Outcome(acts=(Act("amy", "count", str(number), True),), posts=(post(f"d{number}/x"),)), NOW
            )

    writer = threading.Thread(target=write)
    writer.start()
    told: list[tuple[int, int]] = []
    try:
        backup(memory.database.path, tmp_path / "saved.db", False, lambda *done: told.append(done))
    finally:
        stop.set()
        writer.join(20)
    copied = open_memory(tmp_path / "saved.db")
    assert copied.database.value("SELECT count(*) FROM audit") == copied.database.value("SELECT count(*) FROM outbox")
    assert copied.audit.broken_at() is None
    assert len(told) > 1
    assert told == sorted(told), "it began again"
    assert told[-1][0] == told[-1][1]


def test_only_its_owner_can_read_a_backup(memory: Memory, tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        backup(memory.database.path, tmp_path / "saved.db", False, quiet)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "saved.db").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("saved.db?*"))


def test_a_backup_replaces_nothing_unasked(memory: Memory, tmp_path: Path) -> None:
    file = tmp_path / "saved.db"
    file.write_text("precious")
    with pytest.raises(StoreError, match="is there already; choose another name, or --force"):
        backup(memory.database.path, file, False, quiet)
    assert file.read_text() == "precious"
    for taken in (memory.database.path, tmp_path):
        with pytest.raises(StoreError, match=r"choose another name$"):
            backup(memory.database.path, taken, True, quiet)
    backup(memory.database.path, file, True, quiet)
    assert open_memory(file).database.value("PRAGMA integrity_check") == "ok"


def test_no_store_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store yet"):
        backup(tmp_path / "none.db", tmp_path / "saved.db", False, quiet)
    with pytest.raises(StoreError, match=r"cannot be written \(No such file or directory\)"):
        backup(open_memory(tmp_path / "vigil.db").database.path, tmp_path / "none" / "saved.db", False, quiet)
    assert not (tmp_path / "none.db").exists()


def test_the_log_of_a_store_that_is_gone_is_not_played_into_the_restored_one(memory: Memory, tmp_path: Path) -> None:
    store, file = memory.database.path, tmp_path / "saved.db"
    backup(store, file, False, quiet)
    memory.runs.remember("since", "then")
    log = Path(f"{store}-wal").read_bytes()
    store.unlink()
    restore(file, store, "cli:ana", NOW, quiet)
    assert open_memory(store).runs.fact("since") == ""
    Path(f"{file}-wal").write_bytes(log)
    backup(store, file, True, quiet)
    assert open_memory(file).runs.fact("since") == ""


def test_a_damaged_store_makes_no_backup(memory: Memory, tmp_path: Path) -> None:
    damage(memory)
    file = tmp_path / "saved.db"
    file.write_text("the last good one")
    with pytest.raises(StoreError, match="damaged"):
        backup(memory.database.path, file, True, quiet)
    assert file.read_text() == "the last good one"
    assert not list(tmp_path.glob("saved.db?*"))


def damage(memory: Memory) -> None:
    for number in range(300):
        memory.inbox.put(turn(f"{number}.0"), f"Ev{number}", (), NOW)
    memory.database.value("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.database.close()
    with memory.database.path.open("r+b") as file:
        file.seek(memory.database.path.stat().st_size // 3)
        file.write(b"\xff" * 100_000)


def test_a_restore_keeps_what_was_there_and_refuses_while_vigil_runs(memory: Memory, tmp_path: Path) -> None:
    store, file = memory.database.path, tmp_path / "saved.db"
    backup(store, file, False, quiet)
    memory.runs.remember("since", "then")
    lock = take(store)
    with pytest.raises(StoreError, match="another Vigil is running"):
        restore(file, store, "cli:ana", NOW, quiet)
    lock.close()
    memory.database.close()
    store.with_suffix(".index").write_text("of another past")
    done = restore(file, store, "cli:ana", NOW, quiet)
    assert done.former is not None
    assert open_memory(done.former).runs.fact("since") == "then"
    assert open_memory(store).runs.fact("since") == ""
    assert not store.with_suffix(".index").exists()
    again = open_memory(store)
    assert again.audit.broken_at() is None
    assert "restore of" in again.database.value("SELECT action FROM audit ORDER BY seq DESC LIMIT 1")
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello" * 1000, "not a Vigil database"),
        (b"", "is no store of Vigil's"),
        (None, "there is no such file"),
    ],
)
def test_what_is_no_backup_changes_nothing(memory: Memory, tmp_path: Path, content: bytes | None, why: str) -> None:
    file, store = tmp_path / "saved.db", memory.database.path
    if content is not None:
        file.write_bytes(content)
    memory.database.close()
    before = store.read_bytes()
    with pytest.raises(StoreError, match=why):
        restore(file, store, "cli:ana", NOW, quiet)
    assert store.read_bytes() == before
    assert not list(tmp_path.glob("*.tmp*"))


def test_a_backup_that_was_damaged_or_is_newer_is_refused(memory: Memory, tmp_path: Path) -> None:
    store = memory.database.path
    newer, broken = tmp_path / "newer.db", tmp_path / "broken.db"
    backup(store, newer, False, quiet)
    Database(newer).value(f"PRAGMA user_version={newest() + 1}")
    with pytest.raises(StoreError, match="made by a newer Vigil"):
        restore(newer, store, "cli:ana", NOW, quiet)
    open_memory(broken)
    damage(open_memory(broken))
    with pytest.raises(StoreError, match="damaged"):
        restore(broken, store, "cli:ana", NOW, quiet)


def test_an_erasure_of_a_person_made_since_is_told(memory: Memory, tmp_path: Path) -> None:
    backup(memory.database.path, tmp_path / "saved.db", False, quiet)
    memory.erasures.request(Erasure("person", "amy", "requested", "cli:ana"), NOW)
    assert restore(tmp_path / "saved.db", memory.database.path, "cli:ana", NOW + 1, quiet).persons == 1
