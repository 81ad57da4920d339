"""Decides whether a found text may be quoted unasked: the turn is a need that texts can meet, and the text meets it."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.config import Rules
from bot.dialogue import extract, signals
from bot.dialogue.question import asks_in_words
from bot.events import Turn
from bot.models import Score, Thread
from knowledge.hanzi import spaced
from knowledge.models import Hit, Kind

RESOLVED_SIGN, CONTENT_SIGN, OPEN_SIGN = "✓", "≈", "…"
"""In a precedent's `cause`: resolved, the asker sounds content, nobody has helped yet; signs that no keyword search finds."""
TALKED = 0.65  # evidence asked at least of a resolved thread: nobody wrote it to be read again
WRITTEN = 0.6  # evidence asked at least of a page's section: long ones seem nearer to a question than they are
UNRESOLVED = 0.75  # evidence asked at least of a thread that is not known to be resolved: most of them hold guesses
TELLING = 3  # words of substance below which nothing can be looked up, unless one of them is a code or a name
ERROR_WORDS = 3  # an error message with fewer telling words says nothing about which error it is
SAME_ERROR = {Kind.PRECEDENT: 0.4, Kind.CASE: 0.25, Kind.SECTION: 0.2}  # share of those words that the source must hold
NEWS = 3  # telling words (or half of all it has) that a quotation must add to what the thread says already
SAYS, PLANS = 4, 12  # telling words of a reply that is worth quoting; of one that asks for something or promises it
RARE = 0.45  # rarity of a word that tells a subject: about one entry in twenty holds it

