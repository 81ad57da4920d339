"""Cuts text into the words that keyword search compares: stems, CJK pairs, and code-like names whole and in parts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from Stemmer import Stemmer

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
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

GENERIC_PAIRS = frozenset(
    PART.findall(
        "怎么 怎样 么办 什么 请问 问题 这个 那个 一个 一下 帮忙 有人 谢谢 大家 你好 可以 我们 你们 如何 为什 没有 今天 "
        "明天 昨天 早上 上好 现在 知道 需要 看看 看一 下这 个问 忙看 请帮 人在 在吗"
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
    for match in PIECE.finditer(unicodedata.normalize("NFKC", text)):
        if match.lastgroup == "cjk":
            found.extend(_pairs(match.group()))
        else:
            piece = match.group()
            found.extend(_word(piece) if len(piece) <= LONGEST else _cut(piece))  # only short ones are remembered
    return found


def telling(text: str) -> frozenset[str]:
    """The different words of `text` that tell what it is about."""
    return frozenset(tokens(text)) - GENERIC


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


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
