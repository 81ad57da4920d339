"""Cuts text into the words that keyword search compares: stems, CJK pairs, and code-like names whole and in parts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from Stemmer import Stemmer

from knowledge.hanzi import plain

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
PAIR = re.compile(f"[{CJK}]{{2}}")
WORD = f"[^\\W{CJK}]+"
PIECE = re.compile(f"(?P<cjk>[{CJK}]+)|(?P<word>-{{0,2}}{WORD}(?:['’.:/@+-]+{WORD})*)")
ASCII_PIECE = re.compile(r"-{0,2}\w+(?:['.:/@+-]+\w+)*", re.ASCII)  # the same, where no other letter stands
PART = re.compile(r"[^\W_]+")
HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
LONGEST = 64  # characters of a name kept whole: longer ones are addresses and digests, found by their parts

STOP = frozenset(
    PART.findall(
        "a about after all also am an and any are aren as at be because been before being both but by can "
        "could couldn d did didn do does doesn doing don for from had has have having he her here him his how "
        "i if in into is isn it its just let like ll m may me more most my no nor not now of off on once only "
        "or our out over own re s same she should so some such t than that the their them then there these "
        "they this those through to too under until up us ve very was wasn we were what when where which "
        "while who whom why will with won would you your"
    )
)

GENERIC_WORDS = frozenset(
    PART.findall(
        "abl actual again alreadi anybodi anyon anyth appreci ask back best chanc chang check correct current "
        "day differ doe done error everyon everyth fail find fine fix folk get give go good got gotten guid "
        "guy happen hello help hey hi hour idea issu keep know look make mani mayb mean mention messag might "
        "morn much need new noon noth ok okay one peopl pleas pls possibl problem question quick realli right "
        "run say see seem set show somebodi someon someth somewher sorri start step still stuck sure take "
        "team tell thank thing think time today tomorrow tri true two understand updat use want way week well "
        "wonder work wrong yes yesterday yet"
    )
)

SMALL = re.compile("[的了吗呢吧呀啊嘛哦哈么我你您他她它们这那哪很就都也把跟请谁啥咋着几每]")
"""Characters that say how, not what: a pair across them is no word, and would only make a question look strange."""
GENERIC_PAIRS = frozenset(
    PART.findall(
        "怎样 问题 一个 一下 一直 一样 帮忙 有人 谢谢 大家 可以 如何 没有 不是 是不 不能 能不 今天 明天 昨天 早上 上好 现在 知道 需要 看看 "
        "看一 个问 忙看 有没 没人 人在 还是 是否 已经 为什 什麼 怎麼 麻烦 大佬 有个 有一 我们 突然 之后 时候 因为 所以 但是 如果 "
        "应该 出现 遇到 碰到 提示 显示 情况 原因 办法 处理 解决 老是 总是 想要 不知 好像 感觉 发现 刚才 下午 上午 晚上 直接 "
        "连不 不上 不了 打不 不开 不到 不对 不行 报错 错误 失败 异常 有问 出问 上不 不去 起不 不来 用不 哪里 哪个 怎样 什么"
    )
)
GENERIC = GENERIC_WORDS | GENERIC_PAIRS  # what is said in any question, whatever it is about


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The Snowball stem of an English word in lower case; other words come back as they are."""
    return str(Stemmer("english").stemWord(word)) if word.isascii() and word.isalpha() else word


def tokens(text: str) -> list[str]:
    """The words of `text` in order, for indexing and for queries alike; stop words are left out."""
    found: list[str] = []
    if text.isascii():
        for piece in ASCII_PIECE.findall(text):
            found.extend(_word(piece) if len(piece) <= LONGEST else _cut(piece))
        return found
    for match in PIECE.finditer(plain(unicodedata.normalize("NFKC", text))):
        if match.lastgroup == "cjk":
            found.extend(_pairs(match.group()))
        else:
            piece = match.group()
            found.extend(_word(piece) if len(piece) <= LONGEST else _cut(piece))  # only short ones are remembered
    return found


def telling(text: str) -> frozenset[str]:
    """The different words of `text` that tell what it is about."""
    return frozenset(tokens(text)) - GENERIC


def is_pair(token: str) -> bool:
    """Whether a token is a pair of CJK characters, which may or may not be a word."""
    return len(token) == 2 and PAIR.match(token) is not None


def _pairs(run: str) -> list[str]:
    """The pairs of neighbours between small characters; a run of one character is a word of its own."""
    parts = SMALL.split(run)
    return [part[i : i + 2] for part in parts for i in range(len(part) - 1)] or [run] * (len(run) == 1)


@lru_cache(maxsize=100_000)
def _word(piece: str) -> tuple[str, ...]:
    return _cut(piece)


def _cut(piece: str) -> tuple[str, ...]:
    """A plain word's stem, or for a compound its whole and its parts, humps of CamelCase among them."""
    parts: list[str] = []
    for part in PART.findall(piece):
        humps = HUMP.findall(part)
        if len(humps) > 1 and not part.islower():
            parts.extend(hump.lower() for hump in humps if len(hump) > 1)
        parts.append(part.lower())
    kept = [stem(part) for part in parts if part not in STOP and len(part) <= LONGEST]
    whole = piece.strip("-").lower()
    compound = len(whole) <= LONGEST and whole not in parts and "'" not in whole and "’" not in whole
    spelled = [f"--{whole}"] if piece.startswith("--") and len(whole) <= LONGEST else []
    return tuple(spelled + ([whole] if compound else []) + kept)
