"""Tells whether words of somebody else's ride on a sentence most of whose words its source holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.dialogue import facts
from bot.dialogue.facts import CLAUSE
from bot.dialogue.units import units
from knowledge.tokens import GENERIC, tokens

JOINT = re.compile(
    CLAUSE.pattern + r"|\b(?:and|or|if|so|when|while|which|until)\b|(?:并且|或者|如果|以便|然后)", re.IGNORECASE
)
TURNED_TO = re.compile(
    r"\b(?:ask|tell|give|send|hand|show|call|contact|e?mail|message|ping|page|trust|follow|report|by|from|with|via|at)\s+"
    r"(?:(?:the|a|an|your|our|this)\s+)?([^\W\d_][\w-]*)"
    r"|\bto\s+(?:(?:the|a|an|your|our|this)\s+([^\W\d_][\w-]*)|([^\W\d_][\w-]*)(?=\s*(?:$|[^\w\s'-]|\b(?:and|or|for|in|on|at|with|by)\b)))"
    r"|(?:问|找|联系|告诉|发给|交给|通知|听)([\u4e00-\u9fff]{2})",
    re.IGNORECASE,
)
"""Whom or what a sentence turns somebody to: that is no place for a word of one's own. (`to learn why` turns to nobody.)"""
GLUED = re.compile(r"(?<=[^\W\d_]{2}[.!?])(?=[A-Z][a-z]* [a-z])")
"""Between sentences that nobody set apart: `... by card.If you ...`."""
MOST = 1  # telling words in a row that the source need not hold: one may be a synonym, two are a message of their own
RETELLING = frozenset(
    tokens(
        "appear become begin belong cause common concern contain due expect few general happen hold include inside involve known learn "
        "least less likely mean merely namely near next normal occur often otherwise rather reason relate remain result "
        "shortly similar simply soon sometimes stay therefore thus typical typically usual usually"
    )
)
"""Words by which a retelling says the same in another way; they name nothing, and tell nobody to do anything."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a passage: its words as search compares them, with those of the heading, and the acts it speaks of."""

    words: frozenset[str]
    acts: frozenset[str]


def rides(sentence: str, passage: str) -> bool:
    """Whether `sentence` says something that `passage`, which carries most of its words, does not.

    It does where two telling words in a row stand nowhere in the passage, where it turns somebody to a word of its own, and where
    no one sentence of the passage carries a later clause: holds its acts, the first of its telling words and more than half of
    all, never two others in a row. How a sentence begins (`In an emergency, ...`) tells nobody to do anything.
    """
    held = facts.read(passage).words
    if any(word not in held for word in _turned_to(sentence)):
        return True
    first, *later = _clauses(sentence) or ("",)
    if _strange(_telling(first), held)[1] > MOST:
        return True
    return not all(any(_carries(place, clause) for place in _places(passage)) for clause in later)


def _carries(place: Place, clause: str) -> bool:
    words = _telling(clause)
    strange, longest = _strange(words, place.words)
    if longest > MOST or (words and 2 * strange >= len(words)) or _strange(words[:1], place.words)[0]:
        return False
    return facts.read(clause).acts <= place.acts


def _strange(words: Sequence[str], held: frozenset[str]) -> tuple[int, int]:
    """How many of the words are not held, and how many at most in a row."""
    strange = run = longest = 0
    for word in words:
        run = 0 if word in held or word in RETELLING else run + 1
        strange, longest = strange + bool(run), max(longest, run)
    return strange, longest


@lru_cache(maxsize=4096)
def _turned_to(sentence: str) -> tuple[str, ...]:
    """The telling words of those whom the sentence turns to."""
    return tuple(
        word for found in TURNED_TO.findall(sentence) for word in tokens("".join(found)) if word not in GENERIC
    )


@lru_cache(maxsize=4096)
def _clauses(sentence: str) -> tuple[str, ...]:
    return tuple(part for part in JOINT.split(sentence) if part and part.strip())


@lru_cache(maxsize=8192)
def _telling(clause: str) -> tuple[str, ...]:
    """Its telling words in order; where it has none, what else it says counts."""
    words = tokens(clause)
    return tuple(word for word in words if word not in GENERIC) or tuple(words)


@lru_cache(maxsize=1024)
def _places(passage: str) -> tuple[Place, ...]:
    said = [part for unit in units(passage) for part in GLUED.split(unit.text)] or [passage]
    reads = [facts.read(part) for part in said]
    heading = facts.read(passage).words.difference(*(read.words for read in reads))
    return tuple(Place(read.words | heading, read.acts) for read in reads)
