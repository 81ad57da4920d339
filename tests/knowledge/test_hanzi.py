"""Chinese reads the same in traditional characters, full-width letters, or with codes stuck to it."""

from __future__ import annotations

import pytest

from knowledge.hanzi import plain, spaced
from knowledge.tokens import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("請問連線逾時", "请问连线逾时"),
        ("ＭｙＳＱＬ　５０４", "MySQL 504"),
        ("好了！真的？是，的。", "好了！真的？是，的。"),  # what ends a sentence stays: sentences are cut there
        ("plain ASCII!?", "plain ASCII!?"),
        ("café’s", "café’s"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected
    assert len(plain(text)) == len(text)


def test_codes_are_set_apart() -> None:
    assert spaced("报KFK-203了，看`nw log`日志50%满") == "报 KFK-203 了，看 `nw log` 日志 50% 满"
    assert spaced("no change") == "no change"


def test_words_do_not_reach_across_small_characters() -> None:
    assert tokens("证书的续期") == ["证书", "续期"]
    assert tokens("請問憑證") == tokens("请问凭证")
    assert tokens("MySQL连接") == tokens("ＭｙＳＱＬ 连接")
    assert tokens("卡") == ["卡"]
    assert tokens("的了吗") == []
