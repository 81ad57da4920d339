"""What a message's own words give away: cues found by plain search in its first few thousand characters."""

from __future__ import annotations

import math
import re

from bot.dialogue import unmarked
from bot.dialogue.phrases import CUES, phrase_cues
from knowledge.hanzi import plain as simplified
from knowledge.hanzi import spaced

READ = 4000  # characters of a message that are looked at; what a long paste holds further down changes nothing
HEAD, TAIL = 900, 300  # of the prose, after code and logs are cut out: people ask at the beginning or at the end

FENCE = re.compile(r"```.*?(?:```|\Z)|\[<-CODE->\]", re.DOTALL)
INLINE = re.compile(r"`[^`\n]{1,200}`")
LINK = re.compile(r"<?https?://[^\s>|]{1,500}>?|\[<-LINK->\]")
QUOTE = re.compile(r"^\s{0,8}(?:>|&gt;).{0,500}$", re.MULTILINE)
LOG = re.compile(
    r"^\s{0,12}(?:at [\w.$]{3,}|File \"|Traceback|Caused by|E: |W: |error\[|error:|fatal:|panic:|npm ERR|\[?\d{4}-\d\d-\d\d[T ]\d\d:|"
    r"\d\d:\d\d:\d\d[.,]\d|\w{0,40}(?:Error|Exception)\b)",
    re.MULTILINE,
)
VERSION = re.compile(r"\bv?\d{1,4}\.\d{1,4}(?:\.\d{1,6})?\b")
COMMAND = re.compile(r"(?:^|\s)(?:\$ |# |sudo |--[a-z][\w-]{1,30}|/(?:etc|usr|var|home|opt|dev|tmp)/)")
CODEY = re.compile(
    r"\b[A-Z][A-Z0-9]{1,20}[_-][A-Z0-9_-]{1,40}\b|\b0x[0-9a-fA-F]{2,16}\b|\bHTTP [45]\d\d\b|\b[45]\d\d\b"
)
EMOJI = re.compile(r":[a-z0-9_+-]{1,40}:|[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]|[:;]-?[)(DPp/|]|\b[xX]D\b")
HAN = "\u3400-\u9fff"
NAME = re.compile(
    rf"<@([^<>|\s]{{1,80}})[^<>]{{0,80}}>|@\*\*([^*\n]{{1,80}})\*\*|@([{HAN}]{{2,4}}(?![\w])|[{HAN}]{{2,3}}|(?:(?![{HAN}])[\w.-]){{2,80}})"
)
LEAD = re.compile(r"\s{0,8}([\w\[\]\\`^{}|.-]{2,40})\s?[:,]\s")
WORDS = re.compile(r"[^\w?!+\u4e00-\u9fff]+|_+")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
BROADCAST = ("<!channel", "<!here", "<!everyone", "@channel", "@here", "@everyone", "@**all**", "@all", "@所有人")

NAMES = (
    "has a question mark", "ends with a question", "several sentences", "code or log block", "inline code",
    "error trace or log line", "names a version", "names a command or path", "error code or constant", "has a link",
    "only a link", "quotes somebody", "smiley or emoji", "nothing but an emoji or a sign", "very short", "length",
    "addresses everybody", "exclamation", "has a file", "how many words", "how long, code and all", "how many questions",
    *CUES,
)  # fmt: skip
INDEX = {name: i for i, name in enumerate(NAMES)}


def plain(text: str) -> str:
    """The prose of a message: code blocks, links and quoted lines cut out, the middle of a long one left out."""
    prose = text[:READ]
    if "```" in prose or "[<" in prose:
        prose = FENCE.sub(" ", prose)
    if "http" in prose or "[<" in prose:
        prose = LINK.sub(" ", prose)
    if ">" in prose or "&gt;" in prose:
        prose = QUOTE.sub(" ", prose)
    return prose if len(prose) <= HEAD + TAIL else f"{prose[:HEAD]}\n{prose[-TAIL:]}"


def padded(prose: str) -> str:
    """Lower-case words parted and framed by single blanks, apostrophes dropped, so that ` phrase ` finds whole words.

    Chinese comes in simplified characters, and what asks without a question mark gets one.
    """
    if CJK.search(prose):
        return _marked(_blanks(simplified(prose)))
    return _blanks(prose)


def _marked(flat: str) -> str:
    runs = flat.split()
    asks = [
        CJK.search(run) and unmarked.asks(run) and after != "?"
        for run, after in zip(runs, [*runs[1:], ""], strict=True)
    ]
    return f" {' '.join(f'{run} ?' if question else run for run, question in zip(runs, asks, strict=True))} "


def _blanks(prose: str) -> str:
    lowered = prose.lower().replace("'", "").replace("’", "").replace("？", " ? ").replace("?", " ? ")
    return f" {WORDS.sub(' ', lowered).strip()} "


def names_in(text: str) -> tuple[str, ...]:
    """People a message names in its own text (`@x`, `<@x>`, or `x:` at its start), in lower case."""
    named = [next(group for group in found.groups() if group) for found in NAME.finditer(text[:READ])]
    lead = LEAD.match(text)
    return tuple(name.lower().rstrip(".:,") for name in ([lead.group(1)] if lead else []) + named)


def cues(text: str, files: bool = False) -> tuple[float, ...]:
    """One number (mostly 0 or 1) for each of NAMES; bounded work on any text, and never an error."""
    text = spaced(text[:READ])
    prose = plain(text)
    flat = padded(prose)
    words = [word for word in flat.split() if word not in "?!+"]
    return (*_shape(text, prose, flat, words, files), *_phrases(flat))


def _shape(text: str, prose: str, flat: str, words: list[str], files: bool) -> tuple[float, ...]:
    link = bool(LINK.search(text))
    signs = len(CJK.findall(prose))  # each says about half a word, or three letters
    size = len(words) + signs / 2
    tail = prose.rstrip(" \t\r\n\"')。.:;-D")
    return tuple(
        float(value)
        for value in (
            "?" in flat,
            tail.endswith(("?", "？")) or (signs > 0 and flat.endswith(" ? ")),
            sum(prose.count(mark) for mark in (". ", ".\n", "? ", "! ", "\n", "。")) > 2,
            "```" in text or "[<-CODE->]" in text,
            INLINE.search(text) is not None,
            LOG.search(text) is not None,
            VERSION.search(prose) is not None,
            COMMAND.search(text) is not None,
            CODEY.search(text) is not None,
            link,
            link and len(words) <= 3,
            QUOTE.search(text) is not None or " said " in flat[:60],
            EMOJI.search(text) is not None,
            size == 0,
            0 < size <= 3,
            min(1.0, size / 60),
            any(word in text for word in BROADCAST),
            "!" in prose,
            files or "[file" in text,
            math.log1p(size) / 6,
            math.log1p(len(text) + 2 * signs) / 8,
            min(3, flat.count("?")) / 3,
        )
    )


def _phrases(flat: str) -> list[float]:
    found = [0.0] * len(CUES)
    for i in phrase_cues(flat, not flat.isascii()):
        found[i] = 1.0
    return found
