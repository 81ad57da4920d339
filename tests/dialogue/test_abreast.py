"""Slow questions run side by side, a bound holds for all of them, and what goes wrong is not lost."""

from __future__ import annotations

import threading

import pytest

from bot.dialogue.abreast import abreast


def test_answers_come_in_order_and_none_for_nothing() -> None:
    assert abreast([lambda n=n: n * n for n in range(9)], 4, 10.0) == [n * n for n in range(9)]  # type: ignore[misc]
    assert abreast([], 4, 10.0) == []


def test_they_wait_for_each_other_only_at_the_end() -> None:
    together = threading.Barrier(3)
    assert abreast([lambda: together.wait(10)] * 3, 3, 10.0) != [None] * 3


def test_no_more_run_at_once_than_may() -> None:
    running, most, lock, pair = [0], [0], threading.Lock(), threading.Barrier(2)

    def job() -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        pair.wait(10)
        with lock:
            running[0] -= 1
        return 1

    assert abreast([job] * 8, 2, 10.0) == [1] * 8
    assert most[0] == 2


def test_what_is_late_is_none_and_what_had_not_begun_never_begins() -> None:
    let_go, begun = threading.Event(), [0]

    def late() -> int:
        begun[0] += 1
        let_go.wait(10)
        return 1

    try:
        assert abreast([lambda: 7, late, late], 1, 0.2) == [7, None, None]
    finally:
        let_go.set()
    assert begun[0] == 1


def test_what_a_job_raises_is_raised_here() -> None:
    def broken() -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        abreast([lambda: 1, broken], 2, 10.0)
