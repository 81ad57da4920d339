"""Tells whether a question is in Chinese, Japanese or Korean, and whether an embedding model can read that."""

from __future__ import annotations

import re

from knowledge.embedding import Embedder
from knowledge.tokens import CJK

LETTER = re.compile(r"[^\W\d_]")
IDEOGRAPH = re.compile(f"[{CJK}]")
SHARE = 0.2  # of the letters: one sign is a syllable, and English error messages inside Chinese questions are common
ALIKE = (("接口响应太慢", "请求耗时很长"), ("服务器磁盘写满了", "硬盘没有剩余空间"))
"""What says the same without a character in common: keywords, and vectors made of them, tell nothing here."""
UNLIKE = ("今天中午大家吃什么", "会议改到下午三点开始", "支付页面提示签名错误")
GAP = 0.15  # how much nearer a paraphrase must lie than the nearest stranger, on average


def mostly_cjk(text: str) -> bool:
    """Whether a good part of the letters are ideographs, kana or hangul."""
    return len(IDEOGRAPH.findall(text)) > SHARE * len(LETTER.findall(text))


def reads_cjk(embedder: Embedder) -> bool:
    """Whether the model tells Chinese paraphrases from strangers by so much that evidence can be read off its cosines.

    An English model puts any two Chinese texts near each other, and so do multilingual ones whose cosines all lie close
    to 1 (the E5 family): with either, words alone must carry an answer.
    """
    strangers = embedder.embed(UNLIKE)
    gaps = []
    for pair in ALIKE:
        one, other = embedder.embed(pair)
        gaps.append(float(one @ other) - float((strangers @ one).max()))
    return sum(gaps) / len(gaps) > GAP
