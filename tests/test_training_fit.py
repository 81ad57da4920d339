"""The fitting core and the signs it is given: scales by hand, and what each kind of aftermath says about a turn."""

from __future__ import annotations

import numpy as np
import pytest

from bot.config import Rules
from bot.events import Turn
from bot.training_fit import likelihood, probability, ridge
from bot.training_hindsight import ODDS, odds

CHANCE = np.random.default_rng(3)
INFINITE = np.inf


def test_sure_labels_give_the_log_odds_of_their_share() -> None:
    signs = np.array([INFINITE, -INFINITE, -INFINITE, -INFINITE])
    found = ridge(np.ones((4, 1)), signs, np.ones(4), np.zeros(1), np.full(1, 1e-9))
    assert found[0] == pytest.approx(np.log(1 / 3), abs=1e-3)


def test_a_row_that_counts_double_is_as_two_rows() -> None:
    signs, columns = np.array([INFINITE, -INFINITE, INFINITE]), np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    hold = np.full(2, 0.5)
    weighted = ridge(columns, signs, np.array([2.0, 1.0, 1.0]), np.zeros(2), hold)
    doubled = ridge(columns[[0, 0, 1, 2]], signs[[0, 0, 1, 2]], np.ones(4), np.zeros(2), hold)
    assert weighted == pytest.approx(doubled, abs=1e-3)


def test_signs_that_say_nothing_change_nothing() -> None:
    columns, towards = CHANCE.normal(size=(50, 3)), np.array([0.3, 1.0, -0.4])
    assert ridge(columns, np.zeros(50), np.ones(50), towards, np.ones(3)) == pytest.approx(towards)


def test_a_firm_hold_keeps_the_given_weights() -> None:
    columns, towards = CHANCE.normal(size=(50, 3)), np.array([0.3, 1.0, -0.4])
    signs = np.where(columns[:, 0] > 0, INFINITE, -INFINITE)
    held, loose = (ridge(columns, signs, np.ones(50), towards, np.full(3, hold)) for hold in (1e6, 1.0))
    assert held == pytest.approx(towards, abs=1e-3)
    assert loose[0] > towards[0] + 0.5


def test_noisy_signs_lead_to_the_scale_behind_them() -> None:
    columns = np.column_stack([np.ones(8000), CHANCE.normal(size=8000)])
    truth = np.array([-1.0, 2.0])
    labels = CHANCE.random(8000) < probability(columns @ truth)
    shown = CHANCE.random(8000) < np.where(labels, 0.8, 0.2)  # four times as often after a positive
    signs = np.where(shown, np.log(4), -np.log(4))
    found = ridge(columns, signs, np.ones(8000), np.zeros(2), np.full(2, 1e-3))
    assert found == pytest.approx(truth, abs=0.25)
    assert likelihood(columns @ found, signs).sum() >= likelihood(columns @ truth, signs).sum()


def said(*talk: tuple[str, str], hours: float = 0.1) -> list[Turn]:
    """A thread: (who, text), so many hours apart."""
    return [Turn(f"c:{n}", "c:0", "c", who, text, n * hours * 3600) for n, (who, text) in enumerate(talk)]


def found(*talk: tuple[str, str], hours: float = 0.1, helpers: tuple[str, ...] = (), **marks: str) -> list[float]:
    """The odds of each turn of a thread; marks by the turn's number as `_0="eyes"`."""
    turns = said(*talk, hours=hours)
    given = {f"c:{name[1:]}": frozenset({mark}) for name, mark in marks.items()}
    told = odds(turns, given, lambda _: Rules(helpers=helpers))
    return [told[turn.id] for turn in turns]


QUESTION = ("amy", "the export job fails since noon")
ANSWER = ("bob", "restart the exporter with the new settings file")


def test_what_follows_a_turn_says_whether_it_was_a_need() -> None:
    told = found(QUESTION, ANSWER, ("amy", "it stops again with the same error"), ANSWER)
    assert told == [ODDS["a newcomer's opening, answered"], 1.0, ODDS["a newcomer's further word, answered"], 1.0]
    last = ODDS["a newcomer's further word, the last of the talk"]
    assert found(QUESTION, ANSWER, ("amy", "thanks"))[2] == last < 1
    assert found(QUESTION, ANSWER, ("amy", "thanks"), ("bob", "np"))[2] == 1.0


def test_an_opening_that_nobody_answered_says_nothing_and_a_greeting_is_no_answer() -> None:
    assert found(QUESTION) == found(QUESTION, ("bob", "hi"))[:1] == [1.0]
    assert found(QUESTION, ANSWER, hours=30)[0] == 1.0


def test_usual_helpers_need_less() -> None:
    told = found(QUESTION, ANSWER, ("amy", "it stops again"), ANSWER, helpers=("amy", "bob"))
    joined = ODDS["a usual helper's word in another's thread"]
    assert told == [ODDS["a usual helper's opening, answered"], joined, 1.0, joined]


def test_who_answers_in_three_threads_of_others_is_a_usual_helper() -> None:
    turns = [
        Turn(f"{n}:{i}", f"{n}:0", "c", who, text, n * 1000 + i)
        for n in range(3)
        for i, (who, text) in enumerate((QUESTION, ANSWER))
    ]
    two, three = (odds(turns[:count], {}, lambda _: Rules())["0:1"] for count in (4, 6))
    assert (two, three) == (1.0, ODDS["a usual helper's word in another's thread"])


def test_reactions_take_up_resolve_and_wave_off() -> None:
    answered = [ODDS["a newcomer's opening, answered"]]
    for mark in ("eyes", "white_check_mark", "resolved"):
        assert found(QUESTION, _0=mark) == answered
    assert found(QUESTION, ("bob", "hi"), _1="white_check_mark")[:1] == answered
    assert found(QUESTION, ANSWER, _0="see_no_evil")[0] == ODDS["waved off by a reaction"]
    assert found(QUESTION, _0="tada") == [1.0]


def test_bots_and_empty_lines_are_left_out() -> None:
    turns = [
        *said(QUESTION),
        Turn("c:1", "c:0", "c", "pager", "disk full", 60, is_bot=True),
        Turn("c:2", "c:0", "c", "x", " ", 61),
    ]
    assert set(odds(turns, {}, lambda _: Rules())) == {"c:0"}
