"""Measures of a ranking against graded relevance, and of answering against abstaining."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

Gains = Mapping[str, float]
Measure = Callable[[Sequence[str], Gains], float]
DEPTH = 10
DIGITS = 4


def recall_at(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """Share of the relevant documents among the first `depth`; 0 when none is relevant."""
    relevant = {name for name, gain in gains.items() if gain > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def hit_at(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """1 when a relevant document is among the first `depth`, else 0."""
    return float(any(gains.get(name, 0) > 0 for name in ranking[:depth]))


def mrr(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """One over the place of the first relevant document, 0 beyond `depth`."""
    return next((1 / place for place, name in enumerate(ranking[:depth], 1) if gains.get(name, 0) > 0), 0.0)


def ndcg(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """Discounted gain over the best possible one; a grade g counts 2**g - 1, so that a 2 is worth three of 1."""
    best = _discounted(sorted(gains.values(), reverse=True)[:depth])
    return _discounted([gains.get(name, 0.0) for name in ranking[:depth]]) / best if best > 0 else 0.0


def _discounted(grades: Iterable[float]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def averages(pairs: Sequence[tuple[Sequence[str], Gains]], measures: Mapping[str, Measure]) -> dict[str, float]:
    """The mean of each measure over (ranking, gains) of the questions, by the measure's name, and their number."""
    means = {
        name: round(sum(measure(*pair) for pair in pairs) / max(1, len(pairs)), DIGITS)
        for name, measure in measures.items()
    }
    return {**means, "queries": len(pairs)}


def mcc(said: Sequence[Hashable], true: Sequence[Hashable]) -> float:
    """Matthews' correlation of what was said with what is true, for two classes or many; 0 when undefined.

    Abstaining is a class like any other; with two classes, answering and not, this is the correlation of answering
    with there being an answer.
    """
    right = sum(a == b for a, b in zip(said, true, strict=True))
    count, ours, theirs = len(said), Counter(said), Counter(true)
    agreed = right * count - sum(number * theirs[name] for name, number in ours.items())
    spread = [count * count - sum(number * number for number in counts.values()) for counts in (ours, theirs)]
    return agreed / math.sqrt(spread[0] * spread[1]) if all(spread) else 0.0
