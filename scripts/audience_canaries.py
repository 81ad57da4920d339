"""Canaries for scripts/trial_audience.py: unique words planted in what was said somewhere, and the watch over where they come out."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field

from audience_town import Town

SYLLABLES = [c + v for c in "bdfgklmnprstv" for v in "aeiou"]
CANARY = re.compile(r"\bqz(?:[bdfgklmnprstv][aeiou]){5}\b")
WORKSPACE, EVERYONE, NOBODY = "workspace", "everyone", "nobody"
EXAMPLES = 5


def word(dice: random.Random, syllables: int = 3) -> str:
    """A made-up word."""
    return "".join(dice.choice(SYLLABLES) for _ in range(syllables))


@dataclass(frozen=True, slots=True)
class Planted:
    """Something that was said in a place, what it is called there, and the thread it stands in ("" for none)."""

    home: str
    about: str
    thread: str = ""

    def question(self, dice: random.Random) -> str:
        """A question that it would answer."""
        return dice.choice(ASKS).format(self.about)


ASKS = (
    "How do I fix it when the {} importer fails?",
    "Why does the {} importer fail, and what can I do about it?",
    "Does anybody know how to repair the {} importer?",
    "The {} importer stopped working since this morning. How do I get it back?",
)


@dataclass(slots=True)
class Watch:
    """Holds every text that came out against who may know of the canaries in it."""

    dice: random.Random
    homes: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    town: Town | None = None

    def canary(self, home: str) -> str:
        """A new canary that belongs to a place: a channel's id, WORKSPACE, EVERYONE."""
        while (made := f"qz{word(self.dice, 5)}") in self.homes:
            continue
        self.homes[made] = home
        return made

    def saw(self, where: str, text: str, readers: frozenset[str]) -> None:
        """A text came out where `readers` can read it."""
        kind = where.split(" ", 1)[0]
        self.counts[f"texts_{kind}"] += 1
        for canary in set(CANARY.findall(text.lower())):
            home = self.homes.get(canary)
            if home is None:
                continue
            if self._may(home, readers):
                self.counts["rightly_found"] += 1
                self.counts[f"found_{kind}"] += 1
                self.counts["found_elsewhere"] += home not in where
            else:
                self.counts["canaries_out"] += 1
                self.counts[f"out_{kind}"] += 1
                if len(self.examples) < EXAMPLES:
                    begin = max(0, text.lower().index(canary) - 80)
                    self.examples.append(f"{canary} of {home} came out: {where}: {text[begin : begin + 160]!r}")

    def _may(self, home: str, readers: frozenset[str]) -> bool:
        assert self.town is not None
        if home == EVERYONE:
            return True
        if home == WORKSPACE:
            return readers <= self.town.full
        return home in self.town.places and readers <= self.town.readers(home)

    def files(self, where: str, text: str) -> None:
        """A text that has no readers of its own, such as a log: no canary may stand in it."""
        self.counts["texts_files"] += 1
        for canary in set(CANARY.findall(text.lower())) & self.homes.keys():
            self.counts["canaries_out"] += 1
            self.counts["out_files"] += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(f"{canary} of {self.homes[canary]} stands in {where}")
