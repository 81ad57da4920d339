"""What erasing does to knowledge: precedents are made anew, cases go or go back to be reviewed, what was posted of them goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.dialogue.base import Directory
from bot.dialogue.changes import removal
from bot.dialogue.delivery import case_posts
from bot.dialogue.proposals import LEFT
from bot.dialogue.quoting import Lost, without
from bot.jobs.erase_ports import Erasures
from bot.messages import Post
from bot.outcomes import Erasure, Outcome
from bot.storage.base import Decisions, Ledger, Outbox, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Entry, Status


class Entries:
    """The knowledge as the eraser sees it."""

    def __init__(
        self, erasures: Erasures, threads: Threads, ledger: Ledger, knowledge: KnowledgeBase, entries: EntryStore,
        decisions: Decisions, outbox: Outbox, directory: Directory | None,
    ) -> None:  # fmt: skip
        self._erasures, self._threads, self._ledger = erasures, threads, ledger
        self._knowledge, self._entries = knowledge, entries
        self._decisions, self._outbox, self._directory = decisions, outbox, directory

    def revise(self, lost: Mapping[Erasure, Lost], now: float) -> None:
        """Take lost words out of precedents and cases."""
        resting: dict[int, list[Erasure]] = defaultdict(list)
        for erasure, words in lost.items():
            if (entry_id := self._precedent(erasure, words)) is not None:
                self._erase(entry_id, now)
            for entry_id in self._erasures.cases_on(erasure.object):
                resting[entry_id].append(erasure)
        for entry_id, erasures in resting.items():
            entry = self._entries.get(entry_id)
            if entry is not None:
                self._case(entry, erasures, [lost[erasure] for erasure in erasures], now)
        self._knowledge.refresh()
        touched = {thread_id for e in lost if (thread_id := self._threads.thread_of(e.object)) is not None}
        self._erasures.unshelve(sorted(touched))

    def _precedent(self, erasure: Erasure, words: Lost) -> int | None:
        """The precedent that must go: it ever named a turn that is gone, or still holds what was edited away."""
        thread_id = self._threads.thread_of(erasure.object)
        source = f"precedent:{thread_id}"
        if erasure.why != "edited":
            return self._erasures.ever_on(source, erasure.object)
        entry = self._entries.by_source(source)
        held = entry is not None and without(entry.case, frozenset(), [words]) != entry.case
        return entry.id if entry is not None and held else None

    def _case(self, entry: Entry, erasures: Sequence[Erasure], lost: Sequence[Lost], now: float) -> None:
        gone = frozenset(erasure.object for erasure in erasures if erasure.why != "edited")
        resting = [(erasure.object, words) for erasure, words in zip(erasures, lost, strict=True)]
        left = without(entry.case, gone, lost, resting)
        if left == entry.case:
            former = self._erasures.versions(entry.id)
            if any(without(case, gone, lost, resting) != case for case in former):
                self._erasures.trim(entry.case.source)
            return
        self._leave(entry, replace(left, authors=self._authors(left, entry.case)) if left else None, now)

    def _authors(self, left: Case, before: Case) -> tuple[str, ...]:
        """Whoever wrote what is left: those whose turns stand, and those who wrote it by hand."""
        said = {turn_id: turn.author for turn_id in before.turns if (turn := self._threads.turn(turn_id)) is not None}
        standing = {said[turn_id] for turn_id in left.turns if turn_id in said}
        return tuple(author for author in before.authors if author in standing or author not in said.values())

    def _leave(self, entry: Entry, left: Case | None, now: float) -> None:
        """What is left of a case is shown for review as a new one; nothing of the old one stays, nor of what it led to."""
        if left is None:
            self._erase(entry.id, now)
            return
        self._withdraw(entry.id, entry.case.container, now)
        waits = entry.status in (Status.LIVE, Status.PROPOSED)
        status = Status.PROPOSED if waits else entry.status
        rest = self._erasures.replace(entry.id, left, status, entry.proposed_by, now)
        self._knowledge.refresh()
        if self._directory is not None and left.turns:
            thread_id = self._threads.thread_of(left.turns[0]) or f"{left.container}:"
            thread = self._threads.load(thread_id, left.container, now, nearby=False)
            rules = self._directory.rules(left.container)
            cards = case_posts(rest, thread, rules, self._directory, thread.helpers, LEFT)
            self._ledger.commit(Outcome(posts=cards), now)

    def of_person(self, entry_ids: Sequence[int], person: str, now: float) -> None:
        """Cases that only this person wrote go, or fall back to what others wrote before; shared ones lose the turns."""
        for entry_id in entry_ids:
            entry = self._entries.get(entry_id)
            if entry is not None and set(entry.case.authors) == {person}:
                former = self._erasures.versions(entry_id)
                self._leave(entry, next((case for case in former if set(case.authors) - {person}), None), now)

    def again(self, gone: Sequence[Erasure], since: float, now: float) -> None:
        """Look by ids alone for what was being written while the words were taken."""
        for erasure in gone:
            late = self._erasures.cases_on(erasure.object)
            thread_id = self._threads.thread_of(erasure.object)
            precedent = self._erasures.ever_on(f"precedent:{thread_id}", erasure.object)
            for entry_id in late if precedent is None else [*late, precedent]:
                self._erase(entry_id, now)
            if precedent is not None and thread_id is not None:
                self._erasures.unshelve([thread_id])
        for entry_id in self._erasures.erased_since(since):
            citing = self._decisions.citing(entry_id)
            if citing:
                self._withdraw(entry_id, citing[0][1], now)
                self._erasures.take_words((), [decision_id for decision_id, _ in citing], (), (), ())

    def _erase(self, entry_id: int, now: float) -> None:
        """The posts first: after a crash in between, the entry is still there to be found again.

        Memory follows once for many (`revise`), and the file of the index with whatever else is tidied: to write it anew
        for each of a thousand threads that are past their time would take hours.
        """
        entry = self._entries.get(entry_id)
        self._withdraw(entry_id, entry.case.container if entry else "", now)
        self._entries.erase([entry_id], now)

    def _withdraw(self, entry_id: int, channel_id: str, now: float) -> None:
        """Delete what was posted from an entry: its card, and the answers that rest on it."""
        said = [(f"case-{entry_id}", channel_id), *self._decisions.citing(entry_id)]
        posts: list[Post] = [post for key, channel in said for post in removal(self._outbox, key, channel)]
        waiting = [
            (row, post) for row, post in self._erasures.waiting_posts() if post.key.split("/", 1)[0] in dict(said)
        ]
        self._erasures.take_words((), (), (), (), [w for w in waiting if not w[1].key.endswith("/delete")])
        if posts:
            self._ledger.commit(Outcome(posts=tuple(posts)), now)
