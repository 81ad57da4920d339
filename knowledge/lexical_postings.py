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
BLOCKS = ("starts", "slots", "counts", "held_starts", "held", "times")
Blocks = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Postings that never change: term t stands in `slots[starts[t]:starts[t + 1]]`, slots rising, `counts` times each.

    Turned about, slot s holds the terms `held[held_starts[s]:held_starts[s + 1]]`, `times` each.
    """

    starts: Numbers
    slots: Slots
    counts: Counts
    held_starts: Numbers
    held: Slots
    times: Counts

    @classmethod
    def nothing(cls) -> Sealed:
        """Postings of no document."""
        none, zero = np.zeros(0, dtype=np.int32), np.zeros(1, dtype=np.int64)
        never = np.zeros(0, dtype=np.uint16)
        return cls(zero, none, never, zero, none, never)

    def of(self, term: int) -> tuple[Slots, Counts]:
        """Where a term stands and how often there."""
        if term + 1 >= len(self.starts):
            return self.slots[:0], self.counts[:0]
        span = slice(int(self.starts[term]), int(self.starts[term + 1]))
        return self.slots[span], self.counts[span]

    def terms(self, slot: int) -> Slots:
        """The terms that a slot holds."""
        return self.held[int(self.held_starts[slot]) : int(self.held_starts[slot + 1])]

    def words(self, slots: Slots, first: int) -> tuple[Slots, Counts, Numbers]:
        """The terms of these slots one after the other, how often each is said, and by which slot, counted from `first`."""
        starts = self.held_starts[slots]
        sizes = self.held_starts[slots + 1] - starts
        places = np.repeat(starts - starts_of(sizes)[:-1], sizes) + np.arange(sizes.sum())
        return self.held.take(places), self.times.take(places), np.repeat(np.arange(first, first + len(slots)), sizes)

    def kept(self, alive: NDArray[np.bool_], renumbered: Slots) -> Sealed:
        """The postings of living slots only, slots and terms numbered anew; a term renumbered -1 stands nowhere any more."""
        stays = np.flatnonzero(alive.take(self.slots))
        moved = np.cumsum(alive, dtype=np.int32) - 1
        used = np.flatnonzero(renumbered[: len(self.starts) - 1] >= 0)
        # positions and not a running sum: numpy adds up without letting other threads run
        sizes, lengths = np.diff(stays.searchsorted(self.starts))[used], np.diff(self.held_starts)
        slots, counts = moved.take(self.slots.take(stays)), self.counts.take(stays)
        lives = np.repeat(alive, lengths)
        held, times = renumbered.take(self.held[lives]), self.times[lives]
        return Sealed(starts_of(sizes), slots, counts, starts_of(lengths[alive]), held, times)

    def joined(self, recent: Recent, terms: int) -> Sealed:
        """These postings with the recent ones, whose slots follow on; `terms` is how many terms there are."""
        starts = np.concatenate([self.starts, np.full(terms + 1 - len(self.starts), self.starts[-1])])
        order = sorted(recent.slots)
        sizes = np.zeros(terms, dtype=np.int64)
        sizes[order] = [len(recent.slots[term]) // 4 for term in order]
        ends = np.repeat(starts[1:], sizes)  # where each recent posting goes: after its term's sealed ones
        slots = np.insert(self.slots, ends, np.frombuffer(b"".join(map(recent.slots.__getitem__, order)), np.int32))
        counts = np.insert(self.counts, ends, np.frombuffer(b"".join(map(recent.counts.__getitem__, order)), np.uint16))
        more, often, of = recent.words(range(len(recent.held)), 0)
        held, times = np.concatenate([self.held, more]), np.concatenate([self.times, often])
        lengths = np.concatenate([np.diff(self.held_starts), np.bincount(of, minlength=len(recent.held))])
        return Sealed(starts + starts_of(sizes), slots, counts, starts_of(lengths), held, times)

    def blocks(self) -> Blocks:
        """What `Sealed(**blocks)` makes the same of."""
        return {name: getattr(self, name) for name in BLOCKS}


@dataclass(frozen=True, slots=True)
class Recent:
    """Postings of documents that came lately, as bytes of 32-bit slots and terms and of 16-bit counts.

    Bytes are nothing to the garbage collector: hundreds of thousands of lists would have it stop every thread.
    """

    slots: dict[int, bytearray] = field(default_factory=dict)
    counts: dict[int, bytearray] = field(default_factory=dict)
    held: list[bytes] = field(default_factory=list)  # terms by document, like the next
    times: list[bytes] = field(default_factory=list)

    def append(self, slot: int, counts: Mapping[int, int]) -> None:
        """Add the document of the next slot, with its counts by term."""
        place = slot.to_bytes(4, sys.byteorder)
        for term, count in counts.items():
            if term not in self.slots:
                self.slots[term], self.counts[term] = bytearray(), bytearray()
            self.slots[term] += place
            self.counts[term] += min(count, MOST).to_bytes(2, sys.byteorder)
        self.held.append(np.fromiter(counts, np.int32, len(counts)).tobytes())
        self.times.append(
            np.fromiter(counts.values(), np.int64, len(counts)).clip(max=MOST).astype(np.uint16).tobytes()
        )

    def of(self, term: int) -> tuple[Slots, Counts]:
        """Where a term stands and how often there; not to be kept, for nothing can be added meanwhile."""
        if term not in self.slots:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint16)
        return np.frombuffer(self.slots[term], dtype=np.int32), np.frombuffer(self.counts[term], dtype=np.uint16)

    def terms(self, number: int) -> Slots:
        """The terms that the document of that number holds."""
        return np.frombuffer(self.held[number], dtype=np.int32)

    def words(self, numbers: Sequence[int], first: int) -> tuple[Slots, Counts, Numbers]:
        """See Sealed.words; for the documents of these numbers."""
        held = np.frombuffer(b"".join(self.held[number] for number in numbers), dtype=np.int32)
        times = np.frombuffer(b"".join(self.times[number] for number in numbers), dtype=np.uint16)
        sizes = [len(self.held[number]) // 4 for number in numbers]
        return held, times, np.repeat(np.arange(first, first + len(numbers)), sizes)


def starts_of(sizes: Sequence[int] | NDArray[Any]) -> Numbers:
    """Where each of so many stretches of these sizes begins, and where the last one ends."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts
