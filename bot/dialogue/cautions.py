"""Cautions beside what was found: that it is due for review, or that another approved case says the opposite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.dialogue.wording import say
from knowledge.base import EntryStore
from knowledge.models import Audience, Hit, Relation, Status
from knowledge.steps import Review


class Reviews(Protocol):
    """What somebody should look at again."""

    def reviews(self, entry_ids: Sequence[int] | None = None) -> list[Review]:
        """What is due for review, the longest first; of these entries alone where they are given."""


class Cautions:
    """Reads cautions for hits."""

    def __init__(self, reviews: Reviews, entries: EntryStore) -> None:
        self._reviews, self._entries = reviews, entries

    def told(self, hits: Sequence[Hit], readers: Audience, language: str) -> list[Hit]:
        """The hits, each with a caution in its remark and reasons where there is one."""
        ids = [hit.entry.id for hit in hits]
        due = {review.entry_id: review.why for review in self._reviews.reviews(ids)} if ids else {}
        opposed = self._opposed(ids, readers) if ids else frozenset()
        return [_with(hit, due.get(hit.entry.id, ""), hit.entry.id in opposed, language) for hit in hits]

    def _opposed(self, ids: Sequence[int], readers: Audience) -> frozenset[int]:
        """Ids of the entries that a live one contradicts, as far as these readers may know of it."""
        found: set[int] = set()
        for bond in self._entries.bonds(ids):
            if bond.relation is not Relation.CONTRADICTION:
                continue
            pair = (bond.entry_id, bond.other)
            sides = [self._entries.get(one) for one in pair]
            if all(e is not None and e.status is Status.LIVE and e.case.audience.opens_to(readers) for e in sides):
                found.update(pair)
        return frozenset(found)


def _with(hit: Hit, due: str, opposed: bool, language: str) -> Hit:
    said = [say(language, f"caution_{due}")] if due else []
    said += [say(language, "caution_opposed")] if opposed else []
    if not said:
        return hit
    return replace(hit, remark=" · ".join([*filter(None, [hit.remark]), *said]), why=(*hit.why, *said))
