"""What a replay found: counts over the recorded decisions, and how fast people and Vigil answered first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bot.config import Rules
from bot.dialogue.wording import TABLES, say
from bot.events import Turn
from bot.models import Action

SPOKEN = (Action.DRAFT, Action.PRIVATE, Action.PUBLIC)
NAMED = 8

Record = Mapping[str, Any]
"""A decision as bot.storage.base.Decisions gives it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A replay's outcome: `records` oldest first, seconds by stage and in all (`seconds`), memory in MB."""

    name: str
    flat: bool
    turns: Sequence[Turn]
    records: Sequence[Record]
    stages: Mapping[str, float]
    seconds: float
    cases: int
    skipped: int
    failed: int
    peak_memory_mb: float
    rules: Rules
    """The configured defaults, which the channels of a recording mostly take."""
    learning: Mapping[str, Any] = field(default_factory=dict)
    """Of the threads that were resolved: how many were proposed, merged, superseded, and refused by reason."""
    llm: Mapping[str, Any] = field(default_factory=dict)
    """What a language model was asked; empty without one."""

    @property
    def human(self) -> list[Turn]:
        """The turns that people wrote."""
        return [turn for turn in self.turns if not (turn.is_bot or turn.system)]

    def scores(self) -> dict[str, float]:
        """The need (0..1) that triage saw in each human turn when it came, by the turn's id."""
        human = {turn.id for turn in self.human}
        first = [r for r in reversed(self.records) if r["kind"] in ("suggestion", "late") and r["turn_id"] in human]
        return {record["turn_id"]: record["score"] for record in first}  # the oldest comes last, and stays

    def threshold(self) -> float:
        """The threshold that the replay ran at: the highest of its channels'."""
        return max((record["threshold"] for record in self.records), default=self.rules.speaks_at)

    def suggestions(self) -> list[Record]:
        """Decisions to suggest something unasked."""
        return [r for r in self.records if r["kind"] == "suggestion" and r["action"] in SPOKEN and not r["asked"]]

    def cancelled(self) -> int:
        """Holds that people made needless; not those that ended because the need no longer looks like one."""
        unlike = {say(language, "reason_below_threshold") for language in TABLES}  # each thread in its own
        return sum(r["kind"] == "hold" and r["reasons"][0] not in unlike for r in self.records)

    def figures(self) -> dict[str, Any]:
        """The figures as one JSON object; the first ten keys are promised, the others may grow."""
        human, spoken = len(self.human), self.suggestions()
        embedding = self.stages.get("embedding", 0.0)
        return {
            "turns": human,
            "spoke_per_100": round(100 * len(spoken) / max(1, human), 2),
            "suggestions": len(spoken),
            "cited": sum(bool(r["suggestion"] and r["suggestion"]["hits"]) for r in spoken),
            "holds": sum(r["action"] == Action.HOLD for r in self.records),
            "holds_cancelled": self.cancelled(),
            "follow_ups": sum(r["kind"] == "follow_up" for r in self.records),
            "cases": self.cases,
            "messages_per_second": _rate(len(self.turns), self.seconds),
            "stages": {name: round(spent, 3) for name, spent in sorted(self.stages.items(), key=lambda s: -s[1])},
            "messages": len(self.turns),
            "messages_per_second_without_embedding": _rate(len(self.turns), self.seconds - embedding),
            "ms_per_message_without_embedding": round(1000 * (self.seconds - embedding) / max(1, len(self.turns)), 3),
            "first_response": None if self.flat else self.first_response(),
            "silences": dict(self.silences().most_common(NAMED)),
            "learning": dict(self.learning),
            "skipped": self.skipped,
            "failed": self.failed,
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            **({"llm": dict(self.llm)} if self.llm else {}),
        }

    def silences(self) -> Counter[str]:
        """How often each reason kept Vigil silent."""
        return Counter(r["reasons"][0] for r in self.records if r["action"] == Action.SILENT)

    def first_response(self) -> dict[str, Any]:
        """Minutes from a thread's first message to the first reply by another person, and to Vigil's first suggestion."""
        people, vigil = self.first_replies(), self.first_suggestions()
        both = [thread for thread in vigil if thread in people]
        return {
            "threads": sum(turn.is_root for turn in self.human),
            "threads_answered_by_people": len(people),
            "people_median_minutes": _median(list(people.values())),
            "threads_with_suggestion": len(vigil),
            "on_these_people_median_minutes": _median([people[t] for t in both]),
            "on_these_vigil_median_minutes": _median(list(vigil.values())),
            "vigil_earlier_share": round(sum(vigil[t] < people.get(t, float("inf")) for t in vigil) / max(1, len(vigil)), 3),
        }  # fmt: skip

    def first_replies(self) -> dict[str, float]:
        """Minutes to the first reply of another person, by thread."""
        roots = {turn.id: turn for turn in self.human if turn.is_root}
        first: dict[str, float] = {}
        for turn in self.human:
            root = roots.get(turn.thread_id)
            if root is not None and turn.author != root.author and turn.thread_id not in first:
                first[turn.thread_id] = (turn.sent_at - root.sent_at) / 60
        return first

    def first_suggestions(self) -> dict[str, float]:
        """Minutes to Vigil's first cited suggestion, by thread, where a person had opened it."""
        roots = {turn.id: turn for turn in self.human if turn.is_root}
        first: dict[str, float] = {}
        for record in self.suggestions():
            root = roots.get(record["thread_id"])
            if root is not None and record["suggestion"] and record["suggestion"]["hits"]:
                first.setdefault(record["thread_id"], (record["at"] - root.sent_at) / 60)
        return first


def _rate(count: int, seconds: float) -> float:
    return round(count / max(seconds, 1e-9), 1)


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 1) if values else None
