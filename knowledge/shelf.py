"""The live entries, and what of them a search must know before it finds any: who may read each, its kind and source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.index_rows import Blocks, Mask, Numbers, longer
from knowledge.models import Audience, Entry, Kind
from knowledge.shelf_texts import Texts, packed, unpacked

LEAST = 256
ABSENT = 0
Group = tuple[frozenset[str], Kind]


@dataclass(frozen=True, slots=True)
class Spine:
    """What a search compares of an entry: `page` is a number that sections of one page share; `packed` holds the rest."""

    entry_id: int
    kind: Kind
    page: int
    happened_at: float
    packed: bytes

    @classmethod
    def of(cls, entry: Entry) -> Spine:
        """The spine of an entry."""
        return cls(entry.id, entry.case.kind, page_of(entry), entry.case.happened_at, packed(entry))

    def entry(self) -> Entry:
        """The whole entry, read anew each time."""
        return unpacked(self.entry_id, self.packed)


class Shelf:
    """Live entries by id in arrays as long as the highest id: ids are row numbers of a database.

    Entries of one audience and kind are a group, so that a mask is one table look-up. The caller holds a lock.
    """

    def __init__(self) -> None:
        self._groups: dict[Group, int] = {}  # numbered from 1
        self._group: Numbers = np.zeros(LEAST, dtype=np.int64)
        self._origin: NDArray[np.uint64] = np.zeros(LEAST, dtype=np.uint64)
        self._text: NDArray[np.uint64] = np.zeros(LEAST, dtype=np.uint64)
        self._change: Numbers = np.zeros(LEAST, dtype=np.int64)
        self._moment: NDArray[np.float64] = np.zeros(LEAST, dtype=np.float64)
        self._page: Numbers = np.zeros(LEAST, dtype=np.int64)
        self._happened: NDArray[np.float64] = np.zeros(LEAST, dtype=np.float64)
        self._count = 0
        self._texts = Texts()

    def __len__(self) -> int:
        return self._count

    def text(self, entry_id: int) -> int | None:
        """The digest of a live entry's words, None when it is not here."""
        here = entry_id < len(self._group) and self._group[entry_id] != ABSENT
        return int(self._text[entry_id]) if here else None

    def spines(self, entry_ids: Sequence[int]) -> list[Spine]:
        """Live entries as a search compares them, in their order; those that are not here are left out."""
        kinds, wanted = [kind for _, kind in self._groups], np.array(entry_ids, dtype=np.int64)
        ids = wanted[self._group.take(wanted, mode="clip") * (wanted < len(self._group)) != ABSENT]
        told = [array[ids].tolist() for array in (self._group, self._page, self._happened)]
        rows = zip(ids.tolist(), *told, strict=True)
        return [Spine(n, kinds[group - 1], page, at, self._texts.get(n)) for n, group, page, at in rows]

    def put(self, entry: Entry, text: int) -> None:
        """Show `entry`, in place of its former version; `text` is the digest of its words."""
        if entry.id >= len(self._group):
            self._lengthen((entry.id + 1) * 3 // 2)
        self._count += self._group[entry.id] == ABSENT
        group = (entry.case.audience.scopes, entry.case.kind)
        self._group[entry.id] = self._groups.setdefault(group, len(self._groups) + 1)
        self._origin[entry.id], self._text[entry.id] = digest(origin(entry.case.source)), text
        self._change[entry.id], self._moment[entry.id] = entry.change, entry.updated_at
        self._page[entry.id], self._happened[entry.id] = page_of(entry), entry.case.happened_at
        self._texts.put(entry)

    def _lengthen(self, size: int) -> None:
        self._group, self._origin = longer(self._group, size, ABSENT), longer(self._origin, size, 0)
        self._text, self._change = longer(self._text, size, 0), longer(self._change, size, 0)
        self._moment, self._page = longer(self._moment, size, 0), longer(self._page, size, 0)
        self._happened = longer(self._happened, size, 0)

    def remove(self, entry_id: int) -> None:
        """Hide the entry; unknown ids are fine."""
        if self.text(entry_id) is not None:
            self._group[entry_id] = ABSENT
            self._count -= 1
            self._texts.remove(entry_id)

    def mask(self, readers: Audience, kinds: frozenset[Kind]) -> Mask:
        """By entry id: live, of a wanted kind and open to every reader."""
        table = np.zeros(len(self._groups) + 1, dtype=np.bool_)
        for (scopes, kind), number in self._groups.items():
            table[number] = kind in kinds and Audience(scopes).opens_to(readers)
        allowed: Mask = table.take(self._group)
        return allowed

    def of_sources(self, sources: Iterable[str]) -> set[int]:
        """Ids of entries, live or former, that came from these sources or keys derived from them."""
        origins = {np.uint64(digest(origin(source))) for source in sources}
        return {number for one in origins for number in np.flatnonzero(self._origin == one).tolist()}

    def differing(self, live: Sequence[tuple[int, int, float]]) -> tuple[list[int], list[int]]:
        """(ids that are here and not live, ids that are live and not here as they now stand), each rising.

        `live` holds id, change number and time of change of every live entry.
        """
        ids = np.array([row[0] for row in live], dtype=np.int64)
        self._lengthen(max(len(self._group), int(ids.max(initial=0)) + 1))
        same = self._group[ids] != ABSENT
        same &= self._change[ids] == np.array([row[1] for row in live], dtype=np.int64)
        same &= self._moment[ids] == np.array([row[2] for row in live], dtype=np.float64)
        gone = self._group != ABSENT
        gone[ids] = False
        return np.flatnonzero(gone).tolist(), np.sort(ids[~same]).tolist()

    def renewed(self, whole: bool = False) -> Texts | None:
        """Texts for `adopt` to put in place of these; None while few are fresh or removed. Takes up to a second."""
        return self._texts.renewed(whole)

    def adopt(self, texts: Texts) -> Texts:
        """Put in place what `renewed` made; what was there before."""
        former, self._texts = self._texts, texts
        return former

    def blocks(self) -> Blocks:
        """What `of` makes the same shelf of, apart from the groups, after `renewed(whole=True)` was adopted."""
        ids = np.flatnonzero(self._group)
        return {
            "shelf": ids,
            "group": self._group[ids],
            "origin": self._origin[ids],
            "text": self._text[ids],
            "change": self._change[ids],
            "moment": self._moment[ids],
            "page": self._page[ids],
            "happened": self._happened[ids],
            **self._texts.blocks(),
        }

    def groups(self) -> list[tuple[list[str], str]]:
        """Audience and kind of each group, in order, in plain words for JSON."""
        return [(sorted(scopes), str(kind)) for scopes, kind in self._groups]

    @classmethod
    def of(cls, blocks: Blocks, groups: Sequence[tuple[Sequence[str], str]]) -> Shelf:
        """The shelf that `blocks` and `groups` came from."""
        shelf, ids = cls(), blocks["shelf"]
        shelf._lengthen(max(LEAST, int(ids.max(initial=0)) + 1))
        shelf._groups = {(frozenset(scopes), Kind(kind)): n for n, (scopes, kind) in enumerate(groups, 1)}
        shelf._group[ids], shelf._origin[ids], shelf._text[ids] = blocks["group"], blocks["origin"], blocks["text"]
        shelf._change[ids], shelf._moment[ids] = blocks["change"], blocks["moment"]
        shelf._page[ids], shelf._happened[ids] = blocks["page"], blocks["happened"]
        shelf._count, shelf._texts = len(ids), Texts.of(blocks)
        return shelf


def digest(text: str) -> int:
    """A number of 64 bits that another text has by chance only."""
    return int.from_bytes(hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def page_of(entry: Entry) -> int:
    """A number below 0 that sections of one page have in common; anything else stands for itself."""
    case = entry.case
    top = case.problem.partition(" > ")[0]
    return -(digest(f"{case.container}\0{top}") >> 1) - 1 if case.kind is Kind.SECTION and top else entry.id


def origin(source: str) -> str:
    """What a source key and the keys derived from it (`case:...`, `...~2`) have in common."""
    return source.removeprefix("case:").partition("~")[0]
