from collections.abc import Sequence

import pytest

from knowledge.models import Audience, Case, Entry, Kind, Status
from knowledge.waiting import Waiting
from tests.knowledge.memory_store import MemoryStore

NOW = 1_700_000_000.0
HERE = Audience.of("W1/C1")


class Counted(MemoryStore):
    """The store, with how many entries were read whole."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def get_many(self, entry_ids: Sequence[int]) -> list[Entry]:
        self.read += len(entry_ids)
        return super().get_many(entry_ids)


@pytest.fixture
def store() -> Counted:
    return Counted()


def propose(store: Counted, name: str, text: str = "Restart it.", kind: Kind = Kind.CASE) -> Entry:
    case = Case(kind=kind, title=name, problem=f"{name} fails", resolution=text, audience=HERE, source=name)
    return store.put([case], Status.PROPOSED, "kim", NOW)[0]


def test_only_what_changed_is_read_again(store: Counted) -> None:
    first, second = propose(store, "mail"), propose(store, "login")
    waiting = Waiting(store, 10)
    assert waiting.cases() == [second, first]
    assert store.read == 2
    edited = propose(store, "mail", "Restart the relay.")
    assert waiting.cases() == [edited, second]
    assert store.read == 3
    waiting.cases()
    assert store.read == 3


def test_what_waits_no_more_is_left_out(store: Counted) -> None:
    first, second, third = (propose(store, name) for name in ("mail", "login", "disk"))
    waiting = Waiting(store, 10)
    assert len(waiting.cases()) == 3
    store.change_state([first.id], Status.LIVE, "amy", NOW)
    store.erase([second.id], NOW)
    assert waiting.cases() == [third]


def test_the_newest_are_kept_and_an_older_one_comes_back_when_a_newer_is_settled(store: Counted) -> None:
    first, second, third = (propose(store, name) for name in ("mail", "login", "disk"))
    waiting = Waiting(store, 2)
    assert waiting.cases() == [third, second]
    store.change_state([third.id], Status.RETIRED, "amy", NOW)
    assert waiting.cases() == [second, first]


def test_proposed_sections_are_no_cases(store: Counted) -> None:
    propose(store, "page", kind=Kind.SECTION)
    assert Waiting(store, 5).cases() == []
