"""Refuses a case that says too little to help anybody, or too much about somebody."""

from __future__ import annotations

import re

from knowledge import tokens
from knowledge.models import Audience, Case, Relation, Verdict

LEAST = 2  # telling words of an answer without code and without a link
HIDDEN = 1 / 3  # placeholders for each telling word from which a case is mostly redacted
HOLE = re.compile(r"\[(?:secret|personal):[a-z-]{2,20}\]")
PERSONAL = re.compile(r"\[personal:[a-z-]{2,20}\]")
CODE = re.compile(r"```|`[^`\n]{2,}`")
LINK = re.compile(r"https?://\S+")
# Whoever is named in a closed circle did not expect to be quoted out of it, even within it and much later.
NAMED = re.compile(
    r"<@[UW][A-Z0-9]+>|(?<![\w/.])@[a-z][\w.-]{1,40}\b"
    r"|\b(?:[Cc]ustomer|[Cc]lient|[Tt]enant|[Pp]atient|Mr|Mrs|Ms|Dr)\.? [A-Z][\w&-]+"
    r"|(?:客户|顾客|患者)[：: ]?[\u4e00-\u9fffA-Z]|[\u4e00-\u9fff]{1,3}(?:先生|女士)"
)


def screen(case: Case) -> Verdict | None:
    """Why a case (its text redacted already) is not even to be proposed; None when it may be."""
    said = f"{case.title}\n{case.problem}\n{case.resolution}"
    holes, left = len(HOLE.findall(said)), telling(said)
    if holes and (holes > HIDDEN * left or _thin(HOLE.sub(" ", case.resolution))):
        return Verdict(
            Relation.PRIVATE, why=f"too private: {holes} redacted parts beside {left} words that tell anything"
        )
    if closed(case.audience) and (NAMED.search(said) or PERSONAL.search(said)):
        return Verdict(
            Relation.PRIVATE, why="too private: it names people or customers, and comes from a closed channel"
        )
    if not telling(case.problem):
        return Verdict(Relation.THIN, why="too thin: its problem holds no word that tells anything")
    if _thin(case.resolution):
        return Verdict(Relation.THIN, why="too thin: its answer holds neither steps, nor code, nor a link")
    if " ".join(case.problem.split()) == " ".join(case.resolution.split()):
        return Verdict(Relation.THIN, why="too thin: its answer only repeats the problem")
    return None


def closed(audience: Audience) -> bool:
    """Whether only the members of a channel, or single people, may read it."""
    return all(scope.startswith(("channel:", "user:")) for scope in audience.scopes)


def telling(text: str) -> int:
    """Number of different words that tell what a text is about; placeholders are none."""
    return len(tokens.telling(HOLE.sub(" ", text)))


def _thin(answer: str) -> bool:
    return not CODE.search(answer) and not LINK.search(answer) and telling(answer) < LEAST
