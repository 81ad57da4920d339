"""Tells whether a text quotes words that were taken back, and cuts them out of what else was made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any

from bot.dialogue.extract import clip
from knowledge.models import Case, Link
from knowledge.tokens import CJK, GENERIC, STOP, stem

RUN = 5  # words in a row, two of them telling, that are no coincidence
TITLE = 90
KEPT = frozenset(
    {"kind", "source", "url", "container", "authors", "turns", "audience", "said"}
)  # fields that quote nobody
WORD = re.compile(f"[{CJK}]|[^\\W_{CJK}]+")
NAME = re.compile(
    r"(?<![^\W_])[^\W_]+(?:[-_./:@+]+[^\W_]+)+|(?<!\w)(?=\w*[^\W\d_])\w*\d\w*"
)  # codes, addresses, versions
BARE = re.compile(r"(?m)^-[ \t]*(?:\n|\Z)")
SEAM = re.compile(r"(\n+|(?<=[.!?])\s+|(?<=[。！？]))")
Words = tuple[str, ...]


class Lost:
    """The words of a turn that nobody says any more: `gone` is its former text, `standing` what still stands around it."""

    def __init__(self, gone: str, standing: Iterable[str] = (), instead: str = "") -> None:
        self._instead, self._standing = instead.strip(), [*standing, instead]
        self._gone = "" if gone.strip() in instead else gone.strip()  # what was only added to is not lost

    @cached_property
    def _words(self) -> Words:
        return words(self._gone)

    @cached_property
    def _rest(self) -> list[Words]:
        return [words(text) for text in self._standing]

    @cached_property
    def runs(self) -> frozenset[Words]:
        """Runs of words (all of them where they are few) that stand nowhere else any more."""
        length = min(RUN, len(self._words))
        said = {run for run in _runs(self._words, length) if _telling(run)}
        return frozenset(said.difference(*(_runs(rest, length) for rest in self._rest)))

    @cached_property
    def names(self) -> frozenset[str]:
        """Codes, addresses and versions that stand nowhere else any more."""
        return frozenset(_names(self._gone).difference(*map(_names, self._standing)))

    def quoted_in(self, text: str, besides: Sequence[str] = ()) -> bool:
        """Whether the text repeats lost words that do not stand in the texts `besides` it (a document it cites)."""
        if not self.runs or not text:
            return False
        length = min(RUN, len(self._words))
        found = self.runs & _runs(words(text), length)
        return bool(found and found.difference(*(_runs(words(other), length) for other in besides)))

    def named_in(self, text: str, besides: Sequence[str] = ()) -> bool:
        """Whether a text about the very same matter still holds lost codes, or all of a few lost words.

        Elsewhere that would be a coincidence: quoted_in judges by longer runs.
        """
        if not self.names.isdisjoint(_names(text).difference(*map(_names, besides))):
            return True
        short = 0 < len(self._words) < RUN and any(map(_means, self._words))
        return (
            short
            and self._words in _runs(words(text), len(self._words))
            and not any(self._words in _runs(other, len(self._words)) for other in (*self._rest, *map(words, besides)))
        )

    def cut(self, text: str) -> str:
        """The text without the lost words; sentences that repeat them go whole."""
        replaced = text.replace(self._gone, self._instead) if self._gone else text
        pieces = SEAM.split(replaced)  # sentences, each with the seam after it
        pairs = list(zip_longest(pieces[::2], pieces[1::2], fillvalue=""))
        kept = [piece + seam for piece, seam in pairs if not self._holds(piece)]
        if replaced == text and len(kept) == len(pairs):
            return text
        said = re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()
        return f"{said}\n```" if said.count("```") % 2 else said

    def retold(self, text: str) -> bool:
        """Whether a sentence that rests on the turn is in nobody's own words: then it may say what is lost."""
        return bool(self._gone) and not any(text in said for said in (self._gone, *self._standing))

    def _holds(self, piece: str) -> bool:
        said = words(piece)
        if not said:
            return False
        if not self.names.isdisjoint(_names(piece)):
            return True
        if len(said) >= RUN:
            return bool(self.runs & _runs(said, min(RUN, len(self._words))))
        return said in _runs(self._words, len(said)) and not any(said in _runs(r, len(said)) for r in self._rest)


def without(
    case: Case, turns: frozenset[str], lost: Sequence[Lost], resting: Sequence[tuple[str, Lost]] = ()
) -> Case | None:
    """The case without these turns and lost words; None when no problem or no answer is left of it.

    `resting` tells which turn lost which words: sentences that retell them go as well.
    """
    retold = {
        said.text for said in case.said for turn, words in resting if said.turn == turn and words.retold(said.text)
    }
    left = tuple(turn for turn in case.turns if turn not in turns)
    if case.turns and not left:
        return None
    values = {f.name: _without(_cut(getattr(case, f.name), retold), lost) for f in fields(case) if f.name not in KEPT}
    said = tuple(part for part in case.said if part.turn in left and part.text not in retold)
    rest = replace(case, turns=left, said=said, **values).traced()
    if not rest.problem or not rest.resolution:
        return None
    return rest if rest.title else replace(rest, title=clip(rest.problem, TITLE))


def _cut(value: Any, sentences: Iterable[str]) -> Any:
    """A text without these sentences, nor the bullets that stood before them."""
    left = value
    for sentence in sentences:
        left = left.replace(sentence, "") if isinstance(left, str) else left
    return left if left == value else BARE.sub("", left).strip()


def _without(value: Any, lost: Sequence[Lost]) -> Any:
    """A field's value with the lost words cut out: a text, or a tuple of texts and links."""
    if isinstance(value, str):
        for words_ in lost:
            value = words_.cut(value)
        return value
    if isinstance(value, tuple):
        texts = [(item, f"{item.title} {item.url}" if isinstance(item, Link) else item) for item in value]
        return tuple(i for i, text in texts if not isinstance(text, str) or _without(text, lost) == text.strip())
    return value


def words(text: str) -> Words:
    """The words of a text in order, in lower case; of Chinese each character."""
    return tuple(WORD.findall(text.lower()))


def _runs(said: Words, length: int) -> set[Words]:
    return {said[at : at + length] for at in range(len(said) - length + 1)} if length else set()


def _telling(run: Words) -> bool:
    return sum(map(_means, run)) >= 2


def _means(word: str) -> bool:
    return word not in STOP and stem(word) not in GENERIC


def _names(text: str) -> set[str]:
    return {name.lower() for name in NAME.findall(text)}
