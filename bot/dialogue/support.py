"""Judges whether a sentence is carried by passages: its facts, its words, its negations and its meaning stand in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.dialogue import facts
from bot.dialogue.riding import rides
from bot.dialogue.units import units
from knowledge.base import Vectors
from knowledge.tokens import GENERIC

CARRIES = 0.68  # of word overlap and cosine together, a sentence is carried; see README for what that keeps and drops
LEAST = 0.5  # of its telling words at least stand in the place that carries it: likeness alone is none
ELSEWHERE = 0.25  # what a word is worth that stands in the passage, but not in that place
RUN = 2  # sentences in a row that may carry one sentence together
TRIED = 3  # places that are embedded


@dataclass(frozen=True, slots=True)
class _Place:
    """A run of sentences of one passage, read as the sentence is; `around` is the whole passage."""

    text: str
    read: facts.Read
    around: facts.Read
    parts: tuple[facts.Read, ...]

    def holds(self, said: facts.Read, words: frozenset[str]) -> bool:
        """Whether nothing of `said` is missing or turned round here."""
        nearest = max(self.parts, key=lambda part: len(words & part.words))
        return facts.hold(said, nearest, self.read, self.around)


class Support:
    """Entailment by overlap and embedding, for sentences that somebody else made from passages."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed

    def carries(self, sentence: str, passages: Sequence[str]) -> bool:
        """Whether one place of one passage says what `sentence` says.

        Every number, name, flag, path, code and act of the sentence must stand there, neither this place nor the sentence
        of all passages that is most like it may say it the other way round, and words and meaning must be near enough. A
        sentence without telling words is never carried.
        """
        return self.surely(sentence, passages) >= CARRIES

    def surely(self, sentence: str, passages: Sequence[str]) -> float:
        """How surely, in 0..1; 0 where a fact is missing or turned round."""
        said = facts.read(sentence)
        words = said.words - GENERIC or said.words
        if not words:
            return 0.0
        if _denied(said, words, passages):
            return 0.0
        own = [passage for passage in passages if not rides(said.flat, passage)]
        places = [place for passage in own for place in _places(passage)]
        worth = {p: _overlap(words, p) for p in places if len(words & p.read.words) >= LEAST * len(words)}
        best = sorted((p for p in worth if p.holds(said, words)), key=lambda p: (-worth[p], len(p.text)))[:TRIED]
        if not best:
            return 0.0
        rows = self._embed([sentence, *(place.text for place in best)])
        return max(
            (worth[place] + max(0.0, float(row @ rows[0]))) / 2 for place, row in zip(best, rows[1:], strict=True)
        )


def _denied(said: facts.Read, words: frozenset[str], passages: Sequence[str]) -> bool:
    """Whether the one sentence of all passages that is most like what is said denies it."""
    reads = [facts.read(part) for passage in passages for part in _parts(passage)]
    most = max((len(words & read.words) for read in reads), default=0)
    return all(facts.denied(said, read) for read in reads if len(words & read.words) == most)


def _places(passage: str) -> list[_Place]:
    """The runs of sentences of a passage."""
    around, parts = facts.read(passage), _parts(passage)
    starts = range(len(parts))
    runs = [slice(start, end) for start in starts for end in range(start + 1, min(len(parts), start + RUN) + 1)]
    texts = ["\n".join(parts[run]) for run in runs]
    return [
        _Place(text, facts.read(text), around, tuple(map(facts.read, parts[run])))
        for text, run in zip(texts, runs, strict=True)
    ]


def _parts(passage: str) -> list[str]:
    return [unit.text for unit in units(passage)] or [passage]


def _overlap(words: frozenset[str], place: _Place) -> float:
    here = len(words & place.read.words)
    near = len(words & place.around.words) - here
    return (here + ELSEWHERE * max(0, near)) / len(words)
