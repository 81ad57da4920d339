"""What counts as a quotation of lost words, and what is left of a case without them."""

from __future__ import annotations

import pytest

from bot.dialogue.quoting import Lost, without
from knowledge.models import Audience, Case, Kind, Link, Said

GONE = "The edge gateway rewrites JSON bodies, so the HMAC signature no longer matches. See ticket OPS-4711."


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (GONE, True),
        ("He said that the edge gateway rewrites JSON bodies somehow.", True),
        ("THE EDGE, GATEWAY: rewrites json", True),
        ("The gateway at the edge rewrites things.", False),
        ("see ticket OPS-9999", False),
        ("", False),
    ],
)
def test_five_words_in_a_row_are_a_quotation(text: str, quoted: bool) -> None:
    assert Lost(GONE).quoted_in(text) is quoted


def test_words_that_still_stand_elsewhere_are_not_lost() -> None:
    assert not Lost(GONE, [f"as kim wrote: {GONE}"]).quoted_in(GONE)
    assert not Lost(GONE).quoted_in(GONE, [GONE])
    assert not Lost("how do I find out why it is so").quoted_in("So how do I find out why it is so?")


def test_an_edit_loses_only_what_it_changed() -> None:
    lost = Lost(GONE, instead=GONE.replace("edge gateway", "proxy"))
    assert lost.quoted_in("the edge gateway rewrites JSON bodies")
    assert not lost.quoted_in("so the HMAC signature no longer matches")
    assert not Lost(GONE, instead=f"{GONE} Solved!").quoted_in(GONE)


def test_chinese_is_read_by_characters() -> None:
    lost = Lost("网关会重写请求体所以签名不匹配")
    assert lost.quoted_in("有人说：网关会重写请求体。")
    assert lost.cut("网关会重写请求体。请关闭重写功能。") == "请关闭重写功能。"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"Before.\n\n{GONE}\n\nAfter.", "Before.\n\nAfter."),
        ("Hal looked. So the edge gateway rewrites JSON bodies. Switch it off.", "Hal looked. Switch it off."),
        ("It is OPS-4711. Switch it off.", "Switch it off."),
        ("Nothing of it.\n\n\n\nAs it is ", "Nothing of it.\n\n\n\nAs it is "),
    ],
)
def test_what_is_cut_goes_by_whole_sentences(text: str, rest: str) -> None:
    assert Lost(GONE).cut(text) == rest


def case(**parts: object) -> Case:
    said = {"title": "HMAC", "problem": "No signature matches.", "resolution": f"{GONE}\n\nSwitch it off.", **parts}
    return Case(Kind.CASE, audience=Audience.everyone(), source="thread:x", turns=("a", "b"), **said)  # type: ignore[arg-type]


def test_a_case_keeps_what_others_said() -> None:
    links = (Link("x", "https://x.example/OPS-4711"), Link("y", "https://y.example/"))
    left = without(
        case(cause=GONE, links=links), frozenset({"b"}), [Lost(GONE), Lost("look at https://x.example/OPS-4711")]
    )
    assert left is not None
    assert (left.resolution, left.cause, left.turns, left.links) == ("Switch it off.", "", ("a",), links[1:])


def test_sentences_that_go_name_no_turn_any_more() -> None:
    said = (Said("b", "No signature matches."), Said("a", GONE), Said("a", "Switch it off."))
    left = without(case(said=said), frozenset({"b"}), [Lost(GONE)])
    assert left is not None
    assert left.said == (Said("a", "Switch it off."),)


def test_a_case_without_problem_answer_or_turns_is_none() -> None:
    assert without(case(problem=GONE), frozenset(), [Lost(GONE)]) is None
    assert without(case(resolution=GONE), frozenset(), [Lost(GONE)]) is None
    assert without(case(), frozenset({"a", "b"}), []) is None


def test_a_title_that_quoted_is_made_of_the_problem() -> None:
    left = without(case(title="The edge gateway rewrites JSON bodies"), frozenset(), [Lost(GONE)])
    assert left is not None
    assert left.title == "No signature matches."
