"""Tells whether a question is in Chinese, Japanese or Korean, and whether an embedding model can read that."""

from __future__ import annotations

import re

from knowledge.embedding import Embedder
from knowledge.tokens import CJK

LETTER = re.compile(r"[^\W\d_]")
IDEOGRAPH = re.compile(f"[{CJK}]")
SHARE = 0.2  # of the letters: one sign is a syllable, and English error messages inside Chinese questions are common
ALIKE = ("数据库连接池已经耗尽", "连接池满了,数据库连不上")
UNLIKE = ("今天中午大家吃什么", "会议改到下午三点开始", "支付接口返回了超时错误")
GAP = 0.25  # how much nearer a paraphrase must lie than the nearest stranger


def mostly_cjk(text: str) -> bool:
    """Whether a good part of the letters are ideographs, kana or hangul."""
    return len(IDEOGRAPH.findall(text)) > SHARE * len(LETTER.findall(text))


def reads_cjk(embedder: Embedder) -> bool:
    """Whether the model tells a Chinese paraphrase from strangers: one that cannot puts any two Chinese texts near."""
    rows = embedder.embed([*ALIKE, *UNLIKE])
    cosines = rows[1:] @ rows[0]
    return bool(cosines[0] - cosines[1:].max() > GAP)
