"""The knowledge base from put and proposal to search, approval, undo and erasure, over a store in memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.embedding import CachedEmbedder, HashingEmbedder
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Case, Entry, Hit, Kind, KnowledgeError, Query, Relation, Status, Verdict
from tests.knowledge.cases import EVERYONE, precedent, section, solved
from tests.knowledge.memory_store import MemoryStore

POOL = section("Connection pool exhausted", "Raise max_connections or restart the pgbouncer pool when NW-4031 appears.")
QUOTA = section("Disk quota", "Ask the storage team to extend the volume quota of the namespace.")


def base(store: MemoryStore | None = None, cache: Path | None = None, **more: object) -> KnowledgeBase:
    return KnowledgeBase(store or MemoryStore(), HashingEmbedder(), cache, lambda text: text, **more)  # type: ignore[arg-type]


def titles(hits: list[Hit]) -> list[str]:
    return [hit.entry.case.title for hit in hits]


def ask(text: str, **more: object) -> Query:
    return Query(text, **{"audience": EVERYONE, **more})  # type: ignore[arg-type]


def test_what_is_put_is_found_at_once_by_words_and_by_meaning() -> None:
    kb = base()
    kb.put([POOL, QUOTA], "ingest", 1.0)
    assert kb.size == 2
    hit = kb.search(ask("what does NW-4031 mean"))[0]
    assert hit.entry.case.title == POOL.title
    assert "names NW-4031" in hit.why
    assert hit.passage == POOL.passages()[0]
    assert 0 < hit.helpful <= 1


def test_views_of_a_question_turn_the_search_to_what_they_say() -> None:
    kb = base()
    kb.put([POOL, QUOTA], "ingest", 1.0)
    text = "after the pgbouncer pool restart we now look at the volume quota of the namespace"
    plain, turned = kb.search(ask(text)), kb.search(ask(text, views=("pgbouncer pool restart", "pgbouncer pool")))
    assert titles(plain)[0] == QUOTA.title
    assert titles(turned)[0] == POOL.title
    assert turned[0].cosine > {hit.entry.id: hit.cosine for hit in plain}[turned[0].entry.id]


def test_readers_see_only_what_all_of_them_may_read() -> None:
    kb = base()
    channel = Audience.of("channel:slack:T:C1")
    kb.put([section("Secret pool runbook", "the pool of the vault", audience=channel), POOL], "ingest", 1.0)
    assert titles(kb.search(ask("pool runbook"))) == [POOL.title]
    both = kb.search(ask("secret pool runbook", audience=Audience.of("everyone", "channel:slack:T:C1")))
    assert titles(both)[0] == "Secret pool runbook"
    assert kb.search(ask("pool", audience=Audience())) == []


def test_who_may_read_an_entry_holds_from_the_moment_it_changes() -> None:
    store = MemoryStore()
    kb = base(store)
    channel, both = Audience.of("channel:slack:T:C1"), Audience.of("everyone", "channel:slack:T:C1")
    secret = section("Secret pool runbook", "the pool of the vault", audience=channel)
    everyone, members = ask("pool runbook"), ask("pool runbook", audience=both)
    (entry,) = kb.put([secret], "ingest", 1.0)
    assert (titles(kb.search(everyone)), titles(kb.search(members))) == ([], [secret.title])
    kb.put([replace(secret, audience=EVERYONE)], "ingest", 2.0)
    assert titles(kb.search(everyone)) == titles(kb.search(members)) == [secret.title]
    kb.put([secret], "ingest", 3.0)
    assert (titles(kb.search(everyone)), titles(kb.search(members))) == ([], [secret.title])
    store.change_state([entry.id], Status.RETIRED, "amy", 4.0)
    kb.refresh()
    assert kb.search(members) == []


def test_many_audiences_each_see_their_own() -> None:
    kb = base()
    rooms = [Audience.of(f"channel:slack:T:C{number}") for number in range(40)]
    kb.put([section(f"Pool {n}", f"pool of room {n}", audience=room) for n, room in enumerate(rooms)], "ingest", 1.0)
    for _ in range(2):
        assert [titles(kb.search(ask("pool", audience=room))) for room in rooms] == [[f"Pool {n}"] for n in range(40)]


def test_excluded_sources_take_no_room_from_others() -> None:
    kb = base()
    own = [precedent("pool exhausted", "restart the pool now", f"thread:1~{n}") for n in range(60)]
    kb.put([*own, precedent("pool", "restart", "thread:2")], "bot", 1.0)
    (hit,) = kb.search(ask("pool exhausted restart", exclude=frozenset({"thread:1"})))
    assert hit.entry.case.source == "thread:2"


def test_kinds_and_sources_can_be_left_out() -> None:
    kb = base()
    kb.put([POOL, precedent("pool exhausted again", "we restarted pgbouncer", "thread:1")], "ingest", 1.0)
    assert titles(kb.search(ask("pool exhausted", kinds=frozenset({Kind.SECTION})))) == [POOL.title]
    assert titles(kb.search(ask("pool exhausted", exclude=frozenset({"thread:1"})))) == [POOL.title]


def test_a_case_is_found_only_after_somebody_else_approved_it() -> None:
    kb = base()
    entry = kb.propose(solved("billing export hangs", "clear the stale export lock"), "U-ann", 1.0)
    assert entry.status is Status.PROPOSED
    assert kb.search(ask("billing export hangs")) == []
    with pytest.raises(KnowledgeError, match="somebody else"):
        kb.approve(entry.id, "U-ann", 2.0)
    assert kb.approve(entry.id, "U-bob", 3.0).status is Status.LIVE
    assert titles(kb.search(ask("billing export hangs"))) == ["billing export hangs"]
    assert kb.approve(entry.id, "U-bob", 4.0).status is Status.LIVE


def test_one_helper_may_approve_alone_where_the_team_says_so() -> None:
    kb = base(second_approver=False)
    entry = kb.propose(solved("export hangs", "clear the lock", authors=("U-ann",)), "U-ann", 1.0)
    assert kb.approve(entry.id, "U-ann", 2.0).status is Status.LIVE


def test_a_case_cannot_slip_in_as_a_document() -> None:
    with pytest.raises(KnowledgeError, match="propose"):
        base().put([solved("export hangs", "clear the lock")], "U-eve", 1.0)


def test_the_same_case_twice_is_one_entry_and_never_loses_its_approval() -> None:
    kb = base()
    case = solved("billing export hangs", "clear the stale export lock")
    entry = kb.propose(case, "vigil", 1.0)
    assert kb.propose(case, "vigil", 2.0).id == entry.id
    kb.approve(entry.id, "U-bob", 3.0)
    assert kb.propose(case, "vigil", 4.0).status is Status.LIVE
    changed = kb.propose(solved("billing export hangs", "restart the exporter"), "vigil", 5.0)
    assert changed.id != entry.id
    assert titles(kb.search(ask("billing export hangs"))) == ["billing export hangs"]


def test_a_case_learned_from_a_precedents_thread_leaves_the_precedent_be() -> None:
    kb = base()
    earlier = kb.put([precedent("billing export hangs", "clear the lock", "thread:9")], "vigil", 1.0)[0]
    entry = kb.propose(solved("billing export hangs", "clear the lock", "thread:9"), "vigil", 2.0)
    assert entry.id != earlier.id
    assert [hit.entry.id for hit in kb.search(ask("billing export"))] == [earlier.id]


def test_a_successor_takes_the_place_of_the_former_case_and_undo_brings_it_back() -> None:
    def judge(case: Case, hits: object) -> Verdict:
        found = list(hits)  # type: ignore[call-overload]
        return Verdict(Relation.SUCCESSOR, found[0].entry) if found else Verdict(Relation.NEW)

    kb = base(judge=judge)
    old = kb.propose(solved("export hangs", "clear the lock", "thread:1"), "vigil", 1.0)
    kb.approve(old.id, "U-bob", 2.0)
    new = kb.propose(solved("export hangs again", "upgrade the exporter", "thread:2"), "vigil", 3.0)
    kb.approve(new.id, "U-bob", 4.0)
    assert [hit.entry.id for hit in kb.search(ask("export hangs"))] == [new.id]
    kb.undo(new.id, "U-bob", 5.0)
    assert [hit.entry.id for hit in kb.search(ask("export hangs"))] == [old.id]


def test_a_duplicate_comes_back_as_the_entry_that_is_known() -> None:
    def judge(case: Case, hits: object) -> Verdict:
        found = list(hits)  # type: ignore[call-overload]
        return Verdict(Relation.DUPLICATE, found[0].entry) if found else Verdict(Relation.NEW)

    kb = base(judge=judge)
    old = kb.propose(solved("export hangs", "clear the lock", "thread:1"), "vigil", 1.0)
    kb.approve(old.id, "U-bob", 2.0)
    assert kb.propose(solved("the export hangs", "clear the lock", "thread:2"), "vigil", 3.0).id == old.id


def test_the_usual_judge_supersedes_an_older_answer_to_the_same_problem() -> None:
    kb = base()
    problem = "billing export hangs at midnight"
    old = kb.propose(solved(problem, "clear the stale lock", "thread:1", happened_at=10.0), "vigil", 11.0)
    kb.approve(old.id, "U-bob", 12.0)
    assert kb.propose(solved(problem, "clear the stale lock", "thread:2"), "vigil", 13.0).id == old.id
    new = kb.propose(solved(problem, "upgrade the exporter to 2.4", "thread:3", happened_at=20.0), "vigil", 21.0)
    assert new.status is Status.PROPOSED
    kb.approve(new.id, "U-bob", 22.0)
    assert [hit.entry.id for hit in kb.search(ask(problem))] == [new.id]


def test_an_edited_case_waits_for_approval_again() -> None:
    kb = base()
    entry = kb.propose(solved("export hangs", "clear the lock"), "vigil", 1.0)
    kb.approve(entry.id, "U-bob", 2.0)
    edited = kb.edit(entry.id, solved("export hangs", "run rm -rf"), "U-eve", 3.0)
    assert (edited.id, edited.status) == (entry.id, Status.PROPOSED)
    assert kb.search(ask("export hangs")) == []
    with pytest.raises(KnowledgeError, match="somebody else"):
        kb.approve(entry.id, "U-eve", 4.0)


def test_retired_and_rejected_entries_are_gone_from_search() -> None:
    kb = base()
    entry = kb.put([POOL], "ingest", 1.0)[0]
    kb.retire(entry.id, "U-bob", 2.0)
    assert kb.search(ask("connection pool")) == []
    kb.undo(entry.id, "U-bob", 3.0)
    assert len(kb.search(ask("connection pool"))) == 1
    proposed = kb.propose(solved("export hangs", "clear the lock"), "vigil", 4.0)
    assert kb.reject(proposed.id, "U-bob", 5.0).status is Status.RETIRED
    with pytest.raises(KnowledgeError, match="not proposed"):
        kb.reject(proposed.id, "U-bob", 6.0)
    kb.undo(proposed.id, "U-bob", 7.0)
    assert proposed.id not in {hit.entry.id for hit in kb.search(ask("export hangs"))}
    with pytest.raises(KnowledgeError, match="no entry 99"):
        kb.retire(99, "U-bob", 8.0)


def test_secrets_are_out_before_anything_is_stored() -> None:
    store = MemoryStore()
    kb = KnowledgeBase(store, HashingEmbedder(), None, lambda text: text.replace("hunter2", "[secret]"))
    kb.put([section("Login hunter2", "password is hunter2", "file:a")], "ingest", 1.0)
    kb.propose(solved("hunter2 fails", "use hunter2", "thread:1", cause="hunter2"), "vigil", 1.0)
    assert "hunter2" not in repr(store.entries)


def test_another_process_writes_and_refresh_takes_it_over() -> None:
    store = MemoryStore()
    writer, reader = base(store), base(store)
    writer.put([POOL], "ingest", 1.0)
    assert reader.refresh() == 1
    reads = store.reads
    assert reader.refresh() == 0
    assert store.reads == reads
    writer.put([QUOTA], "ingest", 2.0)
    assert reader.refresh() == 1
    assert titles(reader.search(ask("volume quota")))[0] == QUOTA.title


def test_erased_entries_leave_memory_and_the_cache_file(tmp_path: Path) -> None:
    store, cache = MemoryStore(), tmp_path / "vectors"
    kb = base(store, cache)
    entries = kb.put([POOL, QUOTA], "ingest", 1.0)
    kb.save_cache()
    row = HashingEmbedder().embed([POOL.passages()[0]])[0].tobytes()
    traces = (row, POOL.title.encode(), b"nw-4031")
    assert all(trace in cache.read_bytes() for trace in traces)
    kb.erase([entries[0].id], 2.0)
    assert not any(trace in cache.read_bytes() for trace in traces)
    assert titles(kb.search(ask("connection pool NW-4031"))) in ([], [QUOTA.title])
    kb.erase([entries[1].id], 3.0)
    assert QUOTA.title.encode() not in cache.read_bytes()
    assert base(store, cache).refresh() == 0


def test_a_cache_that_another_process_wrote_meanwhile_keeps_nothing_erased(tmp_path: Path) -> None:
    store, cache = MemoryStore(), tmp_path / "vectors"
    kb = base(store, cache)
    entries = kb.put([POOL, QUOTA], "ingest", 1.0)
    kb.save_cache()
    late = cache.read_bytes()
    kb.erase([entries[0].id], 2.0)
    (tmp_path / "new").write_bytes(late)  # as a process does that read the entry before it was erased
    (tmp_path / "new").replace(cache)
    kb.save_cache()
    assert POOL.title.encode() not in cache.read_bytes()
    own = cache.stat()
    kb.save_cache()
    assert cache.stat().st_ino == own.st_ino


def test_a_start_from_the_cache_or_the_store_embeds_nothing_again(tmp_path: Path) -> None:
    store, cache = MemoryStore(), tmp_path / "vectors"
    first = base(store, cache)
    entries = first.put([POOL, QUOTA], "ingest", 1.0)
    first.save_cache()
    first.retire(entries[1].id, "U-bob", 2.0)
    embedder = CachedEmbedder(HashingEmbedder())
    second = KnowledgeBase(store, embedder, cache, lambda text: text)
    second.refresh()
    assert (second.size, embedder.texts) == (1, 0)
    cache.write_bytes(cache.read_bytes()[:-9] + b"\xff" + cache.read_bytes()[-8:])
    third = KnowledgeBase(store, embedder, cache, lambda text: text)
    assert titles(third.search(ask("connection pool"))) == [POOL.title]
    assert embedder.texts == 1  # the query alone


def test_a_store_set_back_to_an_older_copy_is_read_anew() -> None:
    store = MemoryStore()
    kb = base(store)
    kb.put([POOL, QUOTA], "ingest", 1.0)
    store.entries.pop(2)
    store.change = 1
    assert kb.refresh() == 1
    assert kb.size == 1


def test_precedent_passages_are_embedded_as_they_were_said() -> None:
    embedder = CachedEmbedder(HashingEmbedder())
    embedder.embed(["the billing export hangs", "please clear the stale lock"])
    kb = KnowledgeBase(MemoryStore(), embedder, None, lambda text: text)
    kb.put([precedent("the billing export hangs", "please clear the stale lock")], "vigil", 1.0)
    assert embedder.texts == 2


def test_counts_of_feedback_are_shown_and_move_no_rank() -> None:
    kb = base()
    one, two = kb.put([section("pool one", "restart it", "a"), section("pool two", "restart it", "b")], "ingest", 1.0)
    kb.feedback(two.id, 3, 0)
    kb.feedback(one.id, 0, 2)
    hits = kb.search(ask("pool restart"))
    assert [hit.entry.id for hit in hits] == [one.id, two.id]
    assert "marked not helpful 2 times" in hits[0].why
    assert "marked helpful 3 times" in hits[1].why


def test_searches_go_on_while_entries_come_and_go() -> None:
    store = MemoryStore()
    kb = base(store)
    kb.put([POOL], "ingest", 1.0)
    done = threading.Event()

    def search() -> int:
        count = 0
        while not done.is_set() or not count:
            assert titles(kb.search(ask("connection pool exhausted NW-4031")))[0] == POOL.title
            count += 1
        return count

    made: list[Entry] = []
    with ThreadPoolExecutor(3) as pool:
        searches = [pool.submit(search) for _ in range(3)]
        for n in range(120):
            made += kb.put([section(f"page {n}", f"how to page number {n}", f"f{n}")], "ingest", 2.0)
            if n % 2:
                kb.retire(made.pop(0).id, "U-bob", 3.0)
        done.set()
        assert all(future.result(20) for future in searches)
    assert kb.size == 61


def test_an_empty_base_and_an_empty_question_find_nothing() -> None:
    kb = base()
    assert kb.search(ask("anything")) == []
    kb.put([POOL], "ingest", 1.0)
    assert kb.search(ask("  \n ")) == []
