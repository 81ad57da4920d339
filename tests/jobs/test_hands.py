"""Hands on a real inbox: a slow thread delays no other, lanes stay in order, leases last, and the end hands back."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bot.events import Edit, Event, Turn
from bot.jobs import hands as module
from bot.jobs.hands import Hands
from bot.jobs.signs import Signs
from bot.jobs.worker import Worker
from bot.memory import Memory, open_memory
from bot.models import VigilError
from bot.outcomes import Outcome, WakeUp
from bot.storage.inbox import LEASE_SECONDS
from bot.storage.threads import SqliteThreads
from tests.storage.values import CHANNEL, NOW, turn

PATIENCE = 20.0


class Thoughts:
    """A mind that records each turn; a thought about a text that begins with "slow" lasts until `release`."""

    def __init__(self, threads: SqliteThreads) -> None:
        self._threads = threads
        self.now, self.thought = NOW, list[str]()
        self.warmed = list[int]()
        self.changed = threading.Condition()
        self.released = threading.Event()
        self.fails = set[str]()

    def respond(self, event: Event, now: float) -> Outcome:
        """The outcome that records the event, after as long as it takes."""
        if isinstance(event, Edit):
            return self._edited(event)
        assert isinstance(event, Turn)
        self._think(event.text)
        if event.text in self.fails:
            self.fails.remove(event.text)
            raise VigilError("no idea")
        thread = self._threads.load(event.thread_id, event.channel_id, now)
        return Outcome(thread.id, thread.channel_id, thread.version, (event,))

    def _edited(self, edit: Edit) -> Outcome:
        known = self._threads.turn(edit.turn_id)
        assert known is not None, "an edit overtook its turn"
        self._think(edit.text)
        return Outcome(known.thread_id, known.channel_id)

    def _think(self, text: str) -> None:
        with self.changed:
            self.thought.append(text)
            self.changed.notify_all()
        if text.startswith("slow"):
            assert self.released.wait(PATIENCE)

    def woken(self, thread_id: str, turn_id: str, now: float) -> Outcome:
        self._think(f"slow hold {turn_id.rsplit(':', 1)[-1]}")
        return Outcome(thread_id, CHANNEL, cancel=True)

    def warm(self, texts: list[str]) -> None:
        self.warmed.append(len(texts))

    def until(self, *texts: str) -> None:
        """Return when all of these were begun."""
        with self.changed:
            assert self.changed.wait_for(lambda: {*texts} <= {*self.thought}, PATIENCE), self.thought


class Desk:
    """Hands, their memory and their mind; `run` lets them work on a thread of their own until the block ends."""

    def __init__(self, memory: Memory, count: int = 32, owner: str = "me") -> None:
        self.memory, self.done = memory, list[str]()
        self.changed = threading.Condition()
        self.mind = Thoughts(SqliteThreads(memory.database))
        threads = SqliteThreads(memory.database)
        self.worker = Worker(
            memory.inbox, threads, memory.ledger, self.mind, owner, lambda: self.mind.now, self._committed
        )
        self.hands = Hands(self.worker, count, Signs(60.0))
        self._stop = threading.Event()
        self.idle = 0.0  # by how much the clock moves while there is nothing to do

    def _committed(self, outcome: Outcome) -> None:
        with self.changed:
            self.done += [said.text for said in outcome.turns] or ["another"]
            self.changed.notify_all()

    @contextmanager
    def run(self) -> Iterator[Desk]:
        loop = threading.Thread(target=self._loop)
        loop.start()
        try:
            yield self
        finally:
            self.mind.released.set()
            self._stop.set()
            loop.join()
            self.hands.end(PATIENCE)

    def _loop(self) -> None:
        while not self._stop.is_set():
            if not self.hands.step():
                self.mind.now += self.idle
                self._stop.wait(0.01)

    def until(self, ready: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(ready, PATIENCE), self.done

    def say(self, *said: Event) -> None:
        for event in said:
            name = event.id if isinstance(event, Turn) else f"event {id(event)}"
            assert self.memory.inbox.put(event, name, (), NOW)


@pytest.fixture
def desk(memory: Memory) -> Desk:
    return Desk(memory)


def ask(number: int, text: str = "") -> Turn:
    return turn(f"{number}.0", text=text or f"quick {number}")


def reply(number: int, to: int, text: str) -> Turn:
    return turn(f"{number}.0", root=f"{to}.0", text=text)


def test_a_slow_thread_delays_no_other_and_its_own_events_wait_in_order(desk: Desk) -> None:
    later = [reply(n, 1, f"later {n}") for n in range(100, 104)]
    desk.say(ask(1, "slow 1"), *later, *(ask(n) for n in range(2, 22)))
    with desk.run():
        desk.until(lambda: len(desk.done) >= 20)
        assert desk.done == [f"quick {n}" for n in range(2, 22)]  # in the order in which they were heard
        desk.say(Edit(later[1].id, "edited", NOW), reply(104, 1, "later 104"), ask(22))
        desk.until(lambda: "quick 22" in desk.done)
        assert not any(text.startswith("later") for text in desk.mind.thought)
        desk.mind.released.set()
        desk.until(lambda: "later 104" in desk.done)
    own = [text for text in desk.mind.thought if not text.startswith("quick")]
    assert own == ["slow 1", "later 100", "later 101", "later 102", "later 103", "edited", "later 104"]
    assert desk.memory.inbox.backlog() == (0, 0)
    assert max(desk.mind.warmed) > 1


def test_many_slow_threads_are_thought_about_at_once_but_not_more_than_there_are_hands(memory: Memory) -> None:
    desk = Desk(memory, count=3)
    desk.say(*(ask(n, f"slow {n}") for n in range(5)))
    with desk.run():
        desk.mind.until("slow 0", "slow 1", "slow 2")
        assert len(desk.mind.thought) == 3
        desk.mind.released.set()
        desk.until(lambda: len(desk.done) == 5)


def test_every_event_of_many_threads_is_worked_off_once_and_in_order(desk: Desk) -> None:
    said: dict[int, list[str]] = defaultdict(list)
    for n in range(200):
        thread = n % 20
        said[thread].append(f"{'slow' if n % 37 == 0 else 'quick'} {n} in {thread}")
        desk.say(ask(thread, said[thread][-1]) if n < 20 else reply(1000 + n, thread, said[thread][-1]))
    desk.mind.fails = {"quick 63 in 3", "quick 23 in 3", "quick 150 in 10"}
    with desk.run():
        desk.mind.until("slow 0 in 0", "slow 37 in 17", "slow 111 in 11")
        desk.mind.released.set()
        desk.idle = 0.02
        desk.until(lambda: len(desk.done) == 200)
    threads = SqliteThreads(desk.memory.database)
    for thread, texts in said.items():
        assert [text for text in desk.done if text.endswith(f" in {thread}")] == texts
        assert len(threads.load(f"{CHANNEL}:{thread}.0", CHANNEL, NOW).turns) == len(texts)


def test_a_lease_lasts_as_long_as_the_thought(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEW", 0.0)
    desk.say(ask(1, "slow 1"), reply(2, 1, "behind"))
    other = open_memory(desk.memory.database.path)
    with desk.run():
        desk.mind.until("slow 1")
        for n in range(10, 16, 2):
            desk.mind.now += LEASE_SECONDS - 5
            for number in (n, n + 1):  # the second is taken in a step that began after the clock moved
                desk.say(ask(number))
                desk.until(lambda number=number: f"quick {number}" in desk.done)  # type: ignore[misc]
            assert other.inbox.claim("other", desk.mind.now + 10, False, 5) == []
        desk.mind.released.set()
        desk.until(lambda: "behind" in desk.done)
    assert desk.mind.thought.count("slow 1") == 1


def test_a_clock_that_jumps_lets_nothing_be_thought_twice(desk: Desk) -> None:
    desk.say(ask(1, "slow 1"))
    with desk.run():
        desk.mind.until("slow 1")
        desk.mind.now += 3600
        desk.say(ask(2), ask(3))
        desk.until(lambda: "quick 3" in desk.done)
        desk.mind.released.set()
        desk.until(lambda: "slow 1" in desk.done)
    assert desk.mind.thought.count("slow 1") == 1
    assert desk.memory.inbox.backlog() == (0, 0)


def test_the_end_hands_back_what_is_slow_and_its_outcome_does_not_count(desk: Desk) -> None:
    desk.say(ask(1, "slow 1"), reply(2, 1, "behind"), ask(3))
    with desk.run():
        desk.mind.until("slow 1")
        desk.until(lambda: desk.done == ["quick 3"])
        desk.hands.end(0.01)
        left = open_memory(desk.memory.database.path).inbox.claim("next", NOW + 0.2, False, 5)
        assert [leased.event for leased in left] == [ask(1, "slow 1"), reply(2, 1, "behind")]
    assert desk.done == ["quick 3"]  # the lease was lost, so nothing was written
    assert desk.memory.inbox.backlog() == (2, 0)


def test_slow_holds_delay_no_turn_and_are_woken_once(desk: Desk) -> None:
    desk.say(*(ask(n) for n in range(20)))
    with desk.run():
        desk.until(lambda: len(desk.done) == 20)
        for n in range(20):
            hold = Outcome(f"{CHANNEL}:{n}.0", CHANNEL, wake_up=WakeUp(f"{CHANNEL}:{n}.0", NOW - 60 + n))
            desk.memory.ledger.commit(hold, NOW)
        desk.mind.until("slow hold 0.0", "slow hold 9.0")
        desk.say(reply(99, 0, "a helper's word"))
        desk.until(lambda: "a helper's word" in desk.done)
        desk.mind.released.set()
        desk.until(lambda: desk.done.count("another") == 20)
    holds = [text for text in desk.mind.thought if text.startswith("slow hold")]
    assert len(holds) == len(set(holds)) == 20
