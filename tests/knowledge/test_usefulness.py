"""What people's ratings make of an entry and of a channel: bounded, fading, reversible, and never one person's doing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.usefulness import (
    DAY,
    ELSEWHERE,
    FLOOR,
    HALF_LIFE,
    LAXER,
    MOST,
    STEP,
    STRICTER,
    UNWANTED,
    UNWANTED_MOST,
    Gate,
    Mark,
    Place,
    Rating,
    Standing,
    gate,
    shifted,
    standing,
    value,
)  # fmt: skip

NOW = 1_800_000_000.0
HERE, THERE = "slack:T1:C1", "slack:T1:C2"
ASKED = np.array([1.0, 0.0], dtype=np.float32)
OTHER = np.array([0.0, 1.0], dtype=np.float32)
PLACE = Place(HERE, ASKED, 1, NOW)

ratings = st.lists(
    st.builds(
        Rating, st.just(1), st.sampled_from("abcdefgh"), st.floats(-1, 1), st.sampled_from(["", "wrong", "off_topic", "ignored"]),
        st.floats(NOW - 700 * DAY, NOW), st.sampled_from([HERE, THERE]), st.sampled_from([ASKED, OTHER, None]),
        st.integers(1, 2), st.sampled_from([0.5, 1.0]),
    ),
    max_size=30,
)  # fmt: skip
marks = st.lists(
    st.builds(
        Mark, st.sampled_from("abcdefgh"), st.floats(-1, 1), st.sampled_from(["", "unwanted"]),
        st.floats(NOW - 700 * DAY, NOW), st.floats(0, 1),
    ),
    max_size=60,
)  # fmt: skip


def said(actor: str, helpful: bool = False, reason: str = "", **more: object) -> Rating:
    """One person's fresh word on the very question that is asked now."""
    rating = Rating(1, actor, value(helpful, reason), reason.partition(":")[0], NOW, HERE, ASKED)
    return replace(rating, **more)  # type: ignore[arg-type]


@given(ratings)
def test_the_shift_is_bounded_and_doubt_needs_two_against(given_ratings: list[Rating]) -> None:
    found = standing(given_ratings, PLACE)
    assert abs(found.shift) <= MOST
    assert found.shift < 0 or not found.doubted
    if found.doubted:
        assert len({r.actor for r in given_ratings if r.value < 0}) >= 2


@given(ratings, st.sampled_from([-1.0, 1.0]), st.integers(1, 50))
def test_one_person_however_loud_moves_no_more_than_one_voice(
    others: list[Rating], loud: float, times: int
) -> None:  # fmt: skip
    before = standing(others, PLACE).shift
    after = standing([*others, *[said("loud", value=loud)] * times], PLACE).shift
    assert abs(after - before) <= STEP + 1e-9
    alone = standing([said("loud", value=loud)] * times, PLACE)
    assert alone.shift == 0
    assert not alone.doubted


@given(ratings, st.randoms())
def test_order_does_not_matter_and_taking_back_leaves_no_trace(found: list[Rating], rng: object) -> None:
    before = standing(found, PLACE)
    mixed = [*found, said("x"), said("y", True)]
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert standing(mixed, PLACE) == standing([*found, said("x"), said("y", True)], PLACE)
    mixed = [r for r in mixed if r.actor not in "xy"]
    assert standing(mixed, PLACE) == before


def test_two_people_against_make_it_doubted_and_a_third_for_it_lifts_that() -> None:
    two = [said("a"), said("b", reason="outdated: since June")]
    assert standing(two, PLACE) == Standing(pytest.approx(-STEP), 0, 2, True)
    assert not standing([*two, said("c", True)], PLACE).doubted
    assert standing([said("a", True), said("b", True)], PLACE).shift == pytest.approx(STEP)


def test_words_fade_by_half_in_half_a_year_and_doubt_with_them() -> None:
    two = [said("a"), said("b")]
    later = standing(two, replace(PLACE, now=NOW + HALF_LIFE))
    assert later.shift == pytest.approx(-STEP / 2)
    assert later.doubted
    assert not standing(two, replace(PLACE, now=NOW + 2 * HALF_LIFE)).doubted


