"""Cards: what the helpers see of a case, beside what it would replace or contradicts, and not more of them than a day bears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.config import Rules
from bot.dialogue import proposals
from bot.dialogue.base import Directory
from bot.dialogue.delivery import case_posts
from bot.dialogue.governance import curators
from bot.messages import Message, Post
from bot.models import Thread
from knowledge.library import KnowledgeBase
from knowledge.models import Entry, Status
from knowledge.steps import Review

DAY = 86_400.0


class Shown(Protocol):
    """What the helpers were shown, and should look at again."""

    def cards_since(self, lane: str, since: float) -> int:
        """How many cards of proposed cases went, or are to go, to a channel since then."""

    def reviews(self, entry_ids: Sequence[int] | None = None) -> list[Review]:
        """What is due for review, the longest first; of these entries alone where they are given."""


class Cards:
    """Makes cards, and decides whether one more may go to the helpers now."""

    def __init__(self, directory: Directory, knowledge: KnowledgeBase, shown: Shown) -> None:
        self._directory, self._knowledge, self._shown = directory, knowledge, shown

    def posts(
        self, entry: Entry, thread: Thread, rules: Rules, helpers: frozenset[str], now: float
    ) -> tuple[Post, ...]:
        """The card of a case just proposed; nothing once the day's share is used up: then it waits in the queue."""
        entitled = curators(thread.channel_id, helpers, self._directory)
        made = case_posts(entry, thread, rules, self._directory, entitled, shown=self.message(entry, rules, now))
        full = bool(made) and self._shown.cards_since(made[0].channel_id, now - DAY) >= rules.cards_per_day
        return () if full else made

    def message(self, entry: Entry, rules: Rules, now: float) -> Message:
        """The card of an entry as it stands: a proposal, or what is live and may be confirmed, edited or retired."""
        if entry.status is Status.PROPOSED:
            against = self._knowledge.against(entry.id)
            made = proposals.proposal(entry, rules, now, against=against)
            return replace(made, entries=(against[0].id,)) if against else made
        if entry.status is Status.LIVE:
            due = self._shown.reviews([entry.id])
            return proposals.standing(entry, rules, due[0].why if due else "")
        return proposals.gone(entry, rules)
