"""Entries: versions, states, change numbers that only rise, and vectors beside them."""

from __future__ import annotations

import numpy as np
import pytest

from bot.memory import Memory
from bot.storage.entries import CHANGES
from knowledge.models import Entry, KnowledgeError, Status
from tests.storage.values import NOW, case


def put(memory: Memory, name: str, text: str = "Ask.", status: Status = Status.LIVE, actor: str = "U1") -> Entry:
    return memory.entries.put([case(f"file:{name}", text)], status, actor, NOW)[0]


def now(memory: Memory, entry: Entry) -> Entry:
    found = memory.entries.get(entry.id)
    assert found is not None
    return found


def test_an_entry_comes_back_as_it_went_in(memory: Memory) -> None:
    entry = put(memory, "a#b")
    assert (entry.version, entry.status, entry.proposed_by, entry.approved_by) == (1, Status.LIVE, "U1", "U1")
    assert memory.entries.get(entry.id) == entry == memory.entries.by_source("file:a#b")
    assert (memory.entries.get(99), memory.entries.by_source("file:none")) == (None, None)


def test_many_entries_are_read_at_once_and_the_live_ones_listed_without_their_texts(memory: Memory) -> None:
    entries = [put(memory, f"a#{n}") for n in range(600)]
    found = memory.entries.get_many([entry.id for entry in entries] + [9999])
    assert sorted(found, key=lambda entry: entry.id) == entries
    memory.entries.change_state([entries[0].id], Status.RETIRED, "U1", NOW)
    waiting = put(memory, "b", status=Status.PROPOSED)
    live = memory.entries.changes(Status.LIVE)
    assert live == [(entry.id, entry.change, entry.updated_at) for entry in reversed(entries[1:])]
    assert memory.entries.changes(Status.LIVE, 2) == live[:2]
    assert waiting.id not in {row[0] for row in live}
    plan = memory.database.read(f"EXPLAIN QUERY PLAN {CHANGES}", (Status.LIVE, -1))
    assert "COVERING INDEX" in plan[0][-1]


def test_the_same_source_is_a_new_version(memory: Memory) -> None:
    first, second = put(memory, "a#b"), put(memory, "a#b", "Do not ask.")
    assert (second.id, second.version, second.case.resolution) == (first.id, 2, "Do not ask.")
    assert second.change > first.change


def test_a_proposal_has_no_approver_until_somebody_approves(memory: Memory) -> None:
    entry = put(memory, "a#b", status=Status.PROPOSED)
    assert entry.approved_by == ""
    (live,) = memory.entries.change_state([entry.id], Status.LIVE, "U2", NOW + 1)
    assert (live.status, live.approved_by, live.proposed_by, live.updated_at) == (Status.LIVE, "U2", "U1", NOW + 1)
    (retired,) = memory.entries.change_state([entry.id], Status.RETIRED, "U3", NOW + 2)
    assert (retired.approved_by, retired.change > live.change) == ("U2", True)


def test_changes_are_followed_in_order(memory: Memory) -> None:
    one, two = put(memory, "a"), put(memory, "b")
    memory.entries.change_state([one.id], Status.RETIRED, "U1", NOW)
    assert [entry.id for entry in memory.entries.since(0)] == [two.id, one.id]
    assert [entry.id for entry in memory.entries.since(two.change)] == [one.id]
    assert [entry.id for entry in memory.entries.since(0, 1)] == [two.id]
    assert memory.entries.since(memory.entries.last_change()) == []


def test_an_unknown_entry_changes_nothing(memory: Memory) -> None:
    entry = put(memory, "a")
    with pytest.raises(KnowledgeError, match="there is no entry 99"):
        memory.entries.change_state([entry.id, 99], Status.RETIRED, "U1", NOW)
    with pytest.raises(KnowledgeError, match="there is no entry 99"):
        memory.entries.put([case("file:z")], Status.LIVE, "U1", NOW, 99)
    assert memory.entries.since(0) == [entry]


def test_a_batch_is_all_or_nothing(memory: Memory) -> None:
    broken = case("file:b", resolution="\ud800")  # half a character cannot be written
    with pytest.raises(UnicodeEncodeError):
        memory.entries.put([case("file:a"), broken], Status.LIVE, "U1", NOW)
    assert memory.entries.last_change() == 0


