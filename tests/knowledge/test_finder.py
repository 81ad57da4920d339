"""The finder and the mirror: entries whole and packed, exclusions, starts from the cache, and the lock between threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest

from knowledge.cachefile import save
from knowledge.embedding import CachedEmbedder, HashingEmbedder
from knowledge.fairlock import FairLock
from knowledge.finder import Finder
from knowledge.index import VectorIndex
from knowledge.mirror import Mirror
from knowledge.models import Audience, Case, Entry, Kind, Link, Query, Said, Status
from knowledge.shelf_texts import Texts, packed, unpacked
from tests.knowledge.cases import EVERYONE, precedent, section
from tests.knowledge.memory_store import MemoryStore

POOL = section("Connection pool exhausted", "Raise max_connections or restart the pgbouncer pool when NW-4031 appears.")
QUOTA = section("Disk quota", "Ask the storage team to extend the volume quota of the namespace.")


def mirror(store: MemoryStore, cache: Path | None = None, embedder: CachedEmbedder | None = None) -> Mirror:
    made = Mirror(store, embedder or CachedEmbedder(HashingEmbedder()), cache)
    made.refresh()
    return made


def stored(*cases: object) -> MemoryStore:
    store = MemoryStore()
    store.put(cases, Status.LIVE, "ingest", 1.0)  # type: ignore[arg-type]
    return store


def found(searched: Mirror, text: str, **more: object) -> list[Entry]:
    query = Query(text, **{"audience": EVERYONE, **more})  # type: ignore[arg-type]
    candidates = searched.find(query, HashingEmbedder().embed([text])[0]).candidates
    return [c.spine.entry() for c in sorted(candidates, key=lambda c: -c.cosine - c.bm25)]


def test_an_entry_comes_back_whole() -> None:
    links = (Link("Runbook", "https://wiki.example/pool"), Link("Graph", "https://graphs.example/1"))
    case = Case(
        Kind.CASE, "Pool \ud83d", "Pool exhausted", "Restart it.\n\nThen wait.", Audience.of("a", "b"), "thread:1",
        "https://chat.example/1", "production", "a leak", links, ("U-ann", "U-bob"), 12.5, ("t1", "t2"), "C1",
        (Said("t1", "Restart it."),),
    )  # fmt: skip
    entry = Entry(7, case, 3, Status.LIVE, 44, 55.5, 6, 2, "U-ann", "U-bob", ("No pool left",))
    plain = Entry(7, Case(Kind.SECTION, "", "", "", Audience(), ""), 0, Status.RETIRED, 0, 0.0)
    defaults = {f.name for kind in (Entry, Case) for f in fields(kind)}
    assert not {n for n in defaults for e in (entry, entry.case) if getattr(e, n, 1) == getattr(plain, n, object())} - {
        "id"
    }
    assert unpacked(7, packed(entry)) == entry
    assert unpacked(7, packed(plain)) == plain


def test_texts_stay_readable_through_changes_joining_and_thinning() -> None:
    entries = {
        n: Entry(n, section(f"page {n}", "long text " * (n % 9)), 1, Status.LIVE, n, 0.0) for n in range(1, 5001)
    }
    texts = Texts()
    for entry in entries.values():
        texts.put(entry)
    joined = texts.renewed()
    assert joined is not None
    assert joined.renewed(whole=True) is None
    for n in range(1, 3000):
        joined.remove(n)
        del entries[n]
    joined.remove(10**6)
    entries[3000] = replace(entries[3000], version=2)
    joined.put(entries[3000])
    thin = joined.renewed()
    assert thin is not None
    for kept in (joined, thin, Texts.of(thin.blocks())):
        assert [n for n in range(1, 5002) if kept.get(n)] == sorted(entries)
        assert all(unpacked(n, kept.get(n) or b"") == entry for n, entry in entries.items())
    assert len(thin.blocks()["texts"]) < len(joined.blocks()["texts"])


def test_feedback_counts_are_those_of_the_moment() -> None:
    store = stored(POOL)
    searched = mirror(store)
    assert found(searched, "pool")[0].helpful == 0
    store.count(1, 3, 0)
    searched.update(store.entries[1])
    assert found(searched, "pool")[0].helpful == 3


def test_derived_sources_are_excluded_with_their_origin() -> None:
    store = stored(
        precedent("pool exhausted", "restart it", "thread:1~2"), precedent("pool exhausted", "wait", "thread:2")
    )
    assert [entry.id for entry in found(mirror(store), "pool", exclude=frozenset({"case:thread:1"}))] == [2]
    assert found(mirror(store), "pool", kinds=frozenset({Kind.SECTION})) == []


def test_a_start_from_the_cache_reads_only_what_differs(tmp_path: Path) -> None:
    store, cache = stored(POOL, QUOTA, section("Gone", "to be retired")), tmp_path / "vectors"
    mirror(store, cache).save()
    read: list[int] = []
    store.get_many = lambda ids: read.extend(ids) or [store.entries[i] for i in ids]  # type: ignore[method-assign,func-returns-value]
    store.change_state([3], Status.RETIRED, "U-bob", 2.0)
    store.put([replace(QUOTA, resolution="Delete what is old.")], Status.LIVE, "ingest", 3.0)
    embedder = CachedEmbedder(HashingEmbedder())
    again = mirror(store, cache, embedder)
    assert (read, len(again), embedder.texts) == ([2], 2, 1)
    assert {entry.id for entry in found(again, "delete old quota")} == {1, 2}


def test_what_changes_while_the_cache_is_written_is_right_after_the_next_start(tmp_path: Path) -> None:
    store, cache = stored(POOL, QUOTA, section("Vault", "hunter2")), tmp_path / "vectors"
    finder, embedder = Finder(VectorIndex(256)), HashingEmbedder()
    for entry in store.get_many([1, 2, 3]):
        finder.show(entry, embedder.embed(entry.case.passages()))
    finder.tidy(whole=True)
    change = store.change
    head, blocks = finder.blocks()
    for text in ("Ask nobody.", POOL.resolution):  # there and back again, so that the text is the one that is written
        (entry,) = store.put([replace(POOL, resolution=text)], Status.LIVE, "ingest", 2.0)
        finder.show(entry, embedder.embed(entry.case.passages()))
    (more,) = store.put([replace(QUOTA, source="file:more")], Status.LIVE, "ingest", 3.0)
    finder.show(more, embedder.embed(more.case.passages()))
    store.erase([3], 3.0)
    finder.drop(3)
    save(cache, {**head, "model": embedder.model, "dim": embedder.dim, "change": change}, blocks)
    again, fresh = mirror(store, cache), mirror(store)
    for text in ("connection pool NW-4031", "volume quota", "hunter2"):
        query, vector = Query(text, EVERYONE), embedder.embed([text])[0]
        ours, theirs = again.find(query, vector), fresh.find(query, vector)
        assert {c.spine for c in ours.candidates} == {c.spine for c in theirs.candidates}
        measures = [{c.spine.entry_id: (c.cosine, c.bm25) for c in side.candidates} for side in (ours, theirs)]
        assert all(measures[0][i] == pytest.approx(measures[1][i], abs=1e-5) for i in measures[1])


def test_a_cache_of_another_history_with_the_same_numbers_is_not_believed(tmp_path: Path) -> None:
    cache = tmp_path / "vectors"
    mirror(stored(POOL, QUOTA), cache).save()
    other = MemoryStore()
    other.put(
        [section("Lost keys", "Ask the desk for new keys."), section("Bikes", "In the yard.")], Status.LIVE, "x", 1.5
    )
    searched = mirror(other, cache)
    assert found(searched, "new keys from the desk")[0].case.title == "Lost keys"
    assert len(searched) == 2


def test_a_cache_of_another_model_or_from_a_later_time_is_refused(tmp_path: Path) -> None:
    store, cache = stored(POOL), tmp_path / "vectors"
    mirror(store, cache).save()
    narrow = CachedEmbedder(HashingEmbedder(dim=64))
    assert len(mirror(store, cache, narrow)) == 1
    assert narrow.texts > 0
    earlier = MemoryStore()
    assert len(mirror(earlier, cache)) == 0


def test_what_is_erased_leaves_the_cache_by_word_and_by_number(tmp_path: Path) -> None:
    store, cache = stored(section("Vault", "the code is hunter2"), POOL), tmp_path / "vectors"
    searched = mirror(store, cache)
    searched.save()
    row = HashingEmbedder().embed([store.entries[1].case.passages()[0]])[0].tobytes()
    assert row in cache.read_bytes()
    assert b"hunter2" in cache.read_bytes()
    store.erase([1], 2.0)
    searched.refresh()
    searched.save()
    assert row not in cache.read_bytes()
    assert b"hunter2" not in cache.read_bytes()


def test_the_lock_is_passed_on_in_the_order_of_asking() -> None:
    lock, order, asked = FairLock(), list[int](), threading.Semaphore(0)

    def ask(number: int) -> None:
        asked.release()
        with lock:
            order.append(number)

    with ThreadPoolExecutor(4) as pool:
        with lock:
            waiting = []
            for number in range(4):
                waiting.append(pool.submit(ask, number))
                asked.acquire()
                while len(lock) <= number:
                    threading.Event().wait(0.001)
        for future in waiting:
            future.result(10)
        assert order == [0, 1, 2, 3]
        assert len(lock) == 0
