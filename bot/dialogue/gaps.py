"""Gaps: questions that people answered while Vigil had nothing for them, put together by meaning and words, and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from bot.config import Rules
from bot.dialogue import evidence, extract
from bot.dialogue.question import asked
from bot.outcomes import Unmet
from knowledge.base import EntryStore, Vectors
from knowledge.curation import marks_of, overlap
from knowledge.embedding import Embedder
from knowledge.library import KnowledgeBase
from knowledge.models import EVERYONE, Audience, Entry, Kind

DAY = 86_400.0
WITHIN = 90 * DAY  # how old a question may be that is still counted
MOST = 2000  # questions looked through, the newest
LISTED = 50  # gaps told at once
SURE, LIKELY = 0.6, 0.4  # mean cosine at which two questions are one, by meaning alone and with words in common
WORDS = 0.25  # share of their telling words that questions of one kind have in common at least
STATES = {"resolved": 2, "accepted": 1}  # how well a thread's answer is vouched for


class Unanswered(Protocol):
    """Where the questions come from."""

    def unmet(self, since: float, limit: int) -> list[Unmet]:
        """Questions since then that people answered and Vigil had nothing for, the newest first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the questions: its thread as a precedent, and its unit vector."""

    unmet: Unmet
    entry: Entry
    vector: Vectors
    words: frozenset[str]

    @property
    def thread_id(self) -> str:
        return self.unmet.thread_id


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of one kind, the best answered first: what to draft an entry from, and how the gap is called."""

    threads: tuple[Asked, ...]

    @property
    def topic(self) -> str:
        return self.threads[0].entry.case.title

    @property
    def draft(self) -> str:
        """The id of the thread to draft an entry from."""
        return self.threads[0].thread_id


class Gaps:
    """Finds gaps; `rules` are those of a channel, by its id."""

    def __init__(
        self, unanswered: Unanswered, entries: EntryStore, knowledge: KnowledgeBase, embedder: Embedder,
        rules: Callable[[str], Rules],
    ) -> None:  # fmt: skip
        self._unanswered, self._entries, self._knowledge = unanswered, entries, knowledge
        self._embedder, self._rules = embedder, rules

    def found(self, now: float, may: Callable[[str], bool] = lambda _: True, least: int = 1) -> list[Gap]:
        """Gaps of at least `least` threads, the most frequent first, among threads of channels that `may` be shown alone.

        Whatever an approved case or a document answers by now is no gap any more, nor is what a case is proposed for.
        """
        rows = [row for row in self._unanswered.unmet(now - WITHIN, MOST) if may(row.channel_id)]
        groups = [group for group in grouped(self._read(rows)) if len(group) >= least]
        groups.sort(key=lambda group: (-len(group), -max(question.unmet.asked_at for question in group)))
        gaps: list[Gap] = []
        for group in groups:
            gap = Gap(tuple(sorted(group, key=_worth, reverse=True)))
            if not any(question.unmet.drafted for question in group) and not self._covered(gap, now):
                gaps.append(gap)
            if len(gaps) == LISTED:
                break
        return gaps

    def _read(self, rows: Sequence[Unmet]) -> list[Asked]:
        entries = {entry.id: entry for entry in self._entries.get_many([row.entry_id for row in rows])}
        stored = self._entries.vectors(list(entries.values()), self._embedder.model)
        bare = [entry for entry in entries.values() if not len(stored.get(entry.id, ()))]
        fresh = self._embedder.embed([entry.case.problem for entry in bare]) if bare else ()
        vectors = {i: rows_[0] for i, rows_ in stored.items() if len(rows_)} | {
            entry.id: vector for entry, vector in zip(bare, fresh, strict=True)
        }
        return [
            Asked(row, entry, vectors[entry.id], extract.words(f"{entry.case.title}\n{entry.case.problem}"))
            for row in rows
            if (entry := entries.get(row.entry_id)) is not None
        ]

    def _covered(self, gap: Gap, now: float) -> bool:
        """Whether something approved or written down answers it by now."""
        best = gap.threads[0]
        readers = Audience(best.entry.case.audience.scopes | {EVERYONE})
        query = asked(best.entry.case.problem).query(readers, 3, now)
        query = replace(query, kinds=frozenset({Kind.CASE, Kind.SECTION}))
        rules = self._rules(best.unmet.channel_id)
        return any(evidence.strong(hit, rules) for hit in self._knowledge.search(query))


def grouped(questions: Sequence[Asked]) -> list[list[Asked]]:
    """The questions by kind: each goes to the nearest group whose matter it shares, else begins one of its own.

    Near is the mean cosine to the group's members: the cosine to their middle would grow with every member taken in.
    """
    groups: list[list[Asked]] = []
    if not questions:
        return groups
    sums = np.zeros((len(questions), len(questions[0].vector)), dtype=np.float32)
    for question in sorted(questions, key=lambda q: (q.unmet.asked_at, q.thread_id)):
        near = sums[: len(groups)] @ question.vector / np.array([len(group) for group in groups])
        nearest = [int(n) for n in np.argsort(-near) if near[n] >= LIKELY]
        number = next((n for n in nearest if _same(question, groups[n], float(near[n]))), len(groups))
        if number == len(groups):
            groups.append([])
        groups[number].append(question)
        sums[number] += question.vector
    return groups


def _same(question: Asked, group: Sequence[Asked], near: float) -> bool:
    """Whether a question near a group in meaning is of its kind: words agree where meaning alone does not tell, and no code differs."""
    if any(_other_code(member.words, question.words) for member in group):
        return False
    return near >= SURE or any(overlap(member.words, question.words) >= WORDS for member in group)


def _worth(question: Asked) -> tuple[int, int, float]:
    """How good a thread is to draft an entry from: resolved before thanked for, then by how much its answer says."""
    return (
        STATES.get(question.unmet.state, 0),
        len(extract.words(question.entry.case.resolution)),
        question.unmet.asked_at,
    )


def _other_code(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether both name codes or flags, and none in common."""
    left, right = marks_of(ours), marks_of(theirs)
    return bool(left and right) and left.isdisjoint(right)
