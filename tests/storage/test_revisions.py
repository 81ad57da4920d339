"""Revisions and reopened threads as stored: one a person and case, gone with whatever they rest on."""

from __future__ import annotations

from dataclasses import replace

from bot.memory import Memory
from bot.models import Mark, State
from bot.outcomes import Act, Erasure, Outcome, Revision
from knowledge.models import Audience, Case, Kind, Status
from tests.storage.values import CHANNEL, NOW, open_thread, turn

ROOT = f"{CHANNEL}:1.0"


def case(memory: Memory) -> int:
    told = Case(Kind.CASE, "t", "p", "r", Audience.everyone(), f"thread:{ROOT}", container=CHANNEL)
    return memory.entries.put([told], Status.LIVE, "U1", NOW)[0].id


def proposed(memory: Memory, entry_id: int, number: int = 1, author: str = "UHELP", turn_id: str = "") -> Revision:
    found = Revision(f"r{number}", entry_id, 1, f"answer {number}", author, "answered", ROOT, turn_id, NOW + number)
    memory.ledger.commit(Outcome(revisions=(found,), acts=(Act(author, "correct", f"entry {entry_id}", True),)), NOW)
    return found


def opened(memory: Memory) -> None:
    open_thread(memory, turn("1.0"))


def test_one_a_person_and_case_and_settled_ones_go(memory: Memory) -> None:
    opened(memory)
    entry_id = case(memory)
    proposed(memory, entry_id)
    second, other = proposed(memory, entry_id, 2), proposed(memory, entry_id, 3, "UOTHER")
    assert memory.revisions.of(entry_id) == memory.revisions.listed() == [second, other]
    assert memory.revisions.get("r2") == second
    assert memory.revisions.since(entry_id, 0.0) == 3
    memory.ledger.commit(Outcome(settled=("r2",)), NOW)
    assert memory.revisions.listed() == [other]


def test_a_revision_goes_with_its_turn_its_author_its_thread_and_its_case(memory: Memory) -> None:
    opened(memory)
    entry_id = case(memory)
    for number, gone in enumerate((Erasure("turn", ROOT, "deleted"), Erasure("person", "UHELP", "requested"))):
        proposed(memory, entry_id, number, turn_id=ROOT if gone.kind == "turn" else "")
        memory.erasures.request(gone, NOW)
        assert memory.revisions.listed() == []
    proposed(memory, entry_id)
    memory.entries.erase([entry_id], NOW)
    assert memory.revisions.listed() == []
    proposed(memory, case(memory))
    memory.erasures.remove_threads([ROOT])
    assert memory.revisions.listed() == []
    assert memory.erasures.orphans() == {}


def test_an_erased_persons_name_in_anothers_revision_becomes_an_alias(memory: Memory) -> None:
    opened(memory)
    entry_id = case(memory)
    for person in ("UHELP", "UOTHER"):
        memory.erasures.request(Erasure("person", person, "requested"), NOW)
    named = replace(proposed(memory, entry_id, author="UOTHER"), resolution="Ask UHELP for the key.")
    memory.ledger.commit(Outcome(revisions=(named,)), NOW)
    memory.persons.rename("UHELP", "erased-1", NOW)
    memory.persons.rename("UOTHER", "erased-2", NOW)
    [found] = memory.revisions.listed()
    assert (found.author, found.resolution) == ("erased-2", "Ask erased-1 for the key.")


def test_threads_that_were_resolved_and_are_not_any_more(memory: Memory) -> None:
    opened(memory)
    entry_id = case(memory)
    assert memory.revisions.learned_from(ROOT) == [entry_id]
    version = 1
    for state, noted in (
        (State.ACCEPTED, []), (State.RESOLVED, []), (State.ACCEPTED, []), (State.RESOLVED, []),
        (State.REOPENED, [ROOT]), (State.WAITING_ON_ASKER, [ROOT]),
    ):  # fmt: skip
        mark = (Mark("resolved", "U1", NOW),)
        memory.ledger.commit(Outcome(ROOT, CHANNEL, version, marks=mark, state=state), NOW)
        version += 1
        assert memory.revisions.reopened() == noted
    memory.revisions.looked_at(ROOT)
    assert memory.revisions.reopened() == []
    memory.entries.change_state([entry_id], Status.RETIRED, "U1", NOW)
    assert memory.revisions.learned_from(ROOT) == []
