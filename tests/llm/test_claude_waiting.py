"""How long and how often the client waits: retries with pauses, quiet where it is asked for, places, one bound for all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.llm.base import Speechless, Task
from bot.sandbox import Overloaded, RateLimit, Sandbox, ServerError, Waits
from tests.llm.asks import Time, ask, claude


def at(box: Sandbox) -> list[float]:
    return [request.at for request in box.llm.requests]


def test_pauses_double_and_the_dice_shorten_them(box: Sandbox) -> None:
    for dice, pauses in ((0.0, [0.5, 1.0, 2.0]), (1.0, [0.25, 0.5, 1.0])):
        time = Time()
        box.faults.next("messages", Overloaded(), times=3)
        assert claude(box, time, lambda cast=dice: cast, retries=3, timeout_seconds=30).ask(ask()).value is not None
        assert time.slept == pauses


@pytest.mark.parametrize("fault", [RateLimit(7), Overloaded(7)])
def test_no_try_before_the_quiet_is_over_that_was_asked_for(box: Sandbox, fault: RateLimit | Overloaded) -> None:
    time = Time()
    box.llm.clock = time
    box.faults.next("messages", fault, times=2)
    assert claude(box, time, timeout_seconds=20).ask(ask()).value is not None
    first, second, third = at(box)
    assert second - first >= 7
    assert third - second >= 7


def test_quiet_holds_for_all_who_ask_that_model_and_for_no_other(box: Sandbox) -> None:
    time = Time()
    box.llm.clock = time
    voice = claude(box, time, timeout_seconds=4, retries=1)
    box.faults.next("messages", RateLimit(30))
    with pytest.raises(Speechless) as first:
        voice.ask(ask())
    with pytest.raises(Speechless) as second:
        voice.ask(ask())
    assert (first.value.why, second.value.why) == ("limited", "limited")
    assert (len(box.llm.requests), time.slept) == (1, [])
    assert second.value.call is not None
    assert second.value.call.read == 0
    assert voice.ask(ask(Task.JUDGE)).value is not None
    time.sleep(31)
    assert voice.ask(ask()).value is not None
    assert at(box)[-1] - at(box)[0] >= 30


def test_a_date_to_wait_for_and_one_that_nobody_can_read(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.llm.claude import LONGEST_QUIET, _after

    assert _after({"retry-after": "Wed, 21 Oct 2065 07:28:00 GMT"}) == LONGEST_QUIET
    assert _after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert [_after({"retry-after": text}) for text in ("soon", "nan", "-5", "", "inf")] == [0, 0, 0, 0, 0]
    assert _after({"retry-after": "2.5"}) == 2.5
    assert _after({"retry-after": "9" * 400}) == LONGEST_QUIET


def test_an_endpoint_that_says_not_to_try_again_is_not(box: Sandbox) -> None:
    box.faults.next("messages", ServerError(500), times=3)
    with pytest.raises(Speechless):
        claude(box, Time(), retries=0).ask(ask())
    assert len(box.llm.requests) == 1


def test_all_tries_together_keep_one_bound(box: Sandbox) -> None:
    time = Time()
    box.faults.next("messages", Overloaded(), times=99)
    with pytest.raises(Speechless) as caught:
        claude(box, time, retries=20, timeout_seconds=1).ask(ask())
    assert caught.value.why == "overloaded"
    assert time.now - 1000 <= 21
    assert len(box.llm.requests) < 21


def test_a_sign_of_life_before_each_try_and_after_each_pause(box: Sandbox) -> None:
    time = Time()
    box.faults.next("messages", Overloaded(), times=2)
    claude(box, time).ask(ask())
    assert time.lives == 5


def test_so_many_at_once_and_no_more(box: Sandbox) -> None:
    gate = threading.Event()
    box.faults.next("messages", Waits(gate), times=6)
    voice = claude(box, at_once=2, timeout_seconds=20)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(voice.ask, ask()) for _ in range(6)]
        box.llm.wait_for(lambda llm: llm.under_way == 2)
        gate.set()
        assert all(answer.result(20).value is not None for answer in answers)
    assert box.llm.most_under_way == 2
    assert len(box.llm.requests) == 6


def test_who_waits_in_vain_for_a_place_is_told_that_all_are_busy(box: Sandbox) -> None:
    gate = threading.Event()
    box.faults.next("messages", Waits(gate))
    voice = claude(box, at_once=1, timeout_seconds=10)
    impatient = claude(box, at_once=1, timeout_seconds=0.2)
    impatient._patience._places = voice._patience._places
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(voice.ask, ask())
        box.llm.wait_for(lambda llm: llm.under_way == 1)
        with pytest.raises(Speechless) as caught:
            impatient.ask(ask())
        gate.set()
        assert answer.result(20).value is not None
    assert caught.value.why == "busy"
    assert caught.value.call is None
    assert len(box.llm.requests) == 1
    assert voice.ask(ask()).value is not None, "the place was given back"


def test_a_failure_gives_its_place_back(box: Sandbox) -> None:
    voice = claude(box, Time(), at_once=1, retries=0)
    box.faults.next("messages", ServerError(500), times=3)
    for _ in range(3):
        with pytest.raises(Speechless, match="500"):
            voice.ask(ask())
    assert voice.ask(ask()).value is not None
