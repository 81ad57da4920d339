"""Budgets hold to within one call, whoever spends and whatever the clock says, and every call is written down."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app_metering import limits
from bot.app_metering import metered as wired_voice
from bot.config import LLM, Config, Console
from bot.llm.base import Ask, Call, Data, Prompt, Reply, Speechless, Step, T, Task
from bot.llm.budgets import DAY, Budget, Limits, Reached
from bot.llm.metered import Metered
from bot.memory import Memory, open_memory
from bot.messages import Channel, Target
from bot.models import VigilError
from bot.storage.codec import unpack
from bot.store import StoreDown
from tests.llm.voices import Told

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC).timestamp()
HELP, DESK = "slack:T1:C0HELP", "slack:T1:C0DESK"
PRICES = {"told": (1.0, 0.1, 1.25, 5.0)}


@dataclass(frozen=True, slots=True)
class Word:
    """What the tests ask for."""

    said: str = ""


def asking(channel: str = HELP, text: str = "it fails", most: int = 50) -> Ask[Word]:
    return Ask(Task.COMPOSE, Prompt("compose-1", "Say it."), (Data("thread", text),), Word, channel, most)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return open_memory(tmp_path / "vigil.db")


class Spending:
    """A voice whose calls use up to as much as was asked for."""

    def __init__(self) -> None:
        self.random, self.most = random.Random(7), 0

    def ask(self, ask: Ask[T]) -> Reply[T]:
        read, written = self.random.randint(500, 2000), self.random.randint(1, ask.most)
        self.most = max(self.most, read + written)
        return Reply(ask.shape("yes"), Call(ask.task, "told", "compose-1", read=read, written=written, cost=0.001))


def metered(memory: Memory, voice: Any, clock: Callable[[], float] = lambda: NOON, **budgets: float) -> Metered:
    these = Limits(tuple(Budget(name, limit) for name, limit in budgets.items()), "told", prices=PRICES)
    return Metered(voice, memory.calls, these, clock)


def why(voice: Metered, ask: Ask[Word]) -> str:
    """ "" when there was an answer, else why there was none."""
    try:
        voice.ask(ask)
    except Speechless as none:
        return none.why
    return ""


def test_a_call_is_in_the_book_when_the_answer_is_there(memory: Memory) -> None:
    voice = metered(memory, Told({Task.COMPOSE: Word("yes")}))
    assert voice.ask(asking()).value == Word("yes")
    assert memory.calls.spent(0) == (120, 0.001)
    assert [(u.of, u.calls) for u in memory.calls.used(("task", "model", "prompt", "channel", "failure"))] == [
        (("compose", "told", "compose-1", HELP, ""), 1)
    ]


def test_what_a_failed_call_has_cost_counts(memory: Memory) -> None:
    voice = metered(memory, Told({}), tokens_per_day=240)
    assert [why(voice, asking()) for _ in range(3)] == ["failed", "failed", "budget"]
    assert memory.calls.spent(0)[0] == 240
    assert [(u.of, u.times, u.calls) for u in memory.calls.used(("failure",))] == [
        (("budget",), 1, 0),
        (("failed",), 2, 2),
    ]


def test_a_fault_of_ours_on_the_way_leaves_nothing_set_aside(memory: Memory) -> None:
    def broken(ask: Ask[Any]) -> Any:
        raise ZeroDivisionError

    voice = metered(memory, Told({Task.COMPOSE: broken}), tokens_per_day=4_000)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            voice.ask(asking())
    assert [(u.of, u.calls) for u in memory.calls.used(("failure",))] == [(("failed",), 3)]


@pytest.mark.parametrize("name", ["tokens_per_day", "channel_tokens_per_day"])
def test_32_threads_exceed_a_budget_by_one_call_at_most(memory: Memory, name: str) -> None:
    spending, limit = Spending(), 30_000
    voice = metered(memory, spending, **{name: limit})
    begin = threading.Barrier(32)
    ends: list[str] = []

    def spend() -> None:
        begin.wait()
        for _ in range(2000):
            ends.append(why(voice, asking(text="x" * 2000, most=400)))
            if ends[-1] == "budget":
                break
        memory.database.close()

    threads = [threading.Thread(target=spend) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = memory.calls.spent(0)[0]
    assert limit <= spent <= limit + spending.most
    assert set(ends) <= {"", "busy", "budget"}
    assert ends.count("budget") == 32


def test_all_at_once_is_more_than_is_left(memory: Memory) -> None:
    """32 calls are wanted at once, and none of those that are let through is settled, when there is room for a few."""
    refused, go_on, ends = threading.Semaphore(0), threading.Event(), list[str]()

    def slow(ask: Ask[Any]) -> Word:
        go_on.wait(20)
        return Word("yes")

    voice = metered(memory, Told({Task.COMPOSE: slow}), tokens_per_day=6_000)

    def spend() -> None:
        ends.append(why(voice, asking()))
        refused.release()
        memory.database.close()

    threads = [threading.Thread(target=spend) for _ in range(32)]
    for thread in threads:
        thread.start()
    assert all(refused.acquire(timeout=20) for _ in range(29))
    assert set(ends) == {"busy"}, "what three calls may use at most is set aside"
    go_on.set()
    for thread in threads:
        thread.join()
    assert sorted(ends)[:4] == ["", "", "", "busy"]
    assert why(voice, asking()) == "", "what was set aside and not used is free again"


def test_a_channel_at_its_limit_does_not_affect_others(memory: Memory) -> None:
    voice = metered(memory, Told({Task.COMPOSE: Word("yes")}), channel_tokens_per_day=120, tokens_per_day=10_000)
    assert [why(voice, asking(HELP)), why(voice, asking(HELP)), why(voice, asking(DESK))] == ["", "budget", ""]


def test_money_is_a_budget_too(memory: Memory) -> None:
    voice = metered(memory, Told({Task.COMPOSE: Word("yes")}), cost_per_day=0.002)
    found = [why(voice, asking()) for _ in range(3)]
    assert found == ["", "", "budget"]


def test_a_restart_and_another_process_forget_nothing(memory: Memory) -> None:
    told = Told({Task.COMPOSE: Word("yes")})
    assert why(metered(memory, told, tokens_per_day=240), asking()) == ""
    again = metered(memory, told, tokens_per_day=240)
    open_memory(memory.database.path).calls.add(Call(Task.EXTRACT, "told", "extract-1", read=120), DESK, NOON)
    assert why(again, asking()) == "budget"
    assert len(told.asked) == 1


def test_each_day_of_the_calendar_has_one_budget_however_the_clock_jumps(memory: Memory) -> None:
    now = [NOON]
    voice = metered(memory, Told({Task.COMPOSE: Word("yes")}), lambda: now[0], tokens_per_day=120)
    found = []
    for jump in (0, 0, DAY, 0, -DAY, DAY, 300 * DAY, 0, -300 * DAY, DAY):
        now[0] += jump
        found.append(why(voice, asking()))
    assert found == ["", "budget", "", "budget", "budget", "budget", "", "budget", "budget", ""]
    assert memory.calls.spent(0)[0] == 4 * 120


def test_a_call_over_midnight_counts_on_the_day_it_was_allowed_on(memory: Memory) -> None:
    now = [NOON]

    def long(ask: Ask[Any]) -> Word:
        now[0] += DAY
        return Word("yes")

    voice = metered(memory, Told({Task.COMPOSE: long}), lambda: now[0], tokens_per_day=120)
    assert [why(voice, asking()), why(voice, asking())] == ["", ""]
    assert [u.of for u in memory.calls.used(("day",))] == [(str(int(NOON // DAY)),), (str(int(NOON // DAY) + 1),)]


class Stubborn:
    """A book that takes nothing while `down`."""

    def __init__(self, memory: Memory) -> None:
        self._calls, self.down = memory.calls, False

    def add(self, call: Call, channel_id: str, at: float) -> None:
        if self.down:
            raise StoreDown("the disk is full")
        self._calls.add(call, channel_id, at)

    def spent(self, since: float, channel_id: str | None = None, until: float = 1e18) -> tuple[int, float]:
        return self._calls.spent(since, channel_id, until)


def test_what_the_book_does_not_take_is_written_before_the_next_call(memory: Memory) -> None:
    told = Told({Task.COMPOSE: Word("yes")})
    book = Stubborn(memory)
    voice = Metered(told, book, Limits((Budget("tokens_per_day", 240),), "told"), lambda: NOON)
    book.down = True
    for _ in range(2):
        with pytest.raises(StoreDown):
            voice.ask(asking())
    assert len(told.asked) == 1, "no call is made that cannot be written down"
    book.down = False
    assert [why(voice, asking()), why(voice, asking())] == ["", "budget"]
    assert memory.calls.spent(0)[0] == 240


@pytest.mark.parametrize("text", ["it fails <here> & there", "配额不足，请问如何提高？", "🛑" * 50])
def test_what_is_set_aside_is_no_less_than_a_byte_a_token(text: str) -> None:
    these = Limits(model="told", prices=PRICES)
    tokens, cost = these.worst(asking(text=text))
    assert tokens >= len(text.encode()) + 50
    assert cost >= these.cost("told", kept=len(text.encode()), written=50)
    step = replace(asking(text=text), steps=(Step((), ("found " * 100,)),))
    assert these.worst(step)[0] >= tokens + 600 + 50
    assert replace(these, retries=2).worst(asking(text=text))[0] >= tokens + 2 * len(text.encode()) / 3
    assert replace(these, thinking=1000).worst(asking(text=text))[0] == tokens + 1000


# What the owners are told


PRICED: dict[str, Any] = {"model": "told", "models": {}, "prices": PRICES}


def wired(memory: Memory, clock: Callable[[], float] = lambda: NOON, ops: str = "", **budgets: Any) -> Metered:
    config = Config(
        llm=LLM(**{"tokens_per_day": 0, "channel_tokens_per_day": 0, **PRICED, **budgets}), console=Console(ops_channel=ops),
        administrators=("U0ANA", "U0BEN"),
    )  # fmt: skip
    found = wired_voice(config, Told({Task.COMPOSE: Word("yes")}), memory, clock)
    assert isinstance(found, Metered)
    return found


def posted(memory: Memory) -> list[Any]:
    from bot.messages import Post

    return [unpack(Post, row[0]) for row in memory.database.read("SELECT post FROM outbox ORDER BY id")]


def test_the_ops_channel_is_told_once_a_day_for_each_budget(memory: Memory) -> None:
    memory.channels.put([Channel("slack:T1:C0OPS", "ops", team="T1"), Channel(HELP, "help", team="T1")], NOON)
    now = [NOON]
    for day in range(2):
        now[0] = NOON + day * DAY
        for _ in range(2):  # a restart tells nothing again
            voice = wired(memory, lambda: now[0], "#ops", channel_tokens_per_day=100, tokens_per_day=240)
            for channel in (HELP, HELP, DESK, "slack:T1:C0LAB", HELP):
                why(voice, asking(channel))
    told = [(p.key, p.target, p.channel_id) for p in posted(memory)]
    assert told == [
        (f"llm-2026-11-{18 + day}-{name}/ops", Target.CHANNEL, "slack:T1:C0OPS")
        for day in range(2)
        for name in (f"channel_tokens_per_day-{HELP}", "tokens_per_day")
    ]
    first, second = (p.message.text for p in posted(memory)[:2])
    assert "in #help (100 tokens)" in first
    assert "all channels (240 tokens)" in second
    assert memory.runs.beats()["llm_budget"][1] == "2026-11-19-tokens_per_day is used up"


def test_without_an_ops_channel_the_administrators_are_told_and_a_private_channel_is_not_named(memory: Memory) -> None:
    memory.channels.put([Channel(HELP, "merger-talks", private=True, team="T1")], NOON)
    voice = wired(memory, channel_cost_per_day=0.001, ops="#nowhere")
    assert [why(voice, asking()), why(voice, asking()), why(voice, asking())] == ["", "budget", "budget"]
    assert [(p.target, p.person) for p in posted(memory)] == [(Target.DIRECT, "U0ANA"), (Target.DIRECT, "U0BEN")]
    assert "in C0HELP (0.00)" in posted(memory)[0].message.text
    assert "merger" not in str(posted(memory))


def test_nobody_is_told_while_calls_under_way_may_only_use_it_up(memory: Memory) -> None:
    told: list[Reached] = []
    meanwhile: list[str] = []

    def slow(ask: Ask[Any]) -> Word:
        meanwhile.append(why(voice, asking()))
        return Word("yes")

    these = Limits((Budget("tokens_per_day", 2_000),), "told")
    voice = Metered(Told({Task.COMPOSE: slow}), memory.calls, these, lambda: NOON, told.append)
    assert why(voice, asking()) == ""
    assert (meanwhile, told) == (["busy"], [])


@pytest.mark.parametrize("name", ["cost_per_day", "channel_cost_per_day"])
def test_a_budget_in_money_without_prices_would_never_be_reached(name: str) -> None:
    some = {"claude-sonnet-5-5": PRICES["told"]}
    with pytest.raises(VigilError, match=r"set prices of claude-haiku-5-5$"):
        limits(LLM(**{name: 1.0, "prices": some}))
    assert limits(LLM(prices=some)).budgets == (
        Budget("tokens_per_day", 2_000_000), Budget("channel_tokens_per_day", 500_000),
    )  # fmt: skip


def test_a_voice_that_is_none_stays_none(memory: Memory) -> None:
    assert wired_voice(Config(), None, memory, lambda: NOON) is None
