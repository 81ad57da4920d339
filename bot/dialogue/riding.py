"""Tells whether words of somebody else's ride on a sentence most of whose words its source holds."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.dialogue.facts import CLAUSE
from knowledge.tokens import GENERIC, tokens

JOINT = re.compile(
    CLAUSE.pattern + r"|\b(?:and|or|if|so|when|while|which|until)\b|(?:并且|或者|如果|以便|然后)", re.IGNORECASE
)
TURNED_TO = re.compile(
    r"\b(?:ask|tell|give|send|hand|show|call|contact|e?mail|message|ping|page|trust|follow|report|to|by|from|with|via|at)\s+"
    r"(?:(?:the|a|an|your|our|this)\s+)?([^\W\d_][\w-]*)|(?:问|找|联系|告诉|发给|交给|通知|听)([\u4e00-\u9fff]{2})",
    re.IGNORECASE,
)
"""Whom or what a sentence turns somebody to: that is no place for a word of one's own."""
MOST = 1  # telling words in a row that the source need not hold: one may be a synonym, two are a message of their own


def rides(sentence: str, held: frozenset[str]) -> bool:
    """Whether `sentence` holds two telling words in a row that are not among `held`, a later clause half of such, or turns to one.

    `held` are the words of the passage that is to carry the sentence, as search compares them. How a sentence begins
    (`In an emergency, ...`) tells nobody to do anything.
    """
    if any(word not in held for word in _turned_to(sentence)):
        return True
    for place, clause in enumerate(_clauses(sentence)):
        strange = run = longest = 0
        for word in clause:
            run = 0 if word in held else run + 1
            strange, longest = strange + (word not in held), max(longest, run)
        if longest > MOST or (place and clause and 2 * strange >= len(clause)):
            return True
    return False


@lru_cache(maxsize=4096)
def _turned_to(sentence: str) -> tuple[str, ...]:
    """The telling words of those whom the sentence turns to."""
    return tuple(
        word for found in TURNED_TO.findall(sentence) for word in tokens("".join(found)) if word not in GENERIC
    )


@lru_cache(maxsize=4096)
def _clauses(sentence: str) -> tuple[tuple[str, ...], ...]:
    """The telling words of each clause, in order."""
    parts = JOINT.split(sentence)
    return tuple(tuple(word for word in tokens(part) if word not in GENERIC) for part in parts if part)
