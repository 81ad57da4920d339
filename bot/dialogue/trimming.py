"""Cuts from turns what says nothing of the matter (greetings, thanks, quotations, bare questions back), code untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.dialogue import extract, signals
from bot.dialogue.evidence import ATTACHED, QUOTED
from bot.events import Turn
from knowledge.models import Said

LONGEST = 4000  # characters kept of a problem or an answer
READ = 3 * LONGEST  # characters of one turn that are looked at
FENCED = re.compile(r"(```.*?(?:```|\Z))", re.DOTALL)
SEAM = re.compile(
    r"(\n\s{0,400}|(?<=[.!?])\s+(?=[\"'(\[`*@]{0,2}[A-Z0-9\u4e00-\u9fff`])|(?<=[。！？；])(?![”’」』）])|(?<=[。！？；][”’」』）]))"
)
REPLIED = re.compile(
    r"(?m)^\S{1,40} \[\w{3,12}\]\([^)\s]{0,500}\):[ \t]*\n+(?:[ \t]*(?:>|&gt;).*(?:\n|\Z))+"
)  # to whom it answers
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
BLANK = re.compile(r"\n[ \t]*\n")
SMALL = re.compile(
    r"(?:hi|hello|hey|dear|thanks?|thank you|thx|cheers|welcome|sorry|ok|okay|yes|yeah|yep|no|nope|sure|right|great|good|cool|nice"
    r"|awesome|perfect|ah|oh|hm+|haha|lol|wow|interesting|indeed|exactly|cc|please|any|help|ideas?|clue|suggestions?|pointers?"
    r"|hints?|thoughts?|appreciated|advance|kind|regards|best|much|very|so|all|everyone|everybody|folks|there|team|again|a|lot|for|in"
    r"|the|your|you|quick|reply|response|answer|would|be|is|are|know|does|anyone|hope|this|that|helps?|let|me|if|it|works?|of|course"
    r"|makes|sense|got|see|i|will|try|my|bad|morning|afternoon|evening|day|weekend|have|and|to|guys|problem|no|worries|np|did|just)"
)
HAIL = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))\b[\w ,@*.-]{0,30}[!,.]?\s*", re.IGNORECASE
)
AFFIRMS = re.compile(r"\s*(?:yes|yep|yeah|no|nope|exactly|right|correct)\b|(?:是的|对|不是)", re.IGNORECASE)
NUMBER = re.compile(r"\d")
WORDS = re.compile(r"[^\W\d_]+(?:'\w+)?")
EMOJI = re.compile(r":[a-z0-9_+-]{1,40}:|@\*\*[^*\n]{1,80}\*\*|<@[^>\n]{1,80}>|@[\w.-]{2,60}")
ADVISES = re.compile(
    r"\b(?:could|can|did|have|would) you (?:\w+ ){0,2}(?:tr(?:y|ied)|check|run|use|set|look|restart|updat|add|remov|make sure)"
    r"|\b(?:what (?:if|happens if|about)|how about|why not|maybe)\b",
    re.IGNORECASE,
)


def trimmed(turns: Sequence[Turn], between: str, answers: bool) -> tuple[str, tuple[Said, ...]]:
    """What the turns say of the matter, word for word and at most LONGEST characters, and where each sentence came from.

    With `answers` bare questions back and promises go too. Where nothing would be left of all turns, they stay whole.
    """
    text, said = "", list[Said]()
    for turn in turns:
        own, parts = _left(turn, answers)
        if own and len(text) + len(own) <= LONGEST:
            text = f"{text}{between}{own}" if text else own
            said += [Said(turn.id, part) for part in parts]
    if text:
        return text, tuple(said)
    whole = between.join(turn.text.strip() for turn in turns)[:LONGEST]
    return _closed(whole), tuple(Said(turn.id, turn.text.strip()) for turn in turns)


@lru_cache(maxsize=2048)
def own_words(text: str) -> str:
    """What a text says itself: without what it quotes or attaches; fenced code stays as it is."""
    parts = FENCED.split(REPLIED.sub("", text[:READ]))
    parts[::2] = [ATTACHED.sub("", QUOTED.sub("", part)) for part in parts[::2]]
    return "".join(parts).strip()


def spoken(turn: Turn) -> str:
    """The turn's own words."""
    return own_words(turn.text)


def _left(turn: Turn, answers: bool) -> tuple[str, list[str]]:
    text, parts = "", list[str]()
    for piece, seam in _pieces(ATTACHED.sub("", REPLIED.sub("", turn.text[:READ])).strip()):
        if not piece.startswith("```") and _idle(piece, answers):
            text = f"{text.rstrip()}{seam}" if "\n" in seam and text else text
            continue
        if len(text) + len(piece) > LONGEST:
            piece, seam = _closed(piece[: LONGEST - len(text)].rstrip()), ""
        text += piece + seam
        parts += [piece] if piece else []
        if not seam and len(text) >= LONGEST:
            break
    return text.strip(), parts


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Sentences, lines and whole code blocks in order, each with the white space after it."""
    for number, part in enumerate(FENCED.split(text)):
        if number % 2:
            yield _closed(part), "\n"
            continue
        cut = SEAM.split(part)
        for at in range(0, len(cut), 2):
            seam = cut[at + 1] if at + 1 < len(cut) else ""
            if cut[at].strip():
                yield cut[at].strip(), _white(seam)


def _white(seam: str) -> str:
    return "\n\n" if BLANK.search(seam) else seam


def _idle(piece: str, answers: bool) -> bool:
    """Whether a sentence is mere courtesy, or (of an answer) only asks back or promises."""
    said = EMOJI.sub(" ", piece)
    signs = signals.read(said)
    if signs.code:
        return False
    if answers and AFFIRMS.match(said):
        return False
    small = all(SMALL.fullmatch(word) for word in WORDS.findall(said.lower())) and not NUMBER.search(said)
    if small or HAIL.fullmatch(said):
        return True
    if signs.thanks and signs.weight < 6 and not signs.self_solved and not extract.INSTRUCTS.search(said):
        return True
    if not answers:
        return False
    asks_back = said.rstrip(" \"')").endswith(("?", "？")) and not ADVISES.search(said)
    return asks_back or (signs.promises and signs.weight < 6 and not extract.INSTRUCTS.search(said))


def _closed(text: str) -> str:
    return f"{text}\n```" if text.count("```") % 2 else text
