"""What may be found in a replay: all threads under tiers of audience, and what the bot itself makes of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol

from bot.config import Rules
from bot.dialogue import learning, lifecycle
from bot.dialogue.question import Asked
from bot.dialogue.standing import Refusal
from bot.dialogue.weighing import without_twins
from bot.evaluation_store import ACTOR
from bot.models import Thread
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Case, Hit, Kind, Status

ALL, LEARNED, CLOSED = TIERS = ("all", "learned", "closed")
OWN, CASES = "vigil", "cases"
FOUND = 20  # twice what is counted: a thread may be found as a case and as a precedent
APPROVER = "approver"


class Shelf(Protocol):
    """Learns threads as they stand, and finds them again."""

    def learn(self, threads: Sequence[Thread], now: float) -> None:
        """Take over the threads that changed; `now` in epoch seconds."""

    def find(self, question: Asked, now: float) -> dict[str, list[str]]:
        """The ids of the threads that answer, best first, by tier."""

    def reach(self, names: Collection[str]) -> dict[str, bool]:
        """Whether one of these threads can be found at all, by tier."""


class Tiers:
    """Each thread whole, as an entry whose audience says what is known of it; a tier searches as one who holds its scope."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._known: dict[str, Audience] = {}

    def learn(self, threads: Sequence[Thread], now: float) -> None:
        """See Shelf."""
        self._known |= {thread.id: _tiers(thread) for thread in threads}
        self._base.put([_whole(thread, self._known[thread.id]) for thread in threads], ACTOR, now)

    def find(self, question: Asked, now: float) -> dict[str, list[str]]:
        """See Shelf."""
        return {tier: _threads(self._base.search(question.query(Audience.of(tier), FOUND, now))) for tier in TIERS}

    def reach(self, names: Collection[str]) -> dict[str, bool]:
        """See Shelf."""
        held = [self._known[name].scopes for name in names if name in self._known]
        return {tier: any(tier in scopes for scopes in held) for tier in TIERS}


class Own:
    """What the bot's librarian makes of threads: precedents at once, and cases of what was resolved, each approved.

    The tier `vigil` searches both together, `cases` the cases alone.
    """

    def __init__(self, base: KnowledgeBase, rules: Rules) -> None:
        self._base, self._rules = base, rules
        self._known: set[str] = set()
        self._cases: set[str] = set()
        self._taught: set[str] = set()

    def learn(self, threads: Sequence[Thread], now: float) -> None:
        """See Shelf."""
        readers, cases = Audience.everyone(), list[Case]()
        done = {thread.id for thread in threads if lifecycle.settled(thread)}
        for thread in threads:
            case = learning.precedent_of(thread, thread.id, readers)
            cases += [case] if case is not None else []
        self._base.put(cases, ACTOR, now)
        self._known |= {case.url for case in cases}
        for thread in threads:
            if thread.id in done and thread.id not in self._taught:
                self._taught.add(thread.id)
                self._teach(learning.case_of(thread, thread.id, readers, self._rules), now)

    def _teach(self, case: Case | Refusal, now: float) -> None:
        if isinstance(case, Refusal):
            return
        entry = self._base.propose(case, ACTOR, now)
        if entry.status is Status.PROPOSED:
            self._base.approve(entry.id, APPROVER, now)
        self._cases.add(case.url)

    def find(self, question: Asked, now: float) -> dict[str, list[str]]:
        """See Shelf."""
        query = question.query(Audience.everyone(), FOUND, now)
        alone = replace(query, kinds=frozenset({Kind.CASE}))
        return {
            OWN: _threads(without_twins(self._base.search(query))),
            CASES: _threads(self._base.search(alone)),
        }

    def reach(self, names: Collection[str]) -> dict[str, bool]:
        """See Shelf."""
        return {OWN: not (self._known | self._cases).isdisjoint(names), CASES: not self._cases.isdisjoint(names)}


def _tiers(thread: Thread) -> Audience:
    helped = any(turn.author != thread.asker for turn in thread.turns)
    resolved = thread.marked("resolved") is not None
    return Audience.of(ALL, *[LEARNED] * helped, *[CLOSED] * resolved)


def _whole(thread: Thread, audience: Audience) -> Case:
    """The opening as the problem and all replies as the answer; `url` leads back to the thread."""
    said = "\n\n".join(turn.text for turn in thread.turns[1:])
    title = thread.root.text.partition("\n")[0]
    return Case(
        Kind.PRECEDENT, title, thread.root.text, said, audience, source=f"precedent:{thread.id}", url=thread.id,
        happened_at=thread.root.sent_at, container=thread.channel_id,
    )  # fmt: skip


def _threads(hits: Sequence[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.entry.case.url for hit in hits))