MESSAGE = re.compile(
    r"(?:\b[\w.$]{0,100}(?:Error|Exception|Failure)\b|\bERROR\b|\b(?:fatal|panic|error|exception): |\"message\")[^\n]{0,240}"
)
ATTACHED = re.compile(r"\[files?: [^\]\n]{1,200}\]")
POINTS = re.compile(
    r"\b(?:this|these|that|the|same|following|such an?) (?:following |same )?(?:error|message|exception|problem)s?\b",
    re.I,
)
QUOTED = re.compile(r"^\s{0,8}(?:>|&gt;).{0,500}$|^\S{1,40} \[said\]\([^)\s]{0,500}\):", re.MULTILINE)
SPAN = re.compile(r"```[^`\n]*\n(.*?)```|`([^`\n]{1,400})`", re.DOTALL)
NAME = re.compile(
    r"\b(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Za-z])[\w-]{3,60}\b|\b[a-z]+[A-Z]\w{2,60}\b|\b\w{2,40}[_.:]\w{2,40}\b|--\w{2,40}"
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
PLEASE = re.compile(
    r"\bplease (?:\w+ ){0,2}(?:share|send|paste|post|attach|provide|open|create|file|feel free)\b|\bgo ahead\b|\bfeel free\b"
    r"|\blet (?:us|me) know\b|请发|请提供|发一下|贴一下",
    re.IGNORECASE,
)
CAN_YOU = re.compile(r"\b(?:can|could|would|did|have) you\b", re.IGNORECASE)
OWN_TROUBLE = re.compile(
    r"\b(?:i|we)(?:'m| am|'re| are)? (?:still |also |just )?(?:get|getting|got|seeing|having|facing|hitting|stuck|can't|cannot)\b|\bgiv(?:es?|ing) (?:me |us )?(?:this |the |an )?(?:same )?error\b"
)
OFFERS = re.compile(
    r"\b(?:hope (?:this|that|it) helps|(?:works|worked|launch\w*|runs) for me|you (?:can|could|should|might) (?:set|try|use|run|add)\b"
    r"|i(?:'d| would) (?:suggest|recommend))",
    re.IGNORECASE,
)
WORKS_NOW = re.compile(
    r"\bwork-?around (?:was|is)\b|"
    r"\b(?:got|have|is|are|was)(?: \w+){0,3} up and running\b|\bno longer (?:fail\w*|happen\w*|occur\w*|crash\w*)"
    r"|\b(?:now|finally) (?:it )?(?:works|working|succeeds)\b",
    re.IGNORECASE,
)


def meets(thread: Thread, turn: Turn, question: str) -> bool:
    """Whether the turn is a need that a found text could meet: it says enough, and neither reports success nor advises.

    `question` is what the search was made with.
    """
    if turn.is_bot:  # an alert neither asks nor reports success
        return says_enough(question)
    signs = signals.of(turn)
    own = QUOTED.sub(" ", turn.text)
    if not signs.asks and not signs.rejects and (signs.confirms or WORKS_NOW.search(own)):
        return False
    if not signs.asks and not asks_in_words(own):
        return False
    if OFFERS.search(own) and not re.search(r"\b(?:how|what|why|where|which|anyone|any idea)\b", own, re.IGNORECASE):
        return False
    if turn.author != thread.root.author and CAN_YOU.search(own) and not signs.rejects:
        return False
    return says_enough(question) and not _only_shown(turn)


def _only_shown(turn: Turn) -> bool:
    """Whether the trouble stands in a picture alone, or in what was said before: `I still get this error [file]`."""
    if not POINTS.search(turn.text) or signals.of(turn).code:
        return False
    messages = " ".join(match.group() for match in MESSAGE.finditer(turn.text[: signals.READ]))
    if len(extract.words(messages)) >= ERROR_WORDS or NAME.search(ATTACHED.sub(" ", turn.text)):
        return False
    return ATTACHED.search(turn.text) is not None or len(extract.words(turn.text)) < 2 * TELLING


def says_enough(question: str) -> bool:
    """Whether there is something to look up: a code or name, or a few words of substance."""
    said = spaced(ATTACHED.sub(" ", question))
    return NAME.search(said) is not None or len(extract.words(said)) >= TELLING


def strong(hit: Hit, rules: Rules) -> bool:
    """Whether the hit is sure enough for its kind."""
    least = {Kind.SECTION: WRITTEN, Kind.PRECEDENT: TALKED if resolved(hit) else UNRESOLVED}.get(
        hit.entry.case.kind, 0.0
    )
    return hit.helpful >= max(rules.evidence, least)


def resolved(hit: Hit) -> bool:
    """Whether a hit's thread ended well, as far as can be told; true of everything that was approved or written down."""
    case = hit.entry.case
    return case.kind is not Kind.PRECEDENT or case.cause in (RESOLVED_SIGN, CONTENT_SIGN)


def useful(hit: Hit, said: str) -> bool:
    """Whether a quotation says what to do, why, or where to read; talk that was only near the subject does none of it."""
    if hit.entry.case.kind is not Kind.PRECEDENT:
        return True
    acts = extract.INSTRUCTS.search(said) or SPAN.search(said) or signals.URL.search(said)
    return bool(acts or signals.CAUSE.search(said.lower()))


def on_subject(thread: Thread, score: Score, hit: Hit) -> bool:
    """Whether the hit shares what is telling: the error's words where one is named, else some rare word."""
    if hit.shared and max(rarity for _, rarity in hit.shared) < RARE:
        return False
    asked = _error_words(thread, score)
    if len(asked) < ERROR_WORDS:
        return True
    held = extract.words(hit.entry.case.text())
    return len(asked & held) >= SAME_ERROR[hit.entry.case.kind] * len(asked)


def _error_words(thread: Thread, score: Score) -> frozenset[str]:
    """The telling words of the error messages in the scored turn, else in the thread's opening."""
    turn = next((turn for turn in thread.turns if turn.id == score.turn_id), thread.last)
    for text in (turn.text, thread.root.text):
        found = [match.group() for match in MESSAGE.finditer(spaced(QUOTED.sub(" ", text[: signals.READ])))][:3]
        if found and len(words := extract.words(" ".join(found))) >= ERROR_WORDS:
            return words
    return frozenset()


def brings_news(thread: Thread, said: str, url: str = "") -> bool:
    """Whether a quotation says what the thread's people have not said, run or linked themselves."""
    talk = "\n".join(turn.text for turn in thread.human_turns())
    if url.startswith("http") and "#" in url and url in talk:
        return False
    flat = " ".join(talk.split())
    spans = [" ".join((block or span).split()) for block, span in SPAN.findall(said)]
    if any(span not in flat for span in spans):
        return True
    telling = extract.words(said)
    return not any(" " in span for span in spans) and len(telling - extract.words(talk)) >= min(NEWS, len(telling) / 2)


def tells(turn: Turn) -> bool:
    """Whether a reply may help the next asker too: it is more than questions back, plans, quotations and files."""
    return _tells(turn.text)


@lru_cache(maxsize=2048)
def _tells(text: str) -> bool:
    signs = signals.read(text)
    if not signs.substantive or signs.rejects or OWN_TROUBLE.search(signs.prose):
        return False
    if "```" in signs.head:
        return True
    parts = SENTENCE.split(ATTACHED.sub(" ", QUOTED.sub(" ", text[: signals.READ])))
    said = " ".join(part for part in parts if not part.rstrip().endswith(("?", "？")))
    if len(extract.words(signals.URL.sub(" ", said))) < 2:
        return False
    weight = signals.read(said).weight
    if PLEASE.search(said) or signs.promises or signs.will_try:
        return weight >= PLANS
    return signals.read(said).code or weight >= SAYS
