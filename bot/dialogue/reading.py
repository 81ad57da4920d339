"""Reads messages once each: cues, vector and how much they sound like a request, remembered for the turns around."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.dialogue.cues import CJK, cues, names_in
from bot.dialogue.scenes import Seen
from bot.events import Turn
from knowledge.base import Vectors

LOOKED_AT = 1000  # characters that tell the script a text is written in
KEPT = 10_000  # readings remembered; each holds a vector and no text

SURROGATE = re.compile("[\ud800-\udfff]")

Key = tuple[str, float | None, int]


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear scale: bias, a weight for each named value, and one for each dimension of the message's vector.

    A scale without `vector` (length 0) leaves the message's vector out.
    """

    bias: float
    weights: Vectors
    vector: Vectors

    def logit(self, values: Vectors, vector: Vectors) -> float:
        """Log-odds from the named values, in their order, and the message's vector."""
        return self.bias + float(self.weights @ values) + self.near(vector)

    def near(self, vector: Vectors) -> float:
        """The vector's share of the log-odds."""
        return float(self.vector @ vector) if self.vector.size else 0.0


@dataclass(frozen=True, slots=True)
class Voice:
    """What a message alone is read by: how much it sounds like a request, and like the one whose matter it is."""

    ask: Linear
    own: Linear


def sigmoid(logit: float) -> float:
    """Probability of a log-odds, without overflow."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


def readable(text: str) -> bool:
    """Whether the embedding model can make something of it: it knows next to nothing of Chinese, and no half characters."""
    if text.isascii():
        return bool(text.strip())
    head = text[:LOOKED_AT]
    return len(CJK.findall(head)) <= 0.15 * len(head) and not SURROGATE.search(text)


class Reader:
    """Gives the Seen of turns; unknown ones are embedded together in one call, known ones come from memory."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], full: Voice, plain: Voice, trusted: bool) -> None:
        self._embed = embed
        self._full = full
        self._plain = plain
        self._trusted = trusted
        self._seen: OrderedDict[Key, Seen] = OrderedDict()
        self._nothing = np.zeros(full.ask.vector.shape, dtype=np.float32)
        self._named: OrderedDict[Key, frozenset[str]] = OrderedDict()

    def names(self, turn: Turn) -> frozenset[str]:
        """People the turn's own text names, in lower case."""
        key = _key(turn)
        found = self._named.get(key)
        if found is None:
            found = self._named[key] = frozenset(names_in(turn.text))
            if len(self._named) > KEPT:
                self._named.popitem(last=False)
        return found

    def read(self, turn: Turn) -> Seen:
        """The reading of one turn."""
        return self._seen.get((turn.id, turn.edited_at, hash(turn.text))) or self.prepare([turn])[0]

    def prepare(self, turns: Sequence[Turn]) -> list[Seen]:
        """The readings of several turns, in order; at most one call of the embedder."""
        keys = [_key(turn) for turn in turns]
        new = {key: turn for key, turn in zip(keys, turns, strict=True) if key not in self._seen}
        if new:
            vectors = self._vectors([turn.text for turn in new.values()])
            for (key, turn), vector in zip(new.items(), vectors, strict=True):
                self._seen[key] = self._seen_as(turn, vector)
        found = [self._seen[key] for key in keys]
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return found

    def _vectors(self, texts: Sequence[str]) -> list[Vectors]:
        known = [self._trusted and readable(text) for text in texts]
        asked = [text for text, ok in zip(texts, known, strict=True) if ok]
        rows = iter(self._embed(asked) if asked else ())
        return [next(rows) if ok else self._nothing for ok in known]

    def _seen_as(self, turn: Turn, vector: Vectors) -> Seen:
        values = cues(turn.text, bool(turn.files))
        voice = self._full if vector.any() else self._plain
        row = np.array(values, dtype=np.float32)
        ask, own = (sigmoid(scale.logit(row, vector)) for scale in (voice.ask, voice.own))
        return Seen(values, ask, own, vector)


def _key(turn: Turn) -> Key:
    return turn.id, turn.edited_at, hash(turn.text)
