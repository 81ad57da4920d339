"""Carries a helper's change of words over to the answer it came from, and shows two answers' difference; pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from bot.dialogue import extract, signals
from bot.dialogue.units import BULLET

SEAM = re.compile(r"\n+|(?<=[.!?])(?<!\d\.)\s+(?=[\"'(\[`*]{0,2}[A-Z0-9`])|(?<=[。！？])")
ALIKE = 0.5  # share of the shorter one's telling words that two sentences about one thing have in common
TELLING = 3  # telling words of a sentence that says something: greetings and good wishes have fewer
SHOWN = 1500  # characters of a difference on a card
WIDTH = 300  # of one line of it


def sentences(text: str) -> list[str]:
    """A text's lines, parted into sentences; none is empty."""
    return [part.strip() for part in SEAM.split(text) if part.strip()]


def carried(answer: str, before: str, after: str) -> str:
    """`answer` with what somebody changed from `before`, a quotation of it, to `after`.

    A changed sentence takes the place of the one it was in the answer, wherever that stands; what was added comes after
    its neighbour, or at the end. Where nothing of `before` stands in the answer, the answer is amended by the new words.
    """
    old, new = sentences(before), sentences(after)
    for tag, start, end, first, last in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        fresh = [said for said in new[first:last] if _says(said)]
        known = [said for said in old[start:end] if said in answer]
        if known:
            answer = _replaced(answer, known, fresh)
        elif start and old[start - 1] in answer and fresh:
            answer = answer.replace(old[start - 1], "\n".join([old[start - 1], *fresh]), 1)
        elif fresh:
            answer = amended(answer, "\n".join(fresh))
    return answer.strip()


def _replaced(answer: str, known: list[str], fresh: list[str]) -> str:
    answer = answer.replace(known[0], "\n".join(fresh), 1)
    for said in known[1:]:
        answer = answer.replace(said, "", 1)
    return re.sub(r"\n{3,}", "\n\n", answer)


def amended(answer: str, said: str) -> str:
    """`answer` with somebody's words in place of the sentence that is most like them, else after it."""
    words = extract.words(said)
    likeness = {old: _alike(words, extract.words(old)) for old in sentences(answer)}
    nearest = max(likeness, key=lambda old: likeness[old], default="")
    if nearest and likeness[nearest] >= ALIKE and "```" not in nearest:
        number = BULLET.match(nearest)
        fresh = f"{number.group()}{said.strip()}" if number and not BULLET.match(said) else said.strip()
        return answer.replace(nearest, fresh, 1).strip()
    return f"{answer.strip()}\n\n{said.strip()}"


def differs(answer: str, other: str) -> bool:
    """Whether the two say anything different: not only other spaces, signs or letters' cases."""
    return _flat(answer) != _flat(other)


def difference(old: str, new: str) -> str:
    """What goes (`-`) and what comes (`+`), a sentence a line, in a block of code, with the sentences around it."""
    before, after = sentences(old), sentences(new)
    lines: list[tuple[str, str]] = []
    for tag, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            kept = before[start:end]
            lines += [(" ", said) for said in (kept if len(kept) <= 2 else [kept[0], "…", kept[-1]])]
            continue
        lines += [("-", said) for said in before[start:end]] + [("+", said) for said in after[first:last]]
    shown, room = [], SHOWN
    for sign, said in lines:
        line = f"{sign} {extract.clip(said, WIDTH)}".replace("```", "'''")
        room -= len(line) + 1
        if room < 0:
            shown.append("…")
            break
        shown.append(line)
    return "\n".join(["```", *shown, "```"])


def _says(said: str) -> bool:
    """Whether a sentence says something of use, and is no greeting."""
    signs = signals.read(said)
    return signs.code or signs.weight >= TELLING or any(letter.isdigit() for letter in said)


def _alike(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / max(TELLING, min(len(ours), len(theirs)))


def _flat(text: str) -> str:
    return " ".join(re.findall(r"[\w./:=@+-]*\w", text.casefold()))
