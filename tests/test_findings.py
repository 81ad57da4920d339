"""What a recording shows afterwards: who took a need up, how soon, and what threshold and hold that speaks for."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.config import DRAFT_THRESHOLD, POST_THRESHOLD, Rules
from bot.config_file import parse
from bot.events import Turn
from bot.findings import Found
from bot.findings_advice import ENOUGH, Study, reaching, study
from bot.findings_aftermath import After, Aftermath
from bot.findings_hold import Waits
from bot.findings_noise import Noise, Point
from bot.report import as_text

PLACE = "transcript:demo:help"
QUESTION = "How do I raise the upload limit? It fails with error 413."
ANSWER = "Set max_upload_mb to 4096 in the gateway and restart it."


def said(number: int, who: str, text: str, minute: float, thread: int | None = None, place: str = PLACE) -> Turn:
    """A turn, the root of its own thread if none is named."""
    root = number if thread is None else thread
    return Turn(f"{place}:{number}", f"{place}:{root}", place, who, text, 60 * minute)


def talk(*lines: tuple[float, str, str], flat: bool = False) -> list[Turn]:
    """(minute, who, text) in one thread, or each its own root."""
    return [said(n, who, text, at, None if flat else 0) for n, (at, who, text) in enumerate(lines)]


def after(*lines: tuple[float, str, str], flat: bool = False) -> After:
    """What came after the first line."""
    turns = talk(*lines, flat=flat)
    return Aftermath(turns, flat).after(turns[0])


def record(turn: Turn, score: float, action: str = "silent", threshold: float = 0.4) -> dict[str, Any]:
    return {"turn_id": turn.id, "thread_id": turn.thread_id, "kind": "suggestion", "action": action, "score": score,
            "threshold": threshold, "asked": False, "reasons": ["a reason"], "at": turn.sent_at, "suggestion": None}  # fmt: skip


def found(
    turns: Sequence[Turn], scores: Sequence[float], rules: Rules | None = None, flat: bool = False, spoke: int = 0
) -> Found:
    """A replay that gave these scores, the first `spoke` of them with a suggestion."""
    records = [
        record(turn, score, "draft" if n < spoke else "silent")
        for n, (turn, score) in enumerate(zip(turns, scores, strict=True))
    ]
    return Found("demo", flat, turns, records, {}, 1.0, 0, 0, 0, 1.0, rules or Rules())


def desk(answered: int, ignored: int, minutes: float = 3.0, rules: Rules | None = None) -> Study:
    """A channel in which so many questions were answered after so many minutes, and others thanked for or ignored."""
    turns, scores = [], []
    for n in range(answered + ignored):
        start = n * 2000.0
        turns.append(said(2 * n, f"asker{n}", QUESTION, start))
        reply = ANSWER if n < answered else "Thanks a lot!"
        turns.append(said(2 * n + 1, "bob", reply, start + minutes, 2 * n))
        scores += [0.8, 0.1]
    return study(found(turns, scores, rules))


def test_an_answer_a_question_back_and_a_promise_take_a_need_up() -> None:
    for reply in (ANSWER, "Which version do you run?", "Let me check."):
        assert after((0, "amy", QUESTION), (3, "bob", reply)) is After.TAKEN_UP, reply


def test_thanks_echoes_and_refusals_do_not() -> None:
    for reply in ("Thanks, that worked!", "Same here", "That did not work, same error."):
        assert after((0, "amy", QUESTION), (3, "bob", reply)) is After.OTHERWISE, reply


def test_the_first_word_of_another_counts() -> None:
    assert (
        after((0, "amy", QUESTION), (1, "amy", "Anybody?"), (2, "bob", "Thanks!"), (3, "cy", ANSWER)) is After.OTHERWISE
    )


def test_what_the_opener_says_to_a_helper_is_no_help() -> None:
    turns = talk(
        (0, "amy", QUESTION), (1, "bob", ANSWER), (2, "amy", "I run version 4.2 on three hosts behind a proxy.")
    )
    assert Aftermath(turns, flat=False).after(turns[1]) is After.OTHERWISE


def test_alone_and_nobody() -> None:
    assert after((0, "amy", QUESTION), (9, "amy", "Found it: the proxy cut it off.")) is After.ALONE
    assert after((0, "amy", QUESTION)) is After.NOBODY
    assert after((0, "amy", QUESTION), (25 * 60, "bob", ANSWER)) is After.NOBODY  # a day later


def test_in_a_flat_channel_a_word_must_name_the_author_and_come_soon() -> None:
    assert after((0, "amy", QUESTION), (1, "bob", ANSWER), flat=True) is After.NOBODY
    assert after((0, "amy", QUESTION), (1, "bob", f"amy: {ANSWER}"), flat=True) is After.TAKEN_UP
    assert after((0, "amy", QUESTION), (45, "bob", f"amy: {ANSWER}"), flat=True) is After.NOBODY


def test_bots_and_deleted_turns_answer_nothing() -> None:
    turns = talk((0, "amy", QUESTION), (1, "bot", ANSWER))
    turns[1] = replace(turns[1], is_bot=True)
    assert Aftermath(turns, flat=False).after(turns[0]) is After.NOBODY


def test_somebody_who_just_spoke_attends_to_the_asker() -> None:
    turns = talk((0, "amy", QUESTION), (2, "bob", ANSWER), (5, "amy", QUESTION), (80, "amy", QUESTION))
    aftermath = Aftermath(turns, flat=False)
    assert [aftermath.attended(turn) for turn in turns] == [False, True, True, False]


def test_the_curve_counts_each_turn_by_its_first_score() -> None:
    turns = [said(n, f"asker{n}", QUESTION, n) for n in range(4)]
    result = found(turns, [0.35, 0.45, 0.62, 0.95], spoke=4)
    again = replace(result, records=[*result.records, record(turns[0], 0.99)])  # scored anew when its hold was over
    rows = {row["threshold"]: row for row in study(again).figures()["noise"]["thresholds"]}
    assert list(rows) == pytest.approx([n / 100 for n in range(30, 95, 5)])
    assert [rows[t]["needs"] for t in (0.3, 0.4, 0.5, 0.65, 0.9)] == [4, 3, 2, 1, 1]
    assert rows[0.4]["needs_per_100"] == 75.0
    assert rows[0.3]["spoke_per_100"] is None  # below the threshold of the replay nothing was searched for
    assert rows[0.6]["spoke_per_100"] == 50.0
    assert rows[0.9]["nobody"] == 1


def test_the_estimate_is_taken_up_of_those_told_and_only_where_enough_are() -> None:
    kinds = {After.TAKEN_UP: 15, After.OTHERWISE: 5, After.NOBODY: 30}
    assert Point(0.4, kinds).estimate == 0.75
    assert Point(0.4, kinds).cautious == pytest.approx(
        0.6104, abs=0.001
    )  # Wilson's lower limit of 15 in 20 at z = 1.28
    assert Point(0.4, {**kinds, After.TAKEN_UP: 14}).estimate is None  # 19 told
    assert Point(0.4, {**kinds, After.NOBODY: 41}).estimate is None  # fewer than a third told


def test_the_advice_asks_both_triage_and_the_people() -> None:
    kinds = {After.TAKEN_UP: 95, After.OTHERWISE: 5}
    hopeful, sober, unasked = Point(0.3, kinds, 0.6), Point(0.5, kinds, 0.82), Point(0.7, {After.NOBODY: 9}, 0.9)
    assert (hopeful.sure, unasked.sure) == (0.6, 0.0)
    assert sober.sure == 0.82
    curve = Noise(1000, (hopeful, sober, unasked), Point(0.0, {}))
    assert reaching(curve, 0.8) == sober
    assert reaching(curve, 0.85) is None


def test_questions_are_counted_once_and_only_where_nobody_is_at_it() -> None:
    turns = talk(
        (0, "amy", QUESTION), (1, "amy", QUESTION), (4, "bob", ANSWER), (6, "amy", "It fails again, what else?"),
        (300, "amy", "It fails once more, how do I go on?"),
    )  # fmt: skip
    waits = study(found(turns, [0.9, 0.9, 0.1, 0.9, 0.9])).waits
    assert (waits.questions, waits.minutes) == (2, (4.0,))


def test_shares_and_what_is_left() -> None:
    waits = Waits(10, (0.5, 1.0, 4.0, 5.0, 30.0), 6)
    choices = waits.figures()["choices"]
    assert [row["answered_first"] for row in choices] == [0, 2, 4, 4]
    assert [row["left_to_vigil"] for row in choices] == [10, 8, 6, 6]
    assert waits.median() == 4.0


@pytest.mark.parametrize(
    ("minutes", "hold"), [((), 0), ((1.0,) * 50, 2), ((4.0,) * 50, 5), ((9.0,) * 50, 15), ((1.0,) * 50 + (4.0,) * 9, 2)]
)
def test_the_shortest_hold_after_which_few_more_come(minutes: tuple[float, ...], hold: int) -> None:
    assert Waits(100, minutes, len(minutes)).recommended() == hold


def test_advice_with_its_reasons_and_lines_to_paste() -> None:
    told = desk(answered=45, ignored=5)
    assert (told.advice.mode, told.advice.threshold, told.advice.hold_minutes) == ("private", 0.3, 5)
    assert (
        "triage expects 80% of them to be one, and people took up 83% or more (65% aimed at)"
        in told.advice.sentences[0]
    )
    assert "45 of 50 questions first" in told.advice.sentences[1]
    assert "the other 5 get help 5 minutes later" in told.advice.sentences[1]
    channel = parse(tomllib.loads(told.advice.config)).channels["help"]
    assert (channel.threshold, channel.hold_minutes) == (0.3, 5.0)
    assert told.advice.config in as_text(told).replace("\n      ", "\n")


def test_a_mode_whose_aim_is_not_reached_gets_no_threshold() -> None:
    told = desk(answered=38, ignored=12)  # 76 %, at least 67 % allowing for chance
    assert told.advice.threshold == 0.3
    assert "public posts: none reaches 80%" in told.advice.sentences[0]
    public = desk(answered=38, ignored=12, rules=Rules(mode="public"))
    assert public.advice.threshold is None
    assert "threshold" not in public.advice.config
    assert "hold_minutes = 5" in public.advice.config


def test_too_little_history_advises_nothing() -> None:
    told = desk(answered=ENOUGH - 1, ignored=0)
    assert (told.advice.threshold, told.advice.hold_minutes, told.advice.config) == (None, None, "")
    assert all("too little history" in sentence for sentence in told.advice.sentences)
    assert "0.40" in told.advice.sentences[0]


def test_a_flat_channel_without_names_cannot_tell() -> None:
    turns = [said(n, f"asker{n}", QUESTION, 3 * n) for n in range(50)]
    told = study(found(turns, [0.8] * 50, flat=True))
    assert (told.advice.threshold, told.advice.hold_minutes, told.advice.config) == (None, None, "")
    assert all("cannot be told" in sentence for sentence in told.advice.sentences)


def test_a_channel_of_any_name_can_be_pasted_and_several_take_the_defaults() -> None:
    odd = 'te"am/хелп'
    rows = [(said(n, f"a{n}", QUESTION, 2000 * n, place=f"transcript:demo:{odd}"), 0.8) for n in range(40)]
    replies = [(said(100 + n, "bob", ANSWER, 2000 * n + 3, n, f"transcript:demo:{odd}"), 0.1) for n in range(40)]
    turns, scores = zip(*sorted(rows + replies, key=lambda row: row[0].sent_at), strict=True)
    assert odd in parse(tomllib.loads(study(found(turns, scores)).advice.config)).channels
    both = (*turns, said(999, "cy", "hello", 90_000.0))
    assert study(found(both, (*scores, 0.1))).advice.config.startswith("[defaults]")


def test_an_empty_curve_has_no_estimate() -> None:
    empty = Noise(0, (Point(0.3, {}),), Point(0.0, {}))
    assert empty.figures()["thresholds"][0]["precision_estimate"] is None
    assert empty.figures()["precision_estimate_below"] is None


def test_the_advised_defaults_are_those_of_the_modes() -> None:
    assert DRAFT_THRESHOLD < POST_THRESHOLD
    assert (Rules().speaks_at, Rules(mode="private").speaks_at) == (DRAFT_THRESHOLD, DRAFT_THRESHOLD)
    assert Rules(mode="public").speaks_at == POST_THRESHOLD
    assert Rules(mode="public", threshold=0.33).speaks_at == 0.33
