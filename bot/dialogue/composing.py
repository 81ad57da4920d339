"""Has a model compose the answer from what was found, and keeps of it what its sources carry; else what is quoted stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.config import Rules
from bot.dialogue import extract, precedents, suggest, transcribing, vetting
from bot.dialogue.support import Support
from bot.dialogue.units import flat
from bot.dialogue.wording import say
from bot.llm.base import Ask, Call, Data, Speechless, Task, Voice
from bot.llm.prompts import prompt
from bot.models import Score, Suggestion, Thread
from knowledge.models import Hit, Kind
from knowledge.paragraphs import paragraphs
from knowledge.tokens import STOP

CITABLE = 4  # hits that the model is given
READ = 4000  # characters of a hit
ESSENCE = 0.5  # of what the model said must stand, or it was not an answer from these sources
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
SCRIPTS = (("Japanese", re.compile(r"[\u3040-\u30ff]")), ("Korean", re.compile(r"[\uac00-\ud7af]")), ("Chinese", HAN))
NAMES = {"en": "English", "zh": "Chinese", "ja": "Japanese", "ko": "Korean"}
ENGLISH = 0.2  # share of small English words that makes a text English


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph, list or block of code of an answer, and the hits (h1, h2 ...) that carry all of it."""

    text: str
    hits: tuple[str, ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """What the model answers: the parts in order; or, where the hits are not `enough`, what is `missing`."""

    parts: tuple[Part, ...]
    enough: bool
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it: the suggestion in the model's words, or None and why not (a key of the wording), and the call."""

    suggestion: Suggestion | None
    why_not: str = ""
    failure: str = ""
    call: Call | None = None


def compose(
    thread: Thread, score: Score, quoted: Suggestion, hits: Sequence[Hit], rules: Rules, voice: Voice, support: Support
) -> Written | None:
    """The answer `quoted` from the `hits`, in the model's words; None where nothing approved carries one: nothing is asked.

    An earlier thread is never retold: what points to one stays, behind the answer.
    """
    citable = _citable(thread, score, quoted, hits, rules)
    if not citable:
        return None
    try:
        reply = voice.ask(_ask(thread, score, citable, rules))
    except Speechless as silent:
        return Written(None, "voice_speechless", silent.why, silent.call)
    said = reply.value
    if said is None or not said.enough:
        return Written(None, "voice_not_enough" if said else "voice_speechless", "" if said else "garbled", reply.call)
    text, cited = _vetted(said, citable, support)
    if not text:
        return Written(None, "voice_unsupported", call=reply.call)
    return Written(_suggestion(text, cited, quoted, rules), call=reply.call)


def language(question: str, hits: Sequence[Hit], rules: Rules) -> str:
    """In what language to answer: the question's; where no hit is written like it, theirs, or nothing could be checked."""
    asked = _language(question) or NAMES.get(rules.language[:2].lower(), "English")
    wide = asked in dict(SCRIPTS)
    alike = any(bool(HAN.search(_text(hit))) == wide for hit in hits) or asked in ("Japanese", "Korean")
    return asked if alike else "the language of the hits"


def _language(text: str) -> str:
    """A language's name in English, "" when it is not told by its letters or small words."""
    for name, letters in SCRIPTS:
        if len(letters.findall(text)) >= 2:
            return name
    words = re.findall(r"[a-z']+", text.lower())
    return "English" if words and sum(word in STOP for word in words) >= ENGLISH * len(words) else ""


def _citable(thread: Thread, score: Score, quoted: Suggestion, hits: Sequence[Hit], rules: Rules) -> list[Hit]:
    """What may be retold, what is quoted first: documents and approved cases that are evidence enough."""
    carrying = {hit.entry.id: hit for hit in (*quoted.citations, *suggest.carrying(thread, score, hits, rules))}
    return [hit for hit in carrying.values() if hit.entry.case.kind is not Kind.PRECEDENT][:CITABLE]


def _ask(thread: Thread, score: Score, hits: Sequence[Hit], rules: Rules) -> Ask[Composed]:
    question = score.query or thread.root.text
    sources = [Data(f"h{number}", _text(hit)) for number, hit in enumerate(hits, 1)]
    data = (
        Data("language", language(question, hits, rules)),
        Data("thread", transcribing.of(thread)),
        Data("question", question),
        *sources,
    )
    return Ask(Task.COMPOSE, prompt(Task.COMPOSE), data, Composed, thread.channel_id)


def _text(hit: Hit) -> str:
    """A hit as the model reads it and as its words are checked: the headings or the problem on one line, then the answer."""
    case = hit.entry.case
    head = " > ".join(dict.fromkeys(filter(None, (case.title, flat(case.problem)))))
    return f"# {head}\n\n{_excerpt(case.resolution, hit.passage)}"


def _excerpt(text: str, passage: str) -> str:
    """The paragraphs around the passage, of a text that is too long to be read whole."""
    if len(text) <= READ:
        return text
    parts = paragraphs(text)
    start = next((i for i, part in enumerate(parts) if part.strip() and part.strip() in passage), 0)
    end, room = start, READ
    while end < len(parts) and (end == start or len(parts[end]) < room):
        room -= len(parts[end]) + 2
        end += 1
    return "\n\n".join(parts[start:end])


def _vetted(said: Composed, hits: Sequence[Hit], support: Support) -> tuple[str, list[Hit]]:
    """The parts that their own hits carry, as Markdown no longer than a quotation, and the hits that carry them, in order."""
    known = {f"h{place + 1}": place for place in range(len(hits))}
    blocks, rests, kept, total, prose, room = list[str](), set[int](), 0, 0, 0, extract.LONG
    before: set[int] | None = None
    for part in said.parts:
        places = [known[name] for name in part.hits if name in known]
        found = _part(part, [_text(hits[place]) for place in places], support)
        if len(found.text) + 2 > room:
            break
        total += found.said
        on = {places[at] for at in found.rests_on}
        if not found.kept or vetting.leans(part.text, on, before):
            before = set()
            continue
        before, room = on, room - len(found.text) - 2
        blocks.append(found.text)
        rests |= on
        kept, prose = kept + found.kept, prose + (not part.code)
    if not prose or kept < ESSENCE * total:
        return "", []
    return "\n\n".join(blocks), [hits[place] for place in sorted(rests)]


def _part(part: Part, sources: Sequence[str], support: Support) -> vetting.Vetted:
    if not part.code:
        return vetting.sentences(part.text, sources, support)
    for place, source in enumerate(sources):
        if (found := vetting.code(part.text, source)) is not None:
            return vetting.Vetted(f"```\n{found}\n```", 1, 1, frozenset({place}))
    return vetting.Vetted("", 0, 1, frozenset())


def _suggestion(text: str, cited: Sequence[Hit], quoted: Suggestion, rules: Rules) -> Suggestion:
    pointed = [hit for hit in quoted.citations if hit.entry.case.kind is Kind.PRECEDENT]
    pointers = [say(rules.language, f"precedent_{precedents.standing(hit)}") for hit in pointed]
    return replace(
        quoted,
        text="\n\n".join([text, *pointers]),
        citations=(*cited, *pointed),
        confidence=min(quoted.confidence, max(hit.helpful for hit in cited)),
    )
