"""What became of an entry, step by step, and how cases stand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.models import Relation, Status


class Deed(StrEnum):
    """What a step of an entry's life was."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    MERGED = "merged"
    APPROVED = "approved"
    AUTO_APPROVED = "auto-approved"
    EDITED = "edited"
    REJECTED = "rejected"
    RETIRED = "retired"
    SUPERSEDED = "superseded"
    RESTORED = "restored"
    CONFIRMED = "confirmed"
    UPDATED = "updated"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Because:
    """What is written down with a change: the deed, the reason in words of our own (never a case's), the other entry."""

    deed: Deed | None = None
    reason: str = ""
    other: int = 0


UNSAID = Because()
"""A change of which nothing more is said than what it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an entry: who made it, when (epoch seconds) and why; how it stood after, and before.

    `was` is None, and `was_version` 0, for the first one.
    """

    id: int
    entry_id: int
    at: float
    actor: str
    deed: Deed
    reason: str
    other: int
    status: Status
    version: int
    was: Status | None
    was_version: int


@dataclass(frozen=True, slots=True)
class Bond:
    """How the case `entry_id` was judged against `other`; `says` lets its problem be searched for as the other's too."""

    entry_id: int
    other: int
    relation: Relation
    says: bool
    at: float


@dataclass(frozen=True, slots=True)
class Review:
    """A live entry that somebody should look at again since a time: `why` is age, or document when section `other` changed."""

    entry_id: int
    why: str
    other: int
    since: float


def usual(status: Status, first: bool) -> Deed:
    """The deed of a change that names none."""
    if status is Status.LIVE:
        return Deed.UPDATED
    return {Status.PROPOSED: Deed.PROPOSED if first else Deed.EDITED, Status.SUPERSEDED: Deed.SUPERSEDED}.get(
        status, Deed.RETIRED
    )