def test_a_former_version_comes_back_as_a_new_one(memory: Memory) -> None:
    put(memory, "a", "first")
    second = put(memory, "a", "second", Status.PROPOSED)
    back = memory.entries.revert(second.id, "U2", NOW)
    assert (back.version, back.case.resolution, back.status) == (3, "first", Status.LIVE)
    assert memory.entries.revert(second.id, "U2", NOW).case.resolution == "second"


def test_there_is_not_always_a_former_version(memory: Memory) -> None:
    with pytest.raises(KnowledgeError, match="has no former version"):
        memory.entries.revert(put(memory, "a").id, "U2", NOW)


def test_what_is_erased_leaves_only_its_number(memory: Memory) -> None:
    one, two = put(memory, "a", "walrus"), put(memory, "b")
    put(memory, "a", "walrus again")
    memory.entries.save_vectors([(now(memory, one), np.ones((1, 4), np.float32))], "m")
    before = memory.entries.last_change()
    memory.entries.erase([one.id], NOW)
    assert memory.entries.erased_since(before) == [(before + 1, one.id)]
    assert memory.entries.last_change() == before + 1
    assert memory.entries.since(0) == [two]
    assert [memory.database.read(f"SELECT * FROM {table} WHERE entry_id={one.id}") for table in ("entry_versions", "vectors")] == [[], []]  # fmt: skip


def test_change_numbers_rise_after_everything_was_erased(memory: Memory) -> None:
    entry = put(memory, "a")
    memory.entries.erase([entry.id], NOW)
    seen = memory.entries.last_change()
    again = put(memory, "a")
    assert again.change > seen
    assert again.id != entry.id


def test_containers(memory: Memory) -> None:
    memory.entries.put([case("file:a#1", container="guides/a.md"), case("file:b#1", container="guides/b.md")], Status.LIVE, "U1", NOW)  # fmt: skip
    (other,) = memory.entries.put([case("file:c#1", container="guidesx")], Status.LIVE, "U1", NOW)
    assert sorted(memory.entries.containers("guides/")) == ["guides/a.md", "guides/b.md"]
    memory.entries.change_state([other.id], Status.RETIRED, "U1", NOW)
    assert sorted(memory.entries.containers("guides")) == ["guides/a.md", "guides/b.md"]
    assert [e.case.source for e in memory.entries.in_container("guides/a.md")] == ["file:a#1"]
    assert [e.id for e in memory.entries.with_status(Status.RETIRED)] == [other.id]


def test_counts(memory: Memory) -> None:
    entry = put(memory, "a")
    memory.entries.count(entry.id, 2, 1)
    memory.entries.count(entry.id, -1, -5)
    assert (now(memory, entry).helpful, now(memory, entry).unhelpful) == (1, 0)
    assert put(memory, "a", "new words").helpful == 1


def test_vectors_are_kept_by_model_and_version(memory: Memory) -> None:
    one, two = put(memory, "a"), put(memory, "b")
    rows = np.arange(8, dtype=np.float32).reshape(2, 4)
    memory.entries.save_vectors([(one, rows), (two, rows[:1])], "m1")
    memory.entries.save_vectors([(one, rows * 2)], "m2")
    found = memory.entries.vectors([one, two], "m1")
    assert np.array_equal(found[one.id], rows)
    assert found[two.id].shape == (1, 4)
    assert list(memory.entries.vectors([one, two], "m2")) == [one.id]
    assert memory.entries.vectors([put(memory, "a", "changed")], "m1") == {}
    assert memory.entries.vectors([], "m1") == {}


def test_many_vectors_are_read_at_once(memory: Memory) -> None:
    entries = memory.entries.put([case(f"file:{n}") for n in range(1200)], Status.LIVE, "U1", NOW)
    memory.entries.save_vectors([(entry, np.full((1, 2), entry.id, np.float32)) for entry in entries], "m")
    found = memory.entries.vectors(entries, "m")
    assert all(found[entry.id][0, 0] == entry.id for entry in entries)
