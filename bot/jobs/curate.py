"""The curator keeps knowledge in order: what grew stale is put up for review, what was taken back is withdrawn, and a queue
that nobody tends says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.config import Knowledge, Rules
from bot.dialogue import calendar
from bot.dialogue.base import Directory
from bot.dialogue.delivery import helpers_channel
from bot.dialogue.digest import digest
from bot.dialogue.tongue import rules_for
from bot.dialogue.withdrawal import withdrawn
from bot.messages import Post, Target
from bot.models import Mode
from bot.outcomes import Outcome
from bot.storage.base import Decisions, Ledger, Outbox
from knowledge.base import EntryStore
from knowledge.models import Entry, Kind, Status
from knowledge.steps import Review

DAY = 86_400.0
BACK = 3600.0
"""Seconds for which it is made sure that what was taken back is withdrawn, whoever took it back."""
WAITED = DAY
"""Seconds that the oldest has waited when a digest speaks of it."""
EVERY = 900.0
"""Seconds between two looks for what grew stale."""
MOST = 500


class Curation(Protocol):
    """What curating asks of the storage."""

    def taken_back_since(self, at: float) -> list[int]:
        """Ids of the cases that were live and were taken back or retired since then."""

    def age(self, kind: Kind, before: float, now: float) -> int:
        """Put up for review what nobody has confirmed since then, and let go what somebody has; returns how many came."""

    def follow_documents(self, now: float) -> int:
        """Put up for review what links to a page that changed since the last call; returns how many came."""

    def reviews(self, entry_ids: Sequence[int] | None = None) -> list[Review]:
        """What is due for review, the longest first; of these entries alone where they are given."""

    def digested(self, lane: str) -> float:
        """When the last digest was written for a channel, epoch seconds; 0 for never."""


class Curator:
    """See the module. `clock` gives epoch seconds."""

    def __init__(
        self, curation: Curation, entries: EntryStore, decisions: Decisions, outbox: Outbox, ledger: Ledger,
        directory: Directory, settings: Knowledge, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._curation, self._entries, self._decisions, self._outbox = curation, entries, decisions, outbox
        self._ledger, self._directory, self._settings, self._clock = ledger, directory, settings, clock
        self._looked = 0.0

    def run(self) -> int:
        """The job; returns how many posts it led to."""
        now = self._clock()
        if now - self._looked >= EVERY:
            self.review(now)
            self._looked = now
        posts = [*self._withdrawals(now), *self._digests(now)]
        if posts:
            self._ledger.commit(Outcome(posts=tuple(posts)), now)
        return len(posts)

    def review(self, now: float) -> int:
        """Put up for review what grew stale; returns how many entries."""
        days = {
            Kind.CASE: self._settings.review_case_days,
            Kind.SECTION: self._settings.review_section_days,
            Kind.PRECEDENT: self._settings.review_precedent_days,
        }
        aged = sum(self._curation.age(kind, now - past * DAY, now) for kind, past in days.items() if past)
        return aged + self._curation.follow_documents(now)

    def _withdrawals(self, now: float) -> list[Post]:
        """What was taken back lately, by whatever way, leaves no answer standing that rested on it."""
        gone = self._curation.taken_back_since(now - BACK)
        return [post for i in gone for post in withdrawn(i, self._decisions, self._outbox, self._directory)]

    def _digests(self, now: float) -> list[Post]:
        """For each helpers' channel at most one, in business hours, when its queue has waited."""
        proposed, due = self._by_desk(self._entries.with_status(Status.PROPOSED, MOST)), self._by_desk(self._due())
        posts = []
        for desk in {*proposed, *due}:
            waiting = sorted(proposed.get(desk, []), key=lambda row: row[0].updated_at)
            rules = next(row[1] for row in (*waiting, *due.get(desk, [])))
            if not self._due_at(desk, rules, now):
                continue
            oldest = [entry for entry, _ in waiting]
            if oldest and now - oldest[0].updated_at < WAITED:
                oldest = []
            stale = [entry for entry, _ in due.get(desk, [])]
            if oldest or stale:
                message = digest(oldest, stale, rules, now)
                posts.append(
                    Post(f"digest-{desk}-{int(now)}/digest", Target.CHANNEL, desk, message, event_type="vigil_digest")
                )
        return posts

    def _due(self) -> list[Entry]:
        found = [self._entries.get(review.entry_id) for review in self._curation.reviews()[:MOST]]
        return [entry for entry in found if entry is not None and entry.status is Status.LIVE]

    def _due_at(self, desk: str, rules: Rules, now: float) -> bool:
        if not rules.digest_days or not calendar.in_business(now, rules):
            return False
        return now - self._curation.digested(desk) >= rules.digest_days * DAY

    def _by_desk(self, entries: Sequence[Entry]) -> dict[str, list[tuple[Entry, Rules]]]:
        """Cases by the helpers' channel that may see them, each with its channel's rules."""
        found: dict[str, list[tuple[Entry, Rules]]] = defaultdict(list)
        for entry in entries:
            home = entry.case.container
            if entry.case.kind is not Kind.CASE:
                continue
            rules = rules_for(self._directory, entry)
            desk = helpers_channel(rules, self._directory, home)
            if desk and rules.mode != Mode.SHADOW and self._directory.may_pass(home, desk):
                found[desk].append((entry, rules))
        return found
