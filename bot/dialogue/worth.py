"""Weighs how much a reply would tell the next asker: what to do, why, where; plans, guesses and questions back weigh less."""

from __future__ import annotations

import re

from bot.dialogue import extract, signals
from bot.dialogue.acceptance import HANDED
from bot.dialogue.evidence import OWN_TROUBLE, PLEASE
from bot.dialogue.trimming import SENTENCE, spoken
from bot.events import Turn

SURE = 2.5  # worth of a reply that must have been it
ENOUGH = 2.0  # of one that helps by itself
SOME = 0.5  # of one that adds to others
BARE = 6  # telling words beside an address below which a reply only points elsewhere

HEDGES = re.compile(
    r"\b(?:not sure|no idea|i don'?t know|dunno|i guess|i wonder|maybe|perhaps|might be|hard to say|can'?t reproduce|weird|strange)\b"
    r"|不确定|不知道|可能",
    re.IGNORECASE,
)
PLANS = re.compile(
    r"\b(?:i|we)(?:'ll| will| can|'m going to|'d like to| just| have| had|'ve)? ?(?:just )?(?:opened|created|filed|pushed|made|merged"
    r"|open|file|fix|merge|look|check|ask|add|put|make|push|review)\b(?! sure)|\blet'?s\b",
    re.IGNORECASE,
)
ADVISES = re.compile(  # what is to be done beside a terminal
    r"(?:^|[.:;,]\s+)(?:just |simply |then )?(?:go (?:to|back|into)|take|call|contact|turn|click|press|select|choose|type|bring|renew|replace"
    r"|clean|connect|unplug|let (?:them|it|him|her))\b",
    re.IGNORECASE,
)
EXPLAINS = re.compile(
    r"\b(?:means|supports?|supported|by default|only|requires?|needs?|instead|works? (?:by|with|if|when)|there(?:'s| is| are)"
    r"|currently|possible|allows?|expects?|same as|equivalent|should)\b|^(?:yes|no|yep|nope|it'?s|that'?s)\b|默认|支持|需要|应该",
    re.IGNORECASE,
)


def worth(turn: Turn) -> float:
    """How much the reply would tell the next asker; below 0 it is better left out."""
    said = spoken(turn)
    plain = " ".join(part for part in SENTENCE.split(signals.FENCE.sub(" ", said)) if part.strip() and _says(part))
    signs = signals.read(plain)
    value = 1.5 * ("```" in said or plain.count("`") >= 2) + 0.7 * bool(signals.URL.search(plain))
    value += 1.5 * bool(extract.INSTRUCTS.search(plain) or ADVISES.search(plain)) + 1.0 * bool(
        signals.CAUSE.search(signs.prose)
    )
    value += 0.7 * bool(EXPLAINS.search(plain)) + min(2.0, signs.weight / 6)
    value -= 1.2 * bool(PLEASE.search(plain)) + 1.2 * bool(PLANS.search(plain)) + 1.0 * bool(HEDGES.search(plain))
    value -= 1.5 * (signs.promises and signs.weight < 12) + 2.0 * bool(OWN_TROUBLE.search(signs.prose))
    return value - 1.5 * (signs.thanks and signs.weight < 10) - 1.5 * bool(HANDED.search(plain))


def only_points(turn: Turn) -> bool:
    """It names an address and says next to nothing of what stands there."""
    said = spoken(turn)
    if "```" in said or "`" in said or not signals.URL.search(said):
        return False
    return signals.read(signals.URL.sub(" ", said)).weight < BARE


def _says(sentence: str) -> bool:
    """It is more than a question back: a question that names an address or a command is advice."""
    return not sentence.rstrip().endswith(("?", "？")) or signals.read(sentence).code
