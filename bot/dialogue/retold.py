"""Keeps of sentences that a model wrote about turns those that a turn they name carries, and code only as it stands there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.dialogue import vetting
from bot.dialogue.facts import CODE
from bot.dialogue.support import Support
from bot.events import Turn

SENTENCE, BLOCK = 500, 4000  # characters of a sentence's prose and of its code
MOST = 12  # sentences of one kind, and labels of one sentence, that are looked at
START = re.compile(r"^(?:[-*•+#>]+|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence in Markdown, perhaps with a block of code after it, and the labels of the turns that say it."""

    text: str
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that stands, and the turns that carry it; `block` is the code it ends with, "" for none."""

    prose: str
    block: str
    turns: tuple[Turn, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(filter(None, (self.prose, f"```\n{self.block}\n```" if self.block else "")))


def kept(lines: Sequence[Line], turns: Mapping[str, Turn], links: Collection[str], support: Support) -> list[Kept]:
    """The sentences that may be shown and that turns they name (`turns` by label) carry, each once, in order.

    Addresses must be among `links`. A turn that is named and does not carry its sentence is left out.
    """
    found: dict[str, Kept] = {}
    for line in lines[:MOST]:
        read = _read(line.text)
        if read is None or not vetting.clean(_without(links, read.prose)):
            continue
        carrying = tuple(turn for turn in named(line, turns) if _carries(turn, read, support))
        if carrying:
            found.setdefault(read.text, Kept(read.prose, read.block, carrying))
    return list(found.values())


def named(line: Line, turns: Mapping[str, Turn]) -> list[Turn]:
    """The turns that a line names and that there are."""
    labels = dict.fromkeys(label.strip(" []") for label in line.turns[:MOST])
    return [turns[label] for label in labels if label in turns]


def tidy(text: str) -> str:
    """Prose on one line, without a bullet or heading of its own."""
    return START.sub("", " ".join(text.split()))


def _without(links: Collection[str], prose: str) -> str:
    for link in links:
        prose = re.sub(rf"{re.escape(link)}(?=[\s.,;:!?)'\"]|$)", "", prose)
    return prose


def _read(text: str) -> Kept | None:
    """A line taken apart into prose and the one block that may follow it; None for what is neither, or too long."""
    prose, fence, rest = text.strip().partition("```")
    body = rest.partition("\n")[2].removesuffix("```").strip("\n")
    if fence and (not rest.endswith("```") or "```" in body or not body.strip() or len(body) > BLOCK):
        return None
    said = tidy(prose)
    return Kept(said, body) if len(said) <= SENTENCE and (said or body) else None


def _carries(turn: Turn, said: Kept, support: Support) -> bool:
    """Whether the turn says the prose, and holds the block as a whole."""
    if said.block and said.block not in {(block or span).strip("\n") for block, span in CODE.findall(turn.text)}:
        return False
    return not said.prose or support.carries(said.prose, (turn.text,))
