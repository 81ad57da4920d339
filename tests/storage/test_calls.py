"""The book of calls: what each cost is kept by day, task, model and channel, goes with its time, and holds no words."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers
from bot.jobs.retention import DAY, RECORDS_DAYS, Retention
from bot.llm.base import Call, Task
from bot.memory import Memory
from bot.models import Decision
from bot.outcomes import Outcome
from tests.storage.values import CHANNEL, NOW, decision

OTHER = "slack:T1:C2"
COMPOSED = Call(Task.COMPOSE, "large", "compose-1+common-1", 100, 200, 300, 40, 2.0, 0.5)
JUDGED = Call(Task.JUDGE, "small", "judge-1+common-1", 10, 0, 0, 1, 0.5, 0.01)


def kept(memory: Memory) -> None:
    """Four calls today in two channels, one of them failed, one that was refused, and one the day before."""
    memory.calls.add(COMPOSED, CHANNEL, NOW)
    memory.calls.add(JUDGED, CHANNEL, NOW + 1)
    memory.calls.add(replace(JUDGED, seconds=0.7), OTHER, NOW + 2)
    memory.calls.add(replace(JUDGED, failure="overloaded", seconds=9.0, read=0, written=0, cost=0.0), OTHER, NOW + 3)
    memory.calls.add(Call(Task.JUDGE, "small", "judge-1", failure="budget"), OTHER, NOW + 4)
    memory.calls.add(COMPOSED, CHANNEL, NOW - DAY)


def test_what_was_spent_in_a_time_and_a_channel(memory: Memory) -> None:
    assert memory.calls.spent(0.0) == (0, 0.0)
    kept(memory)
    assert memory.calls.spent(NOW) == (662, 0.52)
    assert memory.calls.spent(NOW, CHANNEL) == (651, 0.51)
    assert memory.calls.spent(NOW - DAY, CHANNEL, NOW) == (640, 0.5)
    assert memory.calls.spent(NOW, "slack:T1:C3") == (0, 0.0)


def test_what_was_spent_is_read_from_an_index_alone(memory: Memory) -> None:
    """It is asked before every call, also on a day on which a hundred thousand were refused."""
    sql = "SELECT sum(tokens), sum(cost) FROM calls WHERE at>=? AND at<? AND channel_id=? AND (tokens>0 OR cost>0)"
    plan = memory.database.read(f"EXPLAIN QUERY PLAN {sql}", (NOW, NOW + DAY, CHANNEL))
    assert "COVERING INDEX calls_spent" in str(plan)


def test_figures_by_whatever_is_asked_for(memory: Memory) -> None:
    assert memory.calls.used() == []
    kept(memory)
    (all_of_it,) = memory.calls.used(since=NOW)
    assert (all_of_it.times, all_of_it.calls, all_of_it.tokens, round(all_of_it.seconds, 6)) == (5, 4, 662, 12.2)
    assert (all_of_it.read, all_of_it.cached, all_of_it.kept, all_of_it.written) == (120, 200, 300, 42)
    by_task = {u.of: (u.times, u.calls, u.tokens) for u in memory.calls.used(("task", "failure"), NOW)}
    assert by_task == {
        ("compose", ""): (1, 1, 640), ("judge", ""): (2, 2, 22), ("judge", "overloaded"): (1, 1, 0), ("judge", "budget"): (1, 0, 0),
    }  # fmt: skip
    days = [(u.of, u.calls) for u in memory.calls.used(("day",), channel_id=CHANNEL)]
    assert days == [((str(int(NOW // DAY) - 1),), 1), ((str(int(NOW // DAY)),), 2)]
    assert [u.of for u in memory.calls.used(("model", "channel"), NOW)] == [
        ("large", CHANNEL), ("small", CHANNEL), ("small", OTHER),
    ]  # fmt: skip


def test_the_median_is_that_of_answered_calls(memory: Memory) -> None:
    assert memory.calls.median_seconds(0.0) is None
    kept(memory)
    assert memory.calls.median_seconds(NOW) == 0.7
    assert memory.calls.median_seconds(NOW, OTHER) == 0.7


def test_old_calls_go_and_the_totals_never_shrink(memory: Memory) -> None:
    kept(memory)
    memory.calls.add(COMPOSED, CHANNEL, NOW - (RECORDS_DAYS + 1) * DAY)
    before = memory.calls.totals()
    assert [(u.of, u.times, u.calls, u.tokens) for u in before] == [
        (("compose", ""), 3, 3, 1920), (("judge", ""), 2, 2, 22), (("judge", "budget"), 1, 0, 0), (("judge", "overloaded"), 1, 1, 0),
    ]  # fmt: skip
    Retention(memory.broom, memory.erasures, 0.0, lambda: NOW).run()
    assert sum(u.times for u in memory.calls.used()) == 6
    assert memory.calls.totals() == before


def test_a_decision_keeps_the_calls_made_for_it(memory: Memory) -> None:
    spoken: Decision = replace(decision(1), calls=(COMPOSED, replace(JUDGED, failure="timeout")))
    memory.ledger.commit(Outcome(decisions=(spoken, decision(2))), NOW)
    silent, found = memory.decisions.listed()
    assert silent["calls"] == []
    assert [(c["task"], c["prompt"], c["cached"], c["failure"]) for c in found["calls"]] == [
        ("compose", "compose-1+common-1", 200, ""), ("judge", "judge-1+common-1", 0, "timeout"),
    ]  # fmt: skip
    assert found["calls"][0]["cost"] == 0.5
    assert memory.decisions.get("d1") == found


def test_the_channel_in_numbers_has_a_line_of_it(memory: Memory) -> None:
    assert "llm_calls" not in memory.decisions.stats(None, 0.0)
    kept(memory)
    counts = memory.decisions.stats(OTHER, NOW - 7 * DAY)
    assert (counts["llm_calls"], counts["llm_tokens"]) == (2, 11)
    assert "calls to the language model: 2" in answers.stats(counts, Rules()).text
    assert "语言模型调用次数：2" in answers.stats(counts, Rules(language="zh")).text
