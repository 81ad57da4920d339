"""Finds the question to search with: the telling sentences of the opening, and of what the turn adds to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.dialogue.cues import CJK, CODEY, LOG, NAME, READ, padded, plain
from bot.dialogue.phrases import CUES, phrase_cues
from knowledge.models import Audience, Query

LONGEST = 320  # characters of a query; more words blur what is asked
SENTENCES = 16  # sentences that are weighed: the first ones, and the last of a long message
OPENING = 150  # of them at most for the opening, beside a turn that says much itself
TITLE = 120  # characters of a first line that may be a title
NO_TITLE = (".", ",", ":", ";", "!", "`", "{", "。", "：", "，")  # how a line ends that is none
THIN = 4  # words of substance below which a turn needs its opening beside it
SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|evening|afternoon)|dear|greetings)\b(?: \w{1,20}){0,3}|你好|您好|大家好)\s?[,!.:，！。]\s*",
    re.IGNORECASE,
)
CLUTTER = re.compile(
    r"\[files?: [^\]\n]{1,200}\]|\[#\d{1,8}\]\([^)\s]{0,500}\)|(?m:^\S{1,40} \[said\]\([^)\s]{0,500}\):)"
)
MENTION = re.compile(rf"(?<!\S)(?:{NAME.pattern})")  # `package@2.1` names nobody
TITLED = re.compile(r"\[([^\[\]\n]{1,200})\]\(https?://[^)\s]{0,500}\)")
NAMED_ERROR = re.compile(r"\b\w{0,60}(?:Error|Exception|error|fatal|panic|failed|denied|refused)\b")
ASKING = ("asks how, why or where", "asks whether something can be", "tells of own trouble", "reports a failure",
          "says what is wanted", "asks for help", "says it does not work")  # fmt: skip
EMPTY = ("is a bare nudge", "thanks", "greets", "agrees or acknowledges", "says still", "speaks of I", "speaks to you",
         "adds on", "speaks of the other's or third things", "says it does not work", "asks the room", "has tried",
         "says it is solved", "advises", "laughs or jokes")  # fmt: skip
WORTH = frozenset(i for i, name in enumerate(CUES) if name in ASKING)
PLAIN = (
    "the a an in on of to for is are was be with at from does do did can could would please help after before not too"
)
FILLER = frozenset([word for cue in EMPTY for phrase in CUES[cue] for word in phrase.split()] + PLAIN.split())


@dataclass(frozen=True, slots=True)
class Asked:
    """What to search with: all that was said of the matter, the sentences of it that ask (one line), and its title."""

    text: str
    gist: str
    title: str = ""

    def query(
        self, readers: Audience, limit: int = 8, now: float = 0.0, exclude: frozenset[str] = frozenset()
    ) -> Query:
        """The search for it, on behalf of all `readers`; gist and title are its views."""
        views = dict.fromkeys(view for view in (self.gist, self.title) if view and view != self.text)
        return Query(self.text, readers, limit, now, exclude, views=tuple(views))


def asked(text: str, opening: str = "", follows: bool = False) -> Asked:
    """The whole text and its question; a turn that says little by itself is read together with its opening."""
    own = _said(text)
    if opening and opening != text and _substance(_telling(text[:READ])) < THIN:
        own = f"{_said(opening)}\n{own}".strip()
    gist = question(text, opening, follows)
    return Asked(own or gist, gist, _title(own))


def _said(text: str) -> str:
    """The text without people's names and what platforms put in place of files and quotations."""
    said = TITLED.sub(r"\1", CLUTTER.sub(" ", text[:READ]))
    return (MENTION.sub(" ", said) if "@" in said else said).strip()


def _title(text: str) -> str:
    """The first line where it stands as a title above the rest, else ""."""
    first, _, rest = text.partition("\n")
    first = first.strip()
    titled = (
        rest.strip() and 2 < len(first) <= TITLE and not first.endswith(NO_TITLE) and not GREETING.match(f"{first},")
    )
    return first if titled else ""


def question(text: str, opening: str = "", follows: bool = False) -> str:
    """One line of at most LONGEST characters; "" only when neither text has a word in it.

    The opening's words come first where the turn is thin, and where it `follows` the opening up: is the same person's
    word on the same matter.
    """
    own, error = _telling(text[:READ]), _error_line(text[:READ])
    thin = _substance(own) < THIN
    if opening and opening != text and (thin or follows):
        room = LONGEST - min(len(own), 80) - min(len(error), 120) - 2 if thin else OPENING
        before = _telling(opening[:READ], room)[:room]
        own = f"{before} {_telling(text[:READ], LONGEST - len(before) - 1)}".strip()
    if error and error not in own:
        own = f"{own[: LONGEST - len(error) - 1]} {error}".strip()
    return (own or " ".join(text[:READ].split()))[:LONGEST].strip()


def asks_in_words(text: str) -> bool:
    """Whether a turn of phrase in the text asks, says what is wanted or tells of trouble, question mark or not."""
    flat = padded(plain(text))
    return bool(WORTH & phrase_cues(flat, not flat.isascii()))


def _telling(text: str, longest: int = LONGEST) -> str:
    """The sentences that ask or tell of trouble, in their own order, without greetings, names, links and code blocks."""
    prose = plain(TITLED.sub(r"\1", CLUTTER.sub(" ", text)))
    prose = NAME.sub(" ", prose) if "@" in prose else prose
    parts = [" ".join(part.split())[:LONGEST] for part in SENTENCE.split(prose) if part.strip() and not LOG.match(part)]
    sentences = [GREETING.sub("", part) for part in (*parts[: SENTENCES - 2], *parts[SENTENCES - 2 :][-2:])]
    if sum(map(len, sentences)) + len(sentences) <= longest:
        return " ".join(sentences).strip()
    room, kept = longest, []
    for i in sorted(range(len(sentences)), key=lambda i: (-_worth(sentences[i], i), i)):
        if len(sentences[i]) <= room:
            kept.append(i)
            room -= len(sentences[i]) + 1
    return " ".join(sentences[i] for i in sorted(kept)).strip()


def _worth(sentence: str, place: int) -> float:
    flat = padded(sentence)
    asks = len(WORTH & phrase_cues(flat, not flat.isascii()))
    return asks + 1.5 * ("?" in flat) + (CODEY.search(sentence) is not None) + 1.2 * (place == 0)


def _error_line(text: str) -> str:
    """The line of a log or trace that names the error: the last that does, since traces end with their cause."""
    if not LOG.search(text):
        return ""
    named = [line.strip("` \t") for line in text.splitlines() if NAMED_ERROR.search(line)]
    lines = named or [line.strip("` \t") for line in text.splitlines() if LOG.match(line)]
    return " ".join(lines[-1].split())[:160] if lines else ""


def _substance(said: str) -> int:
    words = {word for word in padded(said).split() if word not in FILLER and len(word) > 1 and not CJK.search(word)}
    return len(words) + max(0, len(CJK.findall(said)) - 6) // 2