def test_a_minus_counts_a_little_for_other_questions_and_a_plus_not_at_all() -> None:
    elsewhere = replace(PLACE, vector=OTHER)
    assert standing([said("a"), said("b")], elsewhere).shift == pytest.approx(-STEP * FLOOR)
    assert standing([said("a", True), said("b", True), said("c", True)], elsewhere).shift == 0
    assert standing([said("a"), said("b"), said("c", True), said("d", True)], elsewhere).shift == 0


def test_off_topic_is_said_of_that_kind_of_question_alone_and_unwanted_of_no_entry() -> None:
    off = [said(who, reason="off_topic") for who in "abc"]
    assert standing(off, PLACE).doubted
    assert standing(off, replace(PLACE, vector=OTHER)) == Standing()
    assert standing([said(who, reason="unwanted") for who in "abc"], PLACE) == Standing()


def test_another_channel_counts_less_and_so_does_a_former_text() -> None:
    two = [said("a"), said("b")]
    there = standing(two, replace(PLACE, channel=THERE))
    assert there.shift == pytest.approx(-STEP * ELSEWHERE)
    assert not there.doubted
    corrected = standing(two, replace(PLACE, version=2))
    assert not corrected.doubted
    assert corrected.shift < 0


def test_any_number_of_ignored_suggestions_doubts_nothing() -> None:
    silent = [said(f"u{n}", reason="ignored") for n in range(500)]
    assert standing(silent, PLACE) == Standing()
    assert not standing([*silent, said("a")], PLACE).doubted


@given(st.floats(0.01, 0.99), st.floats(-MOST, MOST))
def test_a_shifted_chance_is_a_chance_and_can_be_shifted_back(chance: float, shift: float) -> None:
    moved = shifted(chance, shift)
    assert 0 < moved < 1
    assert 0 < shifted(round(chance), shift) < 1
    assert shifted(moved, -shift) == pytest.approx(chance, abs=1e-5)


def given_marks(people: int, each: int, helpful: bool, promised: float = 0.8) -> list[Mark]:
    return [Mark(f"p{p}", value(helpful, ""), "", NOW, promised) for p in range(people) for _ in range(each)]


@given(marks)
def test_the_gate_is_bounded_and_heeds_no_order(found: list[Mark]) -> None:
    moved = gate(found, NOW)
    assert -LAXER <= moved.evidence <= STRICTER
    assert 0 <= moved.threshold <= UNWANTED_MOST
    back = gate(found[::-1], NOW)
    assert (back.evidence, back.threshold) == pytest.approx((moved.evidence, moved.threshold))


def test_the_gate_rises_where_promises_fail_and_falls_where_they_are_surpassed() -> None:
    assert gate(given_marks(10, 3, False), NOW).evidence == STRICTER
    assert gate(given_marks(10, 8, True, 0.55), NOW).evidence == -LAXER
    kept = [*given_marks(10, 7, True), *given_marks(10, 3, False)]  # .7 marked helpful; .68 would be, at .8 promised
    assert gate(kept, NOW) == Gate()
    assert gate(given_marks(10, 3, False), NOW + 20 * HALF_LIFE) == Gate()


def test_no_one_person_moves_the_gate_however_loud() -> None:
    assert gate(given_marks(1, 500, False), NOW) == Gate()
    quiet = [*given_marks(8, 2, True, 0.7)]
    loud = [Mark("loud", -1.0, "", NOW, 0.9)] * 500
    assert gate([*quiet, *loud], NOW).evidence <= 0
    assert gate([Mark("loud", 0.0, "unwanted", NOW, 0.8)] * 9, NOW) == Gate()


def test_each_further_person_who_wanted_no_answer_raises_the_threshold() -> None:
    unwanted = [Mark(f"p{n}", 0.0, "unwanted", NOW, 0.8) for n in range(9)]
    assert gate(unwanted[:2], NOW).threshold == pytest.approx(UNWANTED)
    assert gate(unwanted, NOW).threshold == UNWANTED_MOST
    assert math.isclose(gate(unwanted[:2], NOW + HALF_LIFE).threshold, UNWANTED / 2)
