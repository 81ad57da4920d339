"""Lets through of a model's words what the sources carry: clean sentences that stand in them, and code word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.dialogue import facts
from bot.dialogue.extract import HANGS
from bot.dialogue.support import Support
from bot.dialogue.units import Unit, units
from knowledge.tokens import tokens

T = TypeVar("T")
SPAN = re.compile(r"`[^`\n]{1,400}`")
FOREIGN = re.compile(r"!\[|\[files?:|\]\s{0,4}[(\[:]|<[@#!/?A-Za-z]|&[a-z#]\w{1,8};|(?<!\w)@[\w*]|```|~~~")
FENCED = re.compile(r"\A\s{0,8}(?:```|~~~)[^\n]{0,40}\n(.*?)\n?\s{0,8}(?:```|~~~)\s{0,8}\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Vetted:
    """What was let through: the text, how many sentences stand and were said, and which of the sources carry them (by place)."""

    text: str
    kept: int
    said: int
    rests_on: frozenset[int]


def sentences(text: str, sources: Sequence[str], support: Support) -> Vetted:
    """The sentences and bullets of `text` that are clean and that some source carries, in their order.

    A sentence that leans on one that was dropped goes with it.
    """
    kept, rests, lost = list[Unit](), set[int](), False
    found = units(text)
    for unit in found:
        carried = _carriers(unit, sources, support) if clean(unit.text) and unit.kind != "code" else ()
        leans = lost and HANGS.match(unit.text[:1].lower() + unit.text[1:]) is not None
        lost = not carried or leans
        if not lost:
            kept.append(unit)
            rests.update(carried)
    return Vetted(_joined(kept), len(kept), len(found), frozenset(rests))


def leans(text: str, on: Collection[T], before: Collection[T] | None) -> bool:
    """Whether a part begins by leaning (`It is ...`) on a part before it that was dropped or stood on other sources.

    `on` and `before` are what the two rest on: nothing for a dropped one, None where there is none before.
    """
    if before is None or HANGS.match(text[:1].lower() + text[1:]) is None:
        return False
    return not any(source in before for source in on)


def clean(sentence: str) -> bool:
    """Whether it holds neither links, mentions, images, HTML, half of a code span nor signs that cannot be seen; code spans apart.

    Nor what stands in a transcript in place of a file: its name is anybody's, and no sentence.
    """
    plain = unicodedata.normalize("NFKC", SPAN.sub(" code ", sentence))
    shown = all(sign.isprintable() or sign in "\n\t" for sign in sentence) and "`" not in plain
    return shown and not FOREIGN.search(plain) and not facts.LINK.search(plain)


def code(text: str, source: str) -> str | None:
    """The block or span of code of `source` that `text` repeats, as it stands there; None for half of one, or none.

    Code that the source warns of (`never run ...`) is none either.
    """
    fenced = FENCED.match(text)
    wanted = _flat(fenced[1] if fenced else text.strip().strip("`"))
    before = ""
    for unit in units(source):
        if unit.kind == "code":
            block = FENCED.match(unit.text)
            if block and wanted and _flat(block[1]) == wanted:
                return None if facts.read(before).denies or "```" in block[1] else block[1]
            continue
        before = unit.text
        for span in SPAN.findall(unit.text):
            if wanted and _flat(span.strip("`")) == wanted:
                return None if _warned(span, unit.text) else span.strip("`")
    return None


def _carriers(unit: Unit, sources: Sequence[str], support: Support) -> tuple[int, ...]:
    """Which of the sources carry a sentence; none where one of the others denies it."""
    if not support.carries(unit.text, sources):
        return ()
    places = range(len(sources))
    return tuple(place for place in places if len(sources) == 1 or support.carries(unit.text, (sources[place],)))


def _warned(span: str, text: str) -> bool:
    signed = facts.read(text).signed
    return any((word, 0) not in signed for word in tokens(span.strip("`")))


def _flat(code_: str) -> str:
    return "\n".join(" ".join(line.split()) for line in code_.strip().splitlines())


def _joined(kept: Sequence[Unit]) -> str:
    text = ""
    for before, unit in zip([None, *kept], kept, strict=False):
        if before is None:
            text = unit.text
        elif unit.kind == "bullet" or before.kind == "bullet":
            text += f"\n{unit.text}"
        else:
            text += ("" if before.text.endswith(("。", "！", "？")) else " ") + unit.text
    return text
