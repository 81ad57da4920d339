"""Fusion, priors, the chance of helping and the plain words that say why."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.finder import Candidate, Found, Named, substantial
from knowledge.models import Case, Entry, Query, Status
from knowledge.ranking import Features, probability, rank
from knowledge.shelf import Spine
from tests.knowledge.cases import EVERYONE, precedent, section, solved

NOW = 1_700_000_000.0
DAY = 86400.0


def candidate(case: Case, number: int = 1, **more: Any) -> Candidate:
    marks = {name: more.pop(name, 0) for name in ("helpful", "unhelpful")}
    entry = Entry(number, case, 1, Status.LIVE, number, NOW, **marks)
    return Candidate(Spine.of(entry), **{"passage": 0, "cosine": 0.5, "bm25": 5.0, "coverage": 0.4, **more})


def ranked(*candidates: Candidate, text: str = "why", specific: float = 1.0, named: Named = ()) -> list[Any]:
    return rank(Found(candidates, specific, 5.0, lambda entry_id: named), Query(text, EVERYONE, now=NOW))


def test_meaning_and_words_both_count() -> None:
    both = candidate(section("a", "x"), 1, cosine=0.5, bm25=8.0)
    words = candidate(section("b", "x"), 2, cosine=0.1, bm25=10.0)
    meaning = candidate(section("c", "x"), 3, cosine=0.6, bm25=0.0)
    assert [hit.entry.id for hit in ranked(words, meaning, both)] == [1, 3, 2]


def test_an_approved_case_goes_before_a_precedent_that_is_as_near() -> None:
    hits = ranked(candidate(precedent("a", "b"), 1), candidate(solved("c", "d"), 2), candidate(section("e", "f"), 3))
    assert [hit.entry.id for hit in hits] == [2, 3, 1]
    far = ranked(candidate(precedent("a", "b"), 1, cosine=0.7), candidate(solved("c", "d"), 2))
    assert far[0].entry.id == 1


def test_freshness_decides_between_equals_and_counts_of_marks_do_not() -> None:
    liked, disliked = candidate(solved("c", "d"), 2, helpful=3), candidate(solved("e", "f"), 1, unhelpful=3)
    hits = ranked(liked, disliked)
    assert [hit.entry.id for hit in hits] == [1, 2]
    assert hits[0].helpful == hits[1].helpful
    fresh = candidate(solved("g", "h", happened_at=NOW - DAY), 5)
    assert [hit.entry.id for hit in ranked(candidate(solved("a", "b", happened_at=NOW - 900 * DAY), 4), fresh)] == [
        5,
        4,
    ]


def test_what_people_point_back_to_is_recent() -> None:
    near = candidate(precedent("a", "b", happened_at=NOW - 400 * DAY), 1, cosine=0.6)
    fresh = candidate(precedent("c", "d", happened_at=NOW - DAY), 2, cosine=0.45)
    hits = ranked(near, fresh)
    assert [hit.entry.id for hit in hits] == [2, 1]
    assert hits[1].helpful > hits[0].helpful  # what is fresh goes first, but is no surer
    assert (
        rank(Found((near, fresh), 1.0, 5.0), Query("why", EVERYONE))[0].entry.id == 1
    )  # at no known time none is fresh


def test_a_document_stands_between_a_fresh_thread_and_an_old_one() -> None:
    document = candidate(section("a", "b", happened_at=NOW - 900 * DAY), 1)
    assert ranked(document, candidate(precedent("c", "d", happened_at=NOW - 400 * DAY), 2))[0].entry.id == 1
    assert ranked(document, candidate(precedent("c", "d", happened_at=NOW - DAY), 2))[0].entry.id == 2


def test_sections_of_a_page_that_holds_much_of_it_go_first() -> None:
    lone = candidate(section("Logs > Search", "x"), 1, cosine=0.52)
    page = [candidate(section(f"Pools > Part {number}", "x"), number, cosine=0.5) for number in (2, 3, 4)]
    assert [hit.entry.id for hit in ranked(lone, *page)] == [2, 3, 4, 1]
    assert ranked(lone, page[0])[0].entry.id == 1


def test_a_passage_that_says_little_else_than_the_question_is_surer() -> None:
    named = (("pgbouncer", 4.0), ("restart", 2.0))
    short = ranked(candidate(section("", "restart pgbouncer")), named=named)[0]
    long = ranked(candidate(section("", "restart pgbouncer, postgres, redis, kafka and the scheduler")), named=named)[0]
    assert short.helpful > long.helpful


def test_a_question_of_generic_words_alone_is_never_sure_of_an_answer() -> None:
    near = candidate(section("a", "any update"), cosine=0.95, coverage=1.0, bm25=9.0)
    assert ranked(near)[0].helpful > 0.7
    assert ranked(near, specific=0.1)[0].helpful <= 0.1


@pytest.mark.parametrize(
    ("features", "low", "high"),
    [
        (Features(0.09, 0.1, 0.0, 0.0, 0.5, 0.3, 0.1), 0.0, 0.02),
        (Features(0.30, 0.1, 0.1, 0.05, 0.5, 0.5, 0.1), 0.0, 0.1),
        (Features(0.47, 0.25, 0.35, 0.1, 1.0, 0.8, 0.2), 0.5, 0.8),
        (Features(0.75, 0.5, 0.4, 0.1, 1.0, 1.0, 0.5), 0.85, 1.0),
    ],
)
def test_the_chance_of_helping_is_low_for_strangers_and_high_for_kin(
    features: Features, low: float, high: float
) -> None:
    assert low <= probability(features) <= high


def test_a_shared_error_code_raises_the_chance() -> None:
    plain = candidate(section("a", "x"), cosine=0.3)
    assert ranked(plain, named=[("nw-4031", 5.0)])[0].helpful > ranked(plain, named=[("pool", 5.0)])[0].helpful


def test_why_is_said_in_plain_words() -> None:
    case = solved("a", "b", happened_at=NOW - 12.5 * DAY)
    named = (("nw-4031", 4.0), ("4031", 4.0), ("connect", 2.0))
    (hit,) = ranked(candidate(case, cosine=0.62, helpful=3), text="Connections fail: NW-4031", named=named)
    assert hit.why == ("meaning .62", "names NW-4031", "marked helpful 3 times", "approved case, 12 days old")
    (hit,) = ranked(candidate(section("a", "b"), unhelpful=1), text="Connections fail", named=named[2:])
    assert hit.why == ("meaning .50", "words Connections", "marked not helpful once", "document")


def test_what_shares_nothing_is_no_hit() -> None:
    assert ranked(candidate(section("a", "b"), cosine=0.01, bm25=0.0)) == []
    assert ranked() == []


def test_thanks_are_not_a_passage_worth_finding() -> None:
    assert substantial(["pool down", "thanks a lot!", "restart the pgbouncer pool twice", "ok"]) == [0, 2]
    assert substantial(["hi", "ok"]) == [0, 1]


@pytest.mark.parametrize(("page", "surer"), [("Pools", True), ("Quotas", False)])
def test_a_section_of_the_same_page_is_no_rival(page: str, surer: bool) -> None:
    first = candidate(section("Pools > Size", "x"), 1, cosine=0.7, bm25=8.0)
    near = candidate(section(f"{page} > Limits", "x"), 2, cosine=0.69, bm25=8.0)
    far = candidate(section("Logs > Search", "x"), 3, cosine=0.5, bm25=1.0)
    alone = ranked(first, candidate(section("Other > Page", "x"), 2, cosine=0.69, bm25=8.0), far)[0]
    assert (ranked(first, near, far)[0].helpful > alone.helpful) is surer


def test_a_hit_tells_which_words_it_shares_and_how_rare_they_are() -> None:
    shared = ranked(candidate(section("a", "x")), named=(("pgbouncer", 5.0), ("restart", 1.0)))[0].shared
    assert shared == (("pgbouncer", 1.0), ("restart", 0.2))
