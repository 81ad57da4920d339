"""Takes cases back under review whose thread was reopened: they are quoted no more until somebody approves them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from bot.dialogue import delivery, lifecycle
from bot.dialogue.base import Directory
from bot.dialogue.tongue import rules_of
from bot.events import channel_of
from bot.models import State, Thread
from bot.outcomes import Act, Outcome
from bot.storage.base import Ledger, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Entry, Status
from knowledge.steps import Because

ACTOR = "vigil"
INTRO = "proposal_reopened"
REOPENED = Because(reason="the thread it was learned from was reopened")


class Reopened(Protocol):
    """Threads that were resolved and are no longer, and what was learned from them."""

    def reopened(self) -> list[str]:
        """Ids of threads that were reopened since the last look."""

    def looked_at(self, thread_id: str) -> None:
        """What was learned from the thread is seen to."""

    def learned_from(self, thread_id: str) -> list[int]:
        """Ids of the live cases whose source is the thread."""


class Reviews:
    """Looks after reopened threads; cheap while there are none, so that it can go before every search."""

    def __init__(
        self, reopened: Reopened, threads: Threads, ledger: Ledger, entries: EntryStore, knowledge: KnowledgeBase,
        directory: Directory, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._reopened, self._threads, self._ledger, self._entries = reopened, threads, ledger, entries
        self._knowledge, self._directory, self._clock = knowledge, directory, clock

    def run(self) -> int:
        """Put the cases of reopened threads back to be approved; returns how many there were."""
        return sum(self._thread(thread_id) for thread_id in self._reopened.reopened())

    def _thread(self, thread_id: str) -> int:
        """A thread that is resolved again by now, as after a check mark put on anew, costs its case nothing."""
        now = self._clock()
        thread = self._threads.load(thread_id, channel_of(thread_id), now, nearby=False)
        again = bool(thread.turns) and lifecycle.standing(thread) is State.RESOLVED
        ids = [] if again else self._reopened.learned_from(thread_id)
        if ids:
            reviewed = self._entries.change_state(ids, Status.PROPOSED, ACTOR, now, REOPENED)
            self._knowledge.refresh()
            for entry in reviewed:
                self._tell(entry, thread, now)
        self._reopened.looked_at(thread_id)
        return len(ids)

    def _tell(self, entry: Entry, thread: Thread, now: float) -> None:
        """The card for the helpers, with the reason, and a line in the audit log."""
        rules = rules_of(self._directory, thread)
        cards = delivery.case_posts(entry, thread, rules, self._directory, thread.helpers, INTRO)
        posts = tuple(replace(post, key=f"case-{entry.id}/review-{entry.change}") for post in cards)
        mark = thread.marked("reopened")
        act = Act(mark.actor if mark else thread.asker or ACTOR, "review", f"entry {entry.id}: reopened", True)
        self._ledger.commit(Outcome(posts=posts, acts=(act,)), now)
