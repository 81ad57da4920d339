"""The documents of keyword search: their words' postings, lengths and entries, sealed ones and recent ones as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.index_rows import longer
from knowledge.lexical_postings import BLOCKS, Blocks, Counts, Numbers, Recent, Sealed, Slots

LEAST = 2_048  # recent documents (or removed ones) that may wait to be sealed (or left out)
RECENT_SHARE = 1 / 16
DEAD_SHARE = 1 / 3
Mask = NDArray[np.bool_]


class Documents:
    """Word counts by entry id; a slot is a document's number in order of arrival, and a new text gets a new slot."""

    def __init__(self) -> None:
        self.used = 0  # slots given away, living or not
        self.living = 0
        self._sealed, self._recent = Sealed.nothing(), Recent()
        self._terms: dict[str, int] = {}
        self._frequency: Slots = np.zeros(0, dtype=np.int32)  # by term: living documents that hold it
        self._entry: Numbers = np.zeros(0, dtype=np.int64)  # by slot, like the next two
        self._length: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._alive: Mask = np.zeros(0, dtype=np.bool_)
        self._slot: Slots = np.zeros(0, dtype=np.int32)  # by entry id, -1: not here
        self._words = 0.0

    @property
    def average(self) -> float:
        """Words of a document on average."""
        return self._words / max(self.living, 1)

    def lengths(self) -> NDArray[np.float32]:
        """Number of words by slot."""
        return self._length[: self.used]

    def frequency(self, token: str) -> int:
        """How many documents hold the word."""
        term = self._terms.get(token)
        return 0 if term is None else int(self._frequency[term])

    def postings(self, token: str) -> list[tuple[Slots, Counts]]:
        """Slots that hold the word, rising, and how often each does, removed ones included; not to be kept."""
        term = self._terms.get(token, -1)
        return [] if term < 0 else [part for part in (self._sealed.of(term), self._recent.of(term)) if len(part[0])]

    def counts(self, said: Sequence[str], slots: Slots) -> Counts:
        """How often each of these words stands in each of these slots, which rise (words x slots)."""
        rows = np.zeros(len(self._terms), dtype=np.int16)  # by term: the word's row, counted from 1
        terms = [self._terms.get(token, -1) for token in said]
        rows[[term for term in terms if term >= 0]] = [row for row, term in enumerate(terms, 1) if term >= 0]
        first = self.used - len(self._recent.held)
        older = int(slots.searchsorted(first))
        counts = np.zeros((len(said), len(slots)), dtype=np.uint16)
        for held, times, columns in (
            self._sealed.words(slots[:older], 0),
            self._recent.words((slots[older:] - first).tolist(), older),
        ):
            row = rows.take(held)
            wanted = np.flatnonzero(row)
            counts[row[wanted] - 1, columns[wanted]] = times[wanted]
        return counts

    def slots(self, entry_ids: Sequence[int]) -> Slots:
        """The slots of those of the entries that are here, rising."""
        ids = np.array([entry_id for entry_id in entry_ids if entry_id < len(self._slot)], dtype=np.int64)
        slots = np.sort(self._slot[ids])
        return slots[slots >= 0]

    def entries(self, slots: Slots) -> list[int]:
        """The entry ids of slots."""
        return self._entry[slots].tolist()  # type: ignore[no-any-return]

    def open(self, allowed: Mask | None) -> Mask:
        """By slot: living and let through by a mask by entry id; ids beyond it are denied."""
        alive, entry = self._alive[: self.used], self._entry[: self.used]
        if allowed is None:
            return alive
        if not len(allowed):
            return np.zeros_like(alive)
        return alive & allowed.take(entry, mode="clip") & (entry < len(allowed))

    def put(self, entry_id: int, counts: Mapping[str, int]) -> None:
        """Keep the word counts of an entry, in place of its former ones."""
        self.remove(entry_id)
        if self.used == len(self._entry):
            self._make_room()
        if entry_id >= len(self._slot):
            self._slot = longer(self._slot, max(LEAST, (entry_id + 1) * 3 // 2), -1)
        by_term = {self._terms.setdefault(token, len(self._terms)): count for token, count in counts.items()}
        if len(self._terms) > len(self._frequency):
            self._frequency = longer(self._frequency, len(self._terms) * 3 // 2, 0)
        self._frequency[list(by_term)] += 1
        slot, length = self.used, float(sum(counts.values()))
        self._recent.append(slot, by_term)
        self._entry[slot], self._length[slot], self._alive[slot], self._slot[entry_id] = entry_id, length, True, slot
        self.used, self.living, self._words = slot + 1, self.living + 1, self._words + length

    def _make_room(self) -> None:
        size = max(LEAST, self.used * 3 // 2)
        self._entry, self._length = longer(self._entry, size, -1), longer(self._length, size, 0)
        self._alive = longer(self._alive, size, False)

    def remove(self, entry_id: int) -> None:
        """Leave the entry out from now on; unknown ids are fine."""
        slot = int(self._slot[entry_id]) if entry_id < len(self._slot) else -1
        if slot < 0:
            return
        first = self.used - len(self._recent.held)
        terms = self._sealed.terms(slot) if slot < first else self._recent.terms(slot - first)
        self._frequency[terms] -= 1
        self._slot[entry_id], self._alive[slot] = -1, False
        self.living, self._words = self.living - 1, self._words - float(self._length[slot])

    def renewed(self, whole: bool) -> Documents | None:
        """The same with everything sealed, and without the removed ones when `whole` or when they are many.

        None when there is nothing to do, or too little unless `whole`. May take a second; changes nothing here.
        """
        recent, dead = len(self._recent.held), self.used - self.living
        drop = dead > (0 if whole else max(LEAST, DEAD_SHARE * self.used))
        if not drop and recent <= (0 if whole else max(LEAST, RECENT_SHARE * self.used)):
            return None
        sealed = self._sealed.joined(self._recent, len(self._terms)) if recent else self._sealed
        return self._without_dead(sealed) if drop else self._with(sealed)

    def _with(self, sealed: Sealed) -> Documents:
        fresh = Documents()
        fresh.__dict__.update(self.__dict__)
        fresh._sealed, fresh._recent = sealed, Recent()
        return fresh

    def _without_dead(self, sealed: Sealed) -> Documents:
        alive = self._alive[: self.used]
        used = self._frequency[: len(self._terms)] > 0
        renumbered = np.where(used, np.cumsum(used, dtype=np.int32) - 1, np.int32(-1))
        numbers = renumbered.tolist()
        fresh = self._with(sealed.kept(alive, renumbered))
        fresh._terms = {token: numbers[term] for token, term in self._terms.items() if numbers[term] >= 0}
        fresh._frequency = self._frequency[: len(self._terms)][used]
        fresh._fill(self._entry[: self.used][alive], self._length[: self.used][alive])
        return fresh

    def _fill(self, entry: Numbers, length: NDArray[np.float32]) -> None:
        self.used = self.living = len(entry)
        self._entry, self._length, self._alive = entry, length, np.ones(len(entry), dtype=np.bool_)
        self._slot = np.full(int(entry.max(initial=0)) + 1, -1, dtype=np.int32)
        self._slot[entry] = np.arange(len(entry))
        self._words = float(length.sum(dtype=np.float64))

    def blocks(self) -> Blocks:
        """What `restored` makes the same of; only whole when all is sealed and nothing removed."""
        terms = "\n".join(self._terms).encode(errors="surrogatepass")
        return {
            **self._sealed.blocks(),
            "terms": np.frombuffer(terms, dtype=np.uint8),
            "frequency": self._frequency[: len(self._terms)].copy(),  # the one array here that changes later
            "entry": self._entry[: self.used],
            "length": self._length[: self.used],
        }

    @classmethod
    def restored(cls, blocks: Blocks) -> Documents:
        """The documents that `blocks` came from."""
        documents = cls()
        text = blocks["terms"].tobytes().decode(errors="surrogatepass")
        documents._terms = {token: term for term, token in enumerate(text.split("\n") if text else ())}
        documents._sealed = Sealed(*(blocks[name] for name in BLOCKS))
        documents._frequency = blocks["frequency"]
        documents._fill(blocks["entry"], blocks["length"])
        return documents
