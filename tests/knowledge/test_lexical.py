"""Tokens and keyword search: codes whole and in parts, CJK pairs, masks, removal and compaction."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import GENERIC_WEIGHT, K1, B, Lexical, tokens
from knowledge.tokens import GENERIC


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


def settled(lexical: Lexical, whole: bool = True) -> Lexical:
    """The same after its documents were put in order."""
    documents = lexical.renewed(whole)
    if documents is not None:
        lexical.adopt(documents)
    return lexical


WORDS = [
    "pool",
    "disk",
    "quota",
    "NW-4031",
    "--max-conn",
    "restart",
    "please",
    "help",
    "数据库",
    "v1.2.3",
    "lock",
    "of",
]


def drawn(count: int, seed: int, longest: int = 40) -> list[str]:
    rng = np.random.default_rng(seed)
    common = np.arange(1, len(WORDS) + 1) ** -0.7
    sizes = rng.integers(0, longest, size=count)
    return [
        " ".join([*rng.choice(WORDS, size, p=common / common.sum()), f"id-{n % 50}"]) for n, size in enumerate(sizes)
    ]


def reference(texts: dict[int, str], question: str) -> dict[int, tuple[float, float]]:
    """(BM25, covered share) of each text that holds a word of the question, by the textbook."""
    held = {number: Counter(tokens(text)) for number, text in texts.items()}
    average = sum(words.total() for words in held.values()) / len(held)
    weights = {}
    for word in set(tokens(question)):
        having = sum(word in words for words in held.values())
        rarity = math.log1p((len(held) - having + 0.5) / (having + 0.5))
        weights[word] = rarity * (GENERIC_WEIGHT if word in GENERIC else 1)
    found = {}
    for number, words in held.items():
        norm = K1 * (1 - B + B * words.total() / average)
        gains = {w: weights[w] * words[w] * (K1 + 1) / (words[w] + norm) for w in weights if w in words}
        if gains:
            found[number] = (sum(gains.values()), sum(weights[w] for w in gains) / sum(weights.values()))
    return found


def agrees(lexical: Lexical, texts: dict[int, str], question: str) -> None:
    expected = reference(texts, question)
    found = lexical.search(question, None, len(texts))
    assert {number for number, _ in found} == set(expected)
    for number, score in found:
        assert score == pytest.approx(expected[number][0], rel=1e-5)
    measures = lexical.at(lexical.scan(question), [*texts, 10**6])
    for number, (score, coverage) in expected.items():
        assert measures.of(number) == pytest.approx((score, coverage), rel=1e-5)
        words = set(tokens(question)) & set(tokens(texts[number]))
        assert {word for word, _ in measures.named(number)} == words


@pytest.mark.parametrize(
    "question", ["restart the pool NW-4031", "please help 数据库", "quota --max-conn=5 id-17", "of"]
)
def test_scores_are_those_of_the_textbook_through_changes_and_sealing(question: str) -> None:
    texts = dict(enumerate(drawn(600, 1), 1))
    lexical = Lexical()
    for number, text in texts.items():
        lexical.put(number, text)
    agrees(lexical, texts, question)
    agrees(settled(lexical), texts, question)
    for number, text in enumerate(drawn(200, 2), 500):
        texts[number] = text
        lexical.put(number, text)
    for number in range(3, 400, 5):
        del texts[number]
        lexical.remove(number)
    agrees(lexical, texts, question)
    agrees(settled(lexical), texts, question)
    agrees(Lexical.of(lexical.blocks()), texts, question)
    lexical.put(3, question)
    agrees(lexical, texts | {3: question}, question)


def test_the_commonest_words_count_for_the_likely_documents_only_and_change_little() -> None:
    lexical, texts = Lexical(postings=300), drawn(3000, 3)
    full = Lexical()
    for number, text in enumerate(texts, 1):
        lexical.put(number, text)
        full.put(number, text)
    for question in ("restart the pool NW-4031 id-7", "id-3 disk quota lock", "please help 数据库 id-9"):
        scan = lexical.scan(question)
        assert scan.counted < len(scan.rare)
        found, expected = lexical.top(scan, lexical.open(None), 10), full.search(question, None, 10)
        assert [score for _, score in found] == pytest.approx([score for _, score in expected], rel=1e-4)
        number = found[0][0]
        assert lexical.at(scan, [number]).of(number)[0] == pytest.approx(found[0][1], rel=1e-4)
        allowed = np.zeros(3001, dtype=np.bool_)
        allowed[number] = True
        assert [one for one, _ in lexical.top(scan, lexical.open(allowed), 10)] == [number]


def test_many_documents_are_put_in_order_by_themselves_and_few_are_not() -> None:
    lexical = filled(*drawn(100, 4))
    assert lexical.renewed() is None
    for number, text in enumerate(drawn(2500, 5, longest=4), 1):
        lexical.put(number, text)
    assert lexical.renewed() is not None
    for number in range(1, 2400):
        lexical.remove(number)
    before = dict(lexical.search("pool disk id-7", None, 200))
    assert dict(settled(lexical, whole=False).search("pool disk id-7", None, 200)) == pytest.approx(before)
    assert len(lexical) == 101
    assert lexical.renewed(whole=True) is None


def test_words_that_nobody_says_any_more_leave_nothing_behind() -> None:
    lexical = filled("hunter2 opens the vault", "the vault is full")
    lexical.remove(1)
    kept = settled(lexical).blocks()
    assert b"hunter2" not in kept["terms"].tobytes()
    assert b"vault" in kept["terms"].tobytes()
    assert kept["entry"].tolist() == [2]


def test_an_index_of_nothing_comes_back_as_nothing() -> None:
    again = Lexical.of(settled(Lexical()).blocks())
    assert again.search("pool") == []
    again.put(1, "pool")
    assert again.search("pool")[0][0] == 1


def test_coverage_says_what_share_of_the_question_an_entry_holds() -> None:
    lexical = filled("volume quota exceeded", "volume")
    scan = lexical.scan("volume quota exceeded")
    measures = lexical.at(scan, [1, 2, 99])
    assert measures.of(1)[1] == pytest.approx(1.0)
    assert 0 < measures.of(2)[1] < 0.5
    assert (measures.of(99), measures.named(99)) == ((0.0, 0.0), ())
    assert [word for word, _ in measures.named(2)] == ["volum"]
    assert scan.specific == pytest.approx(scan.total)
    assert lexical.scan("please help me thanks").specific == 0


def test_a_word_said_again_counts_more_but_is_no_rarer() -> None:
    lexical = Lexical()
    lexical.put(1, "quota bucket")
    lexical.put(2, "region bucket")
    once, twice = lexical.scan("quota region"), lexical.scan("region quota region region region")
    before, after = lexical.at(once, [1, 2]), lexical.at(twice, [1, 2])
    assert before.of(1)[0] == pytest.approx(before.of(2)[0])
    assert after.of(2)[0] == pytest.approx(2 * after.of(1)[0])
    assert dict(lexical.search("region quota region region region"))[2] == pytest.approx(after.of(2)[0])
    assert after.of(2)[1] == before.of(2)[1]
    assert after.named(2) == before.named(2)
