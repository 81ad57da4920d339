"""The plain searches that the knowledge base is measured against."""

from __future__ import annotations

import math

import pytest

from knowledge.embedding import HashingEmbedder
from knowledge.evaluation_arms import Arms, Keywords, fused

TEXTS = ["restart the pool", "the volume is full: extend the quota of the volume", "flush the resolver"]


def test_bm25_by_hand() -> None:
    scores = Keywords(["pool", "pool disk"]).scores("disk")
    rarity, length = math.log1p(1.5 / 1.5), 1.2 * (0.25 + 0.75 * 2 / 1.5)
    assert scores[0] == 0.0
    assert scores[1] == pytest.approx(rarity * 2.2 / (1 + length))


def test_three_arms_over_the_same_texts() -> None:
    done: list[int] = []
    found = Arms(TEXTS, HashingEmbedder(), done.append).rankings("the quota of my volume")
    assert done[-1] == 3
    assert [found[arm][0] for arm in ("bm25", "dense", "fused")] == [1, 1, 1]
    assert len(found["dense"]) == 3


def test_ranks_are_fused_whatever_the_scores_were() -> None:
    assert fused([1, 2, 3], [2, 3, 1])[0] == 2
    assert fused([5], []) == [5]
