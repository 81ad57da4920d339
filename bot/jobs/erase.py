"""The eraser follows every erasure through all that was made of the words: entries, decisions, posts, indexes and the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.dialogue.base import Directory
from bot.dialogue.quoting import Lost
from bot.events import channel_of
from bot.jobs.erase_entries import Entries
from bot.jobs.erase_own import OwnWords, removed
from bot.jobs.erase_ports import Erasures, Persons
from bot.outcomes import Erasure
from bot.storage.base import Decisions, Ledger, Outbox, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase

SETTLE = 20.0
"""Seconds after which nobody still works with what was read before the words were taken; then all is looked at again."""


class Eraser:
    """Works off the list of erasures: at once, and again when what was under way has settled.

    Every step can be repeated, and what finds the work (the list, its words) goes last: after a crash it begins again.
    `directory` None (no platform at hand) leaves the helpers untold; `shelve` makes precedents anew.
    """

    def __init__(
        self, erasures: Erasures, persons: Persons, threads: Threads, ledger: Ledger, knowledge: KnowledgeBase,
        entries: EntryStore, decisions: Decisions, outbox: Outbox, directory: Directory | None,
        shelve: Callable[[], object], clock: Callable[[], float], settle: float = SETTLE,
    ) -> None:  # fmt: skip
        self._erasures, self._persons, self._threads = erasures, persons, threads
        self._knowledge = knowledge
        self._shelve, self._clock, self._settle = shelve, clock, settle
        self._entries = Entries(erasures, threads, ledger, knowledge, entries, decisions, outbox, directory)
        self._own = OwnWords(erasures, threads, ledger, entries, decisions, outbox, directory)

    def step(self) -> bool:
        """Do what can be done now; False when that was nothing."""
        waiting = self._erasures.open()
        if not waiting:
            return False
        now = self._clock()
        if wide := [e for e in waiting if e.kind != "turn" and not e.searched]:
            for erasure in wide:
                self._widen(erasure, now)
            self._tidy(wide)
            return True
        if fresh := [e for e in waiting if not e.searched]:
            self._search(fresh, now)
            return True
        ripe = [e for e in waiting if e.at + self._settle <= now]
        return self._finish(ripe, now) if ripe else False

    def _widen(self, erasure: Erasure, now: float) -> None:
        """A thread or a person becomes the turns that are meant."""
        if erasure.kind == "thread":
            if erasure.why == "forgotten":
                own = [(turn_id, channel_id) for turn_id, channel_id, _ in self._erasures.own_in(erasure.object)]
                self._own.post([*self._own.answers(erasure.object), *map(removed, own)], now)
            self._erasures.take_thread(erasure, now)
            self._erasures.searched([erasure.id])
            return
        self._persons.take(erasure, now)
        self._entries.of_person(self._persons.written_by(erasure.object), erasure.object, now)
        mine = [(row, post) for row, post in self._erasures.waiting_posts() if post.person == erasure.object]
        self._erasures.take_words((), (), (), (), mine)
        self._persons.rename(erasure.object, f"erased-{erasure.id}", now)
        self._erasures.searched([erasure.id])

    def _search(self, fresh: Sequence[Erasure], now: float) -> None:
        """Look for the words wherever they may have been written on, and take them there too."""
        self._shelve()
        lost = {erasure: self._lost(erasure, now) for erasure in fresh}
        gone = [erasure for erasure in fresh if erasure.why != "edited"]
        for erasure in gone:
            if erasure.why != "retention" and _is_root(erasure, self._threads):
                self._own.post(self._own.answers(erasure.object), now)
                self._erasures.withdraw(erasure.object, now)
        self._entries.revise(lost, now)
        self._own.quotations(lost, now)
        self._erasures.searched([erasure.id for erasure in fresh])
        self._tidy(fresh)
        self._erasures.scrub([erasure.gone for erasure in fresh])

    def _lost(self, erasure: Erasure, now: float) -> Lost:
        thread_id = self._threads.thread_of(erasure.object)
        if not erasure.gone or thread_id is None:
            return Lost("")
        turns = self._threads.load(thread_id, channel_of(thread_id), now, nearby=False).human_turns()
        others = [turn.text for turn in turns if turn.id != erasure.object]
        return Lost(erasure.gone, others, next((turn.text for turn in turns if turn.id == erasure.object), ""))

    def _finish(self, ripe: Sequence[Erasure], now: float) -> bool:
        """What was under way when the words were taken has settled: look again, by ids alone, then close the list."""
        out, waits = self._erasures.taken_back()
        self._own.post(list(map(removed, out)), now)
        self._erasures.settled()
        if waits:
            return False
        self._shelve()
        self._entries.again([e for e in ripe if e.kind == "turn" and e.why != "edited"], min(e.at for e in ripe), now)
        for why in ("forgotten", "retention"):
            ids = [erasure.object for erasure in ripe if erasure.kind == "thread" and erasure.why == why]
            self._erasures.remove_threads(ids, whole=why == "forgotten")
        if not self._tidy(ripe):
            return False
        self._erasures.done([erasure.id for erasure in ripe], now)
        return self._erasures.flush()

    def _tidy(self, erasures: Sequence[Erasure]) -> bool:
        """Nothing of it is left in former versions, in memory, in the cache file and in the write-ahead log."""
        self._shelve()
        for thread_id in {found for e in erasures if (found := self._threads.thread_of(e.object))}:
            self._erasures.trim(f"precedent:{thread_id}")
        self._knowledge.refresh()
        self._knowledge.save_cache()
        return self._erasures.flush()


def _is_root(erasure: Erasure, threads: Threads) -> bool:
    return threads.thread_of(erasure.object) == erasure.object
