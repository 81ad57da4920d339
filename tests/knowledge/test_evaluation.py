"""Measures of ranking and abstention against values computed by hand."""

from __future__ import annotations

import math

import pytest

from knowledge.evaluation import averages, hit_at, mcc, mrr, ndcg, recall_at

GAINS = {"a": 2.0, "b": 1.0, "z": 0.0}


def test_measures_by_hand() -> None:
    assert recall_at(["x", "a", "y"], GAINS, 2) == 0.5
    assert recall_at(["x"], {"z": 0.0}) == 0.0
    assert hit_at(["x", "b"], GAINS, 1) == 0.0
    assert hit_at(["x", "b"], GAINS, 2) == 1.0
    assert mrr(["x", "b", "a"], GAINS) == 0.5
    assert mrr(["x"] * 10 + ["a"], GAINS) == 0.0


def test_a_higher_grade_counts_more_than_in_proportion() -> None:
    ideal = 3 + 1 / math.log2(3)
    assert ndcg(["a", "b"], GAINS) == 1.0
    assert ndcg(["b", "x", "a"], GAINS) == pytest.approx((1 + 3 / 2) / ideal)
    assert ndcg(["a"], {}) == 0.0


def test_averages_over_questions() -> None:
    pairs = [(["a"], {"a": 1.0}), (["x"], {"a": 1.0})]
    assert averages(pairs, {"mrr": mrr}) == {"mrr": 0.5, "queries": 2}
    assert averages([], {"mrr": mrr}) == {"mrr": 0.0, "queries": 0}


def test_mcc_of_abstention() -> None:
    assert mcc([True, False, True], [True, False, True]) == 1.0
    assert mcc([True, False], [False, True]) == -1.0
    assert mcc([True, True], [True, False]) == 0.0


def test_mcc_of_many_classes() -> None:
    said, true = ["pay", "pay", "none", "ship"], ["pay", "ship", "none", "ship"]
    # three of four right; said 2, 1, 1 and true 1, 1, 2 times: (3*4 - (2*1 + 1*1 + 1*2)) / sqrt((16-6) * (16-6))
    assert mcc(said, true) == pytest.approx(0.7)
    assert mcc([], []) == 0.0
