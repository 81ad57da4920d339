"""Tells whether a thread's opening needs an answer that would help others too, and not a discussion, a deed or applause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.dialogue import signals
from bot.dialogue.question import asks_in_words
from bot.dialogue.trimming import spoken
from bot.events import Turn

DISCUSSES = re.compile(
    r"\b(?:thoughts|opinions?|feedback|what do (?:you|we|people|y'?all|folks) think|should we|shall we|would it make sense"
    r"|any(?:one|body)? (?:got any )?interest(?:ed)?|i(?:'m| am) considering|i(?:'m| am) in the process of|kick off|heads up|fyi"
    r"|we (?:just |have )?(?:released|published|launched)|i(?:'ve| have)? (?:just |also )?(?:released|published|opened|wrote up|drafted)"
    r"|has (?:just )?been released|proposal|rfc|agenda|meeting|backlog|sprint|milestone|standup|roadmap|hackathon|conference|webinar"
    r"|zoom|recordings?|created a draft|should i (?:move|close|merge|create|open)|are (?:you|we) (?:ok|okay|fine)|let'?s)\b"
    r"|大家怎么看|要不要|会议",
    re.IGNORECASE,
)
NEEDS = re.compile(
    r"\b(?:i|we)(?:'m| am|'re| are|'d| would)? (?:\w+ )?(?:need|want|like to|trying|unable|not able|can'?t|cannot|struggl\w+|stuck"
    r"|looking for|wonder\w*|confused|curious|unsure|not sure)\b|\bhow (?:to|do|can)\b|\bhelp\b|\bneed\b|怎么|如何|请问|求助|为什么",
    re.IGNORECASE,
)
NAMED = re.compile(r"\s*(?:@|<@)")
OF_YOU = re.compile(
    r"\b(?:can|could|would|will|did|do|are|were|have) you\b(?! (?:know|tell|explain|help|point|think))", re.IGNORECASE
)


def needs_answer(asked: Sequence[Turn]) -> bool:
    """Whether these turns, which open a thread, tell of trouble or ask what others may ask again."""
    said = "\n".join(map(spoken, asked))
    signs = signals.read(said)
    if signs.trouble:
        return signs.asks or asks_in_words(said)
    if DISCUSSES.search(said) or (NAMED.match(said) and OF_YOU.search(said)):
        return False
    return signs.asks or (asks_in_words(said) and NEEDS.search(signs.prose) is not None)
