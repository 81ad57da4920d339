"""Weighs what was found by what people said of it here before, and what is asked of evidence by how promises held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from bot.config import Rules
from bot.dialogue.wording import percent, say
from bot.models import Action, Decision
from bot.outcomes import Shown
from knowledge.base import Vectors
from knowledge.models import Hit, Kind
from knowledge.usefulness import Gate, Mark, Place, Rating, Standing, gate, shifted, standing

HOUR = 3600.0
RANK = 0.04  # of the rank score for each unit of log-odds
WORTH_TELLING = 0.005


class Ratings(Protocol):
    """What people said of entries that were shown to them."""

    def of(self, entry_ids: Sequence[int], now: float) -> list[Rating]:
        """The ratings of these entries that stand."""

    def marks(self, channel_id: str, now: float) -> list[Mark]:
        """What people marked in a channel."""

    def changes(self) -> int:
        """Rises whenever feedback is written or taken back."""


class Opinions:
    """People's ratings, brought to bear on hits and on a channel's rules. `embed` gives one unit row a text."""

    def __init__(self, ratings: Ratings, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._ratings, self._embed = ratings, embed
        self._gates: dict[str, tuple[tuple[int, int], Gate]] = {}

    def weigh(
        self, hits: Sequence[Hit], question: str, channel_id: str, language: str, now: float
    ) -> tuple[list[Hit], list[Hit]]:
        """(hits as people's ratings leave them, best first; hits that ratings hold back, as strong as without ratings).

        Held back is what is doubted, or has become weaker: it is not to be said unasked, but shown to those who can rate
        it back.
        """
        ratings = self._ratings.of([hit.entry.id for hit in hits], now) if hits else []
        if not ratings:
            return list(hits), []
        vector, by_entry = self._embed([question])[0], _by_entry(ratings)
        fair, held = [], []
        for hit in hits:
            place = Place(channel_id, vector, hit.entry.version, now)
            found = standing(by_entry.get(hit.entry.id, ()), place)
            told = _told(hit, remark(found, language))
            if not found.doubted:
                fair.append(
                    replace(told, helpful=shifted(hit.helpful, found.shift), score=hit.score + RANK * found.shift)
                    if found.shift else told
                )  # fmt: skip
            if found.doubted or found.shift < 0:
                held.append(replace(told, doubted=True))
        return sorted(fair, key=lambda hit: -hit.score), held

    def shown(self, decision: Decision, question: str) -> tuple[Shown, ...]:
        """What is to be remembered of a decision that says something, so that people's word on it finds the entries."""
        said = decision.suggestion
        if said is None or not said.enough or decision.action not in (Action.PUBLIC, Action.PRIVATE):
            return ()
        promised = 0.0 if any(hit.doubted for hit in said.citations) else said.confidence
        vector = tuple(map(float, self._embed([question])[0]))
        entries = tuple((hit.entry.id, hit.entry.version) for hit in said.citations)
        public = decision.action is Action.PUBLIC
        return (
            Shown(decision.id, decision.thread_id, decision.channel_id, decision.at, entries, vector, promised, public),
        )

    def tuned(self, rules: Rules, channel_id: str, now: float) -> Rules:
        """The channel's rules with its threshold and evidence moved by what people marked there."""
        moved = self._gate(channel_id, now)
        if not (moved.evidence or moved.threshold):
            return rules
        evidence = max(0.05, min(0.95, rules.evidence + moved.evidence))
        return replace(rules, evidence=evidence, threshold=min(1.0, rules.speaks_at + moved.threshold))

    def explained(self, decision: Decision, rules: Rules, now: float) -> Decision:
        """The decision with more for Why?: what people said of its sources, and what their ratings changed here."""
        cited = decision.suggestion.citations if decision.suggestion else ()
        told = [say(rules.language, "rated_source", remark=hit.remark) for hit in cited if hit.remark]
        moved = self._gate(decision.channel_id, now)
        if abs(moved.evidence) >= WORTH_TELLING:
            key = "gate_stricter" if moved.evidence > 0 else "gate_laxer"
            told.append(say(rules.language, key, by=percent(abs(moved.evidence))))
        if moved.threshold >= WORTH_TELLING:
            told.append(say(rules.language, "gate_unwanted", by=f"{moved.threshold:.2f}"))
        return replace(decision, reasons=(*decision.reasons, *told))

    def _gate(self, channel_id: str, now: float) -> Gate:
        """Computed anew when feedback came or went, and every hour, since ratings fade."""
        key = (self._ratings.changes(), int(now // HOUR))
        kept = self._gates.get(channel_id)
        if kept is None or kept[0] != key:
            kept = (key, gate(self._ratings.marks(channel_id, now), now))
            self._gates[channel_id] = kept
        return kept[1]


def without_twins(hits: Sequence[Hit]) -> list[Hit]:
    """Hits without precedents of threads from which an approved case was learned: the case says it better."""
    taught = {turn for hit in hits if hit.entry.case.kind is Kind.CASE for turn in hit.entry.case.turns}
    return [hit for hit in hits if hit.entry.case.kind is not Kind.PRECEDENT or taught.isdisjoint(hit.entry.case.turns)]


def together(fair: Sequence[Hit], held: Sequence[Hit]) -> list[Hit]:
    """All that was found, each once, for somebody who asked."""
    known = {hit.entry.id for hit in fair}
    return [*fair, *(hit for hit in held if hit.entry.id not in known)]


def remark(found: Standing, language: str) -> str:
    """`3 of 4 people found it helpful`, `2 people said it did not help`, "" when nobody said anything."""
    people = found.helped + found.against
    if not people:
        return ""
    if people == 1:
        return say(language, "rated_helpful_one" if found.helped else "rated_unhelpful_one")
    if found.helped >= found.against:
        return say(language, "rated_helpful", count=found.helped, people=people)
    return say(language, "rated_unhelpful", count=found.against, people=people)


def _told(hit: Hit, said: str) -> Hit:
    return replace(hit, remark=said, why=(*hit.why, said)) if said else hit


def _by_entry(ratings: Sequence[Rating]) -> dict[int, list[Rating]]:
    sorted_out: dict[int, list[Rating]] = {}
    for rating in ratings:
        sorted_out.setdefault(rating.entry_id, []).append(rating)
    return sorted_out
