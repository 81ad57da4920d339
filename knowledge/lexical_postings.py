"""Which document holds which word how often: plain arrays for the many that stand, small lists for those that came since."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 65_535  # a word's count in one document is kept in 16 bits
Numbers = NDArray[np.int64]
Slots = NDArray[np.int32]
Counts = NDArray[np.uint16]
Blocks = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Postings that never change: term t stands in `slots[starts[t]:starts[t + 1]]`, slots rising, `counts` times each.

    Turned about, slot s holds the terms `held[held_starts[s]:held_starts[s + 1]]`.
    """

    starts: Numbers
    slots: Slots
    counts: Counts
    held_starts: Numbers
    held: Slots

    @classmethod
    def nothing(cls) -> Sealed:
        """Postings of no document."""
        none, zero = np.zeros(0, dtype=np.int32), np.zeros(1, dtype=np.int64)
        return cls(zero, none, np.zeros(0, dtype=np.uint16), zero, none)

    def of(self, term: int) -> tuple[Slots, Counts]:
        """Where a term stands and how often there."""
        if term + 1 >= len(self.starts):
            return self.slots[:0], self.counts[:0]
        span = slice(int(self.starts[term]), int(self.starts[term + 1]))
        return self.slots[span], self.counts[span]

    def terms(self, slot: int) -> Slots:
        """The terms that a slot holds."""
        return self.held[int(self.held_starts[slot]) : int(self.held_starts[slot + 1])]

    def kept(self, alive: NDArray[np.bool_], renumbered: Slots) -> Sealed:
        """The postings of living slots only, slots and terms numbered anew; a term renumbered -1 stands nowhere any more."""
        stays = np.flatnonzero(alive.take(self.slots))
        moved = np.cumsum(alive, dtype=np.int32) - 1
        used = np.flatnonzero(renumbered[: len(self.starts) - 1] >= 0)
        # positions and not a running sum: numpy adds up without letting other threads run
        sizes, lengths = np.diff(stays.searchsorted(self.starts))[used], np.diff(self.held_starts)
        slots, counts = moved.take(self.slots.take(stays)), self.counts.take(stays)
        held = renumbered.take(self.held[np.repeat(alive, lengths)])
        return Sealed(starts_of(sizes), slots, counts, starts_of(lengths[alive]), held)

    def joined(self, recent: Recent, terms: int) -> Sealed:
        """These postings with the recent ones, whose slots follow on; `terms` is how many terms there are."""
        starts = np.concatenate([self.starts, np.full(terms + 1 - len(self.starts), self.starts[-1])])
        order = sorted(recent.slots)
        sizes = np.zeros(terms, dtype=np.int64)
        sizes[order] = [len(recent.slots[term]) // 4 for term in order]
        ends = np.repeat(starts[1:], sizes)  # where each recent posting goes: after its term's sealed ones
        slots = np.insert(self.slots, ends, np.frombuffer(b"".join(map(recent.slots.__getitem__, order)), np.int32))
        counts = np.insert(self.counts, ends, np.frombuffer(b"".join(map(recent.counts.__getitem__, order)), np.uint16))
        held = np.concatenate([self.held, np.frombuffer(b"".join(recent.held), np.int32)])
        lengths = np.concatenate([np.diff(self.held_starts), [len(terms) // 4 for terms in recent.held]])
        return Sealed(starts + starts_of(sizes), slots, counts, starts_of(lengths), held)

    def blocks(self) -> Blocks:
        """What `Sealed(**blocks)` makes the same of."""
        return {name: getattr(self, name) for name in ("starts", "slots", "counts", "held_starts", "held")}


@dataclass(frozen=True, slots=True)
class Recent:
    """Postings of documents that came lately, as bytes of 32-bit slots, 16-bit counts and, by document, 32-bit terms.

    Bytes are nothing to the garbage collector: hundreds of thousands of lists would have it stop every thread.
    """

    slots: dict[int, bytearray] = field(default_factory=dict)
    counts: dict[int, bytearray] = field(default_factory=dict)
    held: list[bytes] = field(default_factory=list)

    def append(self, slot: int, counts: Mapping[int, int]) -> None:
        """Add the document of the next slot, with its counts by term."""
        place = slot.to_bytes(4, sys.byteorder)
        for term, count in counts.items():
            if term not in self.slots:
                self.slots[term], self.counts[term] = bytearray(), bytearray()
            self.slots[term] += place
            self.counts[term] += min(count, MOST).to_bytes(2, sys.byteorder)
        self.held.append(np.fromiter(counts, np.int32, len(counts)).tobytes())

    def of(self, term: int) -> tuple[Slots, Counts]:
        """Where a term stands and how often there; not to be kept, for nothing can be added meanwhile."""
        if term not in self.slots:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint16)
        return np.frombuffer(self.slots[term], dtype=np.int32), np.frombuffer(self.counts[term], dtype=np.uint16)

    def terms(self, number: int) -> Slots:
        """The terms that the document of that number holds."""
        return np.frombuffer(self.held[number], dtype=np.int32)


def starts_of(sizes: Sequence[int] | NDArray[Any]) -> Numbers:
    """Where each of so many stretches of these sizes begins, and where the last one ends."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts
