"""Introduces a case just proposed: it goes live where a team lets agreement count, else the helpers see its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from bot.config import Rules
from bot.dialogue import proposals
from bot.dialogue.base import Directory
from bot.dialogue.cards import Cards
from bot.dialogue.delivery import case_posts
from bot.dialogue.governance import agreement
from bot.messages import Post
from bot.models import Mode, Thread
from knowledge.library import KnowledgeBase
from knowledge.models import Entry, KnowledgeError, Status

DAY = 86_400.0
AGREED = "vigil:agreement"
"""Who approves what people agreed on."""
log = structlog.get_logger("introducing")


class Agreed(Protocol):
    """What went live without an approval of its own."""

    def agreed_since(self, container: str, since: float) -> int:
        """How many cases of a channel went live by agreement since then, those taken back among them."""


class Introductions:
    """See the module. `clock` gives epoch seconds."""

    def __init__(
        self, cards: Cards, knowledge: KnowledgeBase, directory: Directory, agreed: Agreed, clock: Callable[[], float]
    ) -> None:
        self._cards, self._knowledge, self._directory, self._agreed = cards, knowledge, directory, agreed
        self._clock = clock

    def posts(
        self, entry: Entry, thread: Thread, rules: Rules, fresh: bool, own_words: bool = True
    ) -> tuple[Post, ...]:
        """What the helpers are to see of a case that `thread` taught; nothing of one that is not `fresh`, it waits.

        What a model retold (not in people's `own_words`) goes live by nobody's agreement: nobody agreed on these words.
        """
        if entry.status is not Status.PROPOSED:
            return ()
        told = rules.mode != Mode.SHADOW  # where nobody is told of it, nothing goes live by itself
        if (
            told
            and own_words
            and rules.auto_approve_per_day
            and (live := self._agree(entry, thread, rules)) is not None
        ):
            card = replace(live, status=Status.PROPOSED)  # where a card of it would go
            shown = proposals.agreed(live, rules)
            return case_posts(card, thread, rules, self._directory, thread.helpers, shown=shown)
        return self._cards.posts(entry, thread, rules, thread.helpers, self._clock()) if fresh else ()

    def _agree(self, entry: Entry, thread: Thread, rules: Rules) -> Entry | None:
        """The entry made live, None where people did not agree or the day's share is used up."""
        now = self._clock()
        trusted = self._directory.people(rules.trusted, thread.channel_id)
        how = agreement(thread, entry.case.turns, trusted, rules)
        if not how or self._agreed.agreed_since(thread.channel_id, now - DAY) >= rules.auto_approve_per_day:
            return None
        try:
            return self._knowledge.approve_by_agreement(entry.id, how, AGREED, now)
        except KnowledgeError as refused:
            log.info("not by agreement", action="show it to the helpers", entry=entry.id, error=str(refused))
            return None
