"""What catch-up found and mended, kept where an operator sees it: in the log, `vigil stats` and /healthz."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.events import Deletion, Edit, Event, Reaction, Turn
from bot.platforms.base import Facts

FACT = "catch_up"
KINDS = ("messages", "replies", "edits", "deletions", "reactions", "reactions_removed")


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """One walk: when it began, since when nothing had been looked at (epoch seconds), what it cost, found and could not read.

    `missed` counts by KINDS, and "late" those of the messages and replies that came too late to be answered: they are filed.
    """

    at: float
    since: float
    seconds: float
    calls: int
    channels: int
    threads: int
    missed: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()

    @property
    def mended(self) -> int:
        """How many events were missed and are heard now."""
        return sum(self.missed.get(kind, 0) for kind in KINDS)

    def line(self) -> str:
        """The walk in one line, for people."""
        what = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind in (*KINDS, "late") if (n := self.missed.get(kind)))
        walked = f"{self.channels} channels and {self.threads} threads read with {self.calls} calls"
        unread = f"; could not read {', '.join(self.failed)}" if self.failed else ""
        return f"{what or 'nothing missed'} after {_span(self.at - self.since)}; {walked}{unread}"


def kind_of(event: Event) -> str:
    """Under which of KINDS an event is counted."""
    match event:
        case Turn():
            return "messages" if event.is_root else "replies"
        case Edit():
            return "edits"
        case Deletion():
            return "deletions"
        case Reaction():
            return "reactions" if event.added else "reactions_removed"
    return "messages"


def keep(facts: Facts, walk: CaughtUp, where: str) -> None:
    """Remember the walk as the last of `where` (a platform), as the last that found something if it did, and in the totals."""
    known = told(facts)
    totals = {kind: known["totals"].get(kind, 0) + walk.missed.get(kind, 0) for kind in (*KINDS, "late")}
    body = asdict(walk)
    mended = body if walk.mended else known["mended"]
    walks = {**known.get("walks", {}), where: body}
    last = asdict(together([found for row in walks.values() if (found := walk_of(row))]))
    facts.remember(FACT, json.dumps({"last": last, "mended": mended, "totals": totals, "walks": walks}))


def together(walks: Sequence[CaughtUp]) -> CaughtUp:
    """The last walks of several platforms as one; it ended when the first of them did."""
    counts: Counter[str] = sum((Counter(walk.missed) for walk in walks), Counter())
    first = min(walks, key=lambda walk: walk.at + walk.seconds)
    return CaughtUp(
        first.at, min(walk.since for walk in walks), first.seconds, sum(walk.calls for walk in walks),
        sum(walk.channels for walk in walks), sum(walk.threads for walk in walks), dict(counts),
        tuple(where for walk in walks for where in walk.failed),
    )  # fmt: skip


def told(facts: Facts) -> dict[str, Any]:
    """`last` and `mended`: the last walks of all platforms as one, and the last that found something missed, as JSON objects (None before the first);
    `totals`: all that was ever missed and mended, by kind."""
    kept = facts.fact(FACT)
    return json.loads(kept) if kept else {"last": None, "mended": None, "totals": {}}


def walk_of(body: Mapping[str, Any] | None) -> CaughtUp | None:
    """The walk that `told` gives as a JSON object."""
    return CaughtUp(**{**body, "failed": tuple(body["failed"])}) if body else None


def _span(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(0.0, seconds) / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 60 * 86_400 else "the time before Vigil"
