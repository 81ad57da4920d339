"""Tokens and keyword search: codes whole and in parts, CJK pairs, masks, removal and compaction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import Lexical, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Connections were dropped", {"connect", "drop"}),
        ("NW-4031", {"nw-4031", "nw", "4031"}),
        ("--max-conn=5", {"--max-conn", "max-conn", "max", "conn", "5"}),
        ("pg_stat_activity", {"pg_stat_activity", "pg", "stat", "activ"}),
        ("foo.bar.baz.", {"foo.bar.baz", "foo", "bar", "baz"}),
        ("KubePodCrashLooping", {"kube", "pod", "crash", "loop", "kubepodcrashloop"}),
        ("v1.22.3", {"v1.22.3", "v1", "22", "3"}),
        ("ＮＷ－４０３１ ﬁle", {"nw-4031", "nw", "4031", "file"}),
        ("数据库连接", {"数据", "据库", "库连", "连接"}),
        ("重启pod了", {"重启", "pod", "了"}),
        ("it is what it is", set()),
        ("", set()),
    ],
)
def test_text_is_cut_into_the_words_people_search_for(text: str, expected: set[str]) -> None:
    assert expected <= set(tokens(text))
    assert expected or not tokens(text)


@pytest.mark.parametrize(("one", "other"), [("ECONNREFUSED", "econnrefused"), ("user's disks", "the user disk")])
def test_two_spellings_meet(one: str, other: str) -> None:
    assert set(tokens(one)) == set(tokens(other))


@given(st.text(max_size=300))
def test_any_text_can_be_cut_and_found(text: str) -> None:
    lexical = Lexical()
    lexical.put(1, text)
    assert [entry_id for entry_id, _ in lexical.search(text)] == ([1] if tokens(text) else [])


def test_a_forty_thousand_character_word_is_no_trouble() -> None:
    assert tokens("a" * 40_000) == []
    assert len(tokens("a-" * 20_000)) == 0


def filled(*texts: str) -> Lexical:
    lexical = Lexical()
    for number, text in enumerate(texts, 1):
        lexical.put(number, text)
    return lexical


def test_the_document_with_the_rarer_word_comes_first() -> None:
    lexical = filled("restart the pool", "restart the exporter NW-4031", "restart the disk", "nothing")
    found = lexical.search("restart NW-4031")
    assert found[0][0] == 2
    assert {entry_id for entry_id, _ in found} == {1, 2, 3}


def test_the_mask_acts_before_the_limit() -> None:
    lexical = filled("disk full", "disk", "disk and more words to make it long")
    allowed = np.array([False, False, False, True])
    assert [entry_id for entry_id, _ in lexical.search("disk full", allowed, 1)] == [3]
    assert lexical.search("disk full", np.zeros(0, dtype=np.bool_), 5) == []
    assert lexical.search("disk full", np.array([True, True]), 5)[0][0] == 1


def test_a_replaced_text_is_found_by_its_new_words_only() -> None:
    lexical = filled("old words", "others")
    lexical.put(1, "fresh text")
    assert lexical.search("old") == []
    assert lexical.search("fresh")[0][0] == 1
    lexical.remove(1)
    lexical.remove(1)
    assert lexical.search("fresh") == []
    assert len(lexical) == 1


def test_many_replacements_leave_the_same_scores_as_a_fresh_start() -> None:
    lexical = Lexical()
    for turn in range(4):
        for number in range(1, 201):
            lexical.put(number, f"page {number} about topic{number % 7} turn{turn}")
    for number in range(1, 201, 3):
        lexical.remove(number)
    fresh = Lexical()
    for number in range(1, 201):
        if number % 3 != 1:
            fresh.put(number, f"page {number} about topic{number % 7} turn3")
    for query in ("topic3 page 17", "turn3 about", "turn2"):
        expected = fresh.search(query, None, 200)
        found = lexical.search(query, None, 200)
        assert {i for i, _ in found} == {i for i, _ in expected}
        assert [s for _, s in found] == pytest.approx([s for _, s in expected], rel=1e-4)


def test_coverage_says_what_share_of_the_question_an_entry_holds() -> None:
    lexical = filled("volume quota exceeded", "volume")
    scan = lexical.scan("volume quota exceeded")
    assert lexical.at(scan, 1)[1] == pytest.approx(1.0)
    assert 0 < lexical.at(scan, 2)[1] < 0.5
    assert lexical.at(scan, 99) == (0.0, 0.0)
    assert [word for word, _ in lexical.matched(scan, 2)] == ["volum"]
    assert scan.specific == pytest.approx(scan.total)
    assert lexical.scan("please help me thanks").specific == 0


def test_a_word_said_again_counts_more_but_is_no_rarer() -> None:
    lexical = Lexical()
    lexical.put(1, "quota bucket")
    lexical.put(2, "region bucket")
    once, twice = lexical.scan("quota region"), lexical.scan("region quota region region region")
    assert lexical.at(once, 1)[0] == pytest.approx(lexical.at(once, 2)[0])
    assert lexical.at(twice, 2)[0] == pytest.approx(2 * lexical.at(twice, 1)[0])
    assert lexical.at(twice, 2)[1] == lexical.at(once, 2)[1]
    assert lexical.matched(twice, 2) == lexical.matched(once, 2)
