"""Tells whether words of somebody else's ride on a sentence most of whose words its source holds."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.dialogue.facts import CLAUSE
from knowledge.tokens import GENERIC, tokens

JOINT = re.compile(
    CLAUSE.pattern + r"|\b(?:and|or|if|so|when|while|which|until)\b|(?:并且|或者|如果|以便|然后)", re.IGNORECASE
)
MOST = 1  # telling words in a row that the source need not hold: one may be a synonym, two are a message of their own


def rides(sentence: str, held: frozenset[str]) -> bool:
    """Whether `sentence` holds two telling words in a row that are not among `held`, or a later clause half of such.

    `held` are the words of the passage that is to carry the sentence, as search compares them. How a sentence begins
    (`In an emergency, ...`) tells nobody to do anything.
    """
    for place, clause in enumerate(_clauses(sentence)):
        strange = run = longest = 0
        for word in clause:
            run = 0 if word in held else run + 1
            strange, longest = strange + (word not in held), max(longest, run)
        if longest > MOST or (place and clause and 2 * strange >= len(clause)):
            return True
    return False


@lru_cache(maxsize=4096)
def _clauses(sentence: str) -> tuple[tuple[str, ...], ...]:
    """The telling words of each clause, in order."""
    parts = JOINT.split(sentence)
    return tuple(tuple(word for word in tokens(part) if word not in GENERIC) for part in parts if part)
