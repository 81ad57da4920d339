"""The librarian puts precedents on the shelf at once and proposes a case for every thread that people resolved."""

from __future__ import annotations

import math
from collections.abc import Callable

import structlog

from bot.dialogue import learning
from bot.dialogue.base import Directory
from bot.dialogue.standing import Refusal
from bot.dialogue.tongue import rules_of
from bot.events import channel_of
from bot.jobs.introducing import Introductions
from bot.jobs.retelling import SAID_BY_MODEL, Retelling, Told
from bot.messages import Post
from bot.models import Thread
from bot.outcomes import MERGED, PROPOSED, REFUSED, Act, Outcome
from bot.storage.base import Ledger, StaleThread, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Entry, Status

ACTOR = "vigil"
SHOWN_WITHIN = 86_400.0
"""Seconds since a thread's last word within which its case is shown at once; older ones wait in `vigil knowledge list`."""
AT_ONCE, MANY = 10.0, 50
log = structlog.get_logger("learn")


class Librarian:
    """Feeds the knowledge base from threads. `clock` gives epoch seconds; `retelling` None leaves people's own words."""

    def __init__(
        self,
        threads: Threads,
        ledger: Ledger,
        knowledge: KnowledgeBase,
        entries: EntryStore,
        directory: Directory,
        clock: Callable[[], float],
        introductions: Introductions,
        retelling: Retelling | None = None,
    ) -> None:
        self._introductions, self._retelling = introductions, retelling
        self._threads, self._ledger, self._knowledge, self._entries = threads, ledger, knowledge, entries
        self._directory, self._clock = directory, clock

    def shelve(self, limit: int = 200) -> int:
        """Bring the precedents of changed threads up to date; returns how many threads were looked at."""
        now = self._clock()
        threads = [self._load(thread_id) for thread_id in self._threads.unshelved(limit)]
        cases = [case for thread in threads if (case := self._precedent(thread)) is not None and self._is_news(case)]
        if cases:
            self._knowledge.put(cases, ACTOR, now)
        if threads:
            self._threads.shelved([(thread.id, thread.version) for thread in threads])
        return len(threads)

    def _load(self, thread_id: str) -> Thread:
        channel_id = channel_of(thread_id)
        return self._threads.load(thread_id, channel_id, self._clock(), nearby=False)

    def _precedent(self, thread: Thread) -> Case | None:
        if not thread.turns or len(thread.human_turns()) < 2:
            return None
        audience = self._directory.audience(thread.channel_id)
        return learning.precedent_of(thread, self._directory.permalink(thread.id), audience)

    def _is_news(self, case: Case) -> bool:
        """Whether the precedent differs from what stands on the shelf: often a thread grew by a mere remark."""
        known = self._entries.by_source(case.source)
        return known is None or known.status is not Status.LIVE or known.case != case

    def run(self) -> int:
        """The job: shelve, so that precedents stand as their threads do; then learn; on until little is left.

        It ends after AT_ONCE seconds even where much is left, since whoever stops Vigil waits for it.
        """
        proposed, until = 0, self._clock() + AT_ONCE
        while True:
            self.shelve()
            proposed += self.learn(until)
            if self._clock() >= until or len(self._threads.unlearned(MANY)) < MANY:
                return proposed

    def learn(self, until: float = math.inf) -> int:
        """Propose a case for each resolved thread that was not learned from yet, beginning none after `until`.

        Returns how many were proposed.
        """
        proposed, rows = 0, self._threads.unlearned()
        if self._retelling is not None:
            self._retelling.begin({row.id for row in rows})
        for row in rows:
            if self._clock() >= until:
                break
            thread = self._load(row.id)
            told = self._told(thread)
            if told is None:
                continue
            posts: tuple[Post, ...] = ()
            if isinstance(told.case, Refusal):
                act = Act(ACTOR, f"{REFUSED}{told.case}{SAID_BY_MODEL if told.note else ''}", thread.id, False)
            else:
                entry = self._propose(thread, told.case)
                proposed += 1
                act = self._act(entry, told.case, thread.id)
                fresh = self._clock() - row.last_at < SHOWN_WITHIN
                rules = rules_of(self._directory, thread)
                posts = self._introductions.posts(entry, thread, rules, fresh, own_words=not told.retold)
            acts = (act, *([Act(ACTOR, told.note, thread.id, True)] if told.note else ()))
            self._commit(Outcome(thread.id, thread.channel_id, thread.version, learned=True, posts=posts, acts=acts))
        return proposed

    def _told(self, thread: Thread) -> Told | None:
        """What the thread teaches; None when it moved on while a model was asked: what was read holds for the next run.

        The model is asked only where people's own words teach something, and nothing is proposed of words that were
        perhaps taken back meanwhile.
        """
        url, audience = self._directory.permalink(thread.id), self._directory.audience(thread.channel_id)
        plain = learning.case_of(thread, url, audience, rules_of(self._directory, thread))
        if isinstance(plain, Refusal) or self._retelling is None:
            return Told(plain, False, "")
        if self._retelling.hear(thread, plain) and self._load(thread.id).version != thread.version:
            log.info("thread moved on", action="learn later", thread=thread.id)
            return None
        return self._retelling.told(thread, plain)

    def _propose(self, thread: Thread, case: Case) -> Entry:
        readers = self._directory.readers(thread.channel_id)
        return self._knowledge.propose(case, ACTOR, self._clock(), readers)

    def _act(self, entry: Entry, case: Case, thread_id: str) -> Act:
        if entry.status is Status.RETIRED:
            return Act(ACTOR, f"{REFUSED}{self._knowledge.reason(entry.id)}", thread_id, False)
        return Act(ACTOR, PROPOSED if entry.case.turns == case.turns else MERGED, thread_id, True)

    def _commit(self, outcome: Outcome) -> None:
        try:
            self._ledger.commit(outcome, self._clock())
        except StaleThread as stale:
            log.info("thread moved on", action="learn later", error=str(stale))
