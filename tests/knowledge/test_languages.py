"""Chinese questions: told apart, and answered by words where the model cannot read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from knowledge.base import Vectors
from knowledge.embedding import HashingEmbedder
from knowledge.languages import ALIKE, mostly_cjk, reads_cjk
from knowledge.library import KnowledgeBase
from knowledge.models import Query
from tests.knowledge.cases import EVERYONE, section
from tests.knowledge.memory_store import MemoryStore


class Blind:
    """A model to which all texts are the same."""

    model, dim = "blind", 4

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.tile(np.array([[1, 0, 0, 0]], dtype=np.float32), (len(texts), 1))


class Reading:
    """A model that knows what says the same; strangers lie `apart` from each other."""

    model, dim = "reading", 8

    def __init__(self, apart: float) -> None:
        self._apart = apart

    def embed(self, texts: Sequence[str]) -> Vectors:
        known = {text: number for number, pair in enumerate(ALIKE) for text in pair}
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = self._apart**0.5
            row[1 + known.get(text, len(ALIKE) + len(text) % 3)] = (1 - self._apart) ** 0.5
        return rows


@pytest.mark.parametrize(
    ("text", "expected"),
    [("连接池耗尽", True), ("报错 connection refused 怎么办", True), ("disk full", False), ("", False), ("42", False)],
)
def test_a_chinese_question_is_told_from_an_english_one(text: str, expected: bool) -> None:
    assert mostly_cjk(text) is expected


def test_a_model_that_finds_all_chinese_alike_cannot_read_it() -> None:
    assert not reads_cjk(Blind())
    assert not reads_cjk(HashingEmbedder(2048))  # it knows words only, and words carry better by themselves
    assert reads_cjk(Reading(0.1))
    assert not reads_cjk(Reading(0.85))  # as models whose cosines all lie close to 1


def test_chinese_is_found_by_its_words_and_small_talk_finds_nothing() -> None:
    kb = KnowledgeBase(MemoryStore(), Blind(), None, lambda text: text)
    pages = [
        ("磁盘扩容", "提交磁盘配额申请"),
        ("支付超时", "检查网关日志"),
        ("发布回滚", "使用 rollback 命令回到上一版本"),
    ]
    kb.put([section(title, text) for title, text in pages], "ingest", 1.0)
    hits = kb.search(Query("支付接口超时了", EVERYONE))
    assert [hit.entry.case.title for hit in hits] == ["支付超时"]
    assert hits[0].why[0].startswith("words 支付")
    assert kb.search(Query("大家早上好", EVERYONE)) == []
