"""Thread and hits in, a cited suggestion out: quoted passages, or None when the evidence does not carry an answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.config import Rules
from bot.dialogue import extract
from bot.dialogue.wording import percent, say
from bot.models import Score, Suggestion, Thread
from knowledge.models import Hit, Kind

NEAREST = 3  # titles shown when nothing answers
RESOLVED_SIGN = "✓"  # in a precedent's `cause`: a sign without letters, which no keyword search finds
SYMPTOM_LOSS, REMEDY_GAIN = 0.85, 1.05  # how much a section's heading sways the choice between near-equal hits
DISTINCT = 0.4  # the share of its telling words that a second answer may have in common with the first


def draft(thread: Thread, score: Score, hits: Sequence[Hit], rules: Rules, now: float) -> Suggestion | None:
    """The best hit's answer, trimmed, with a second one where it adds something; None below `rules.evidence`."""
    question = score.query or thread.root.text
    carrying = [hit for hit in hits if hit.helpful >= rules.evidence and not _of_this(thread, hit)]
    ranked = sorted(carrying, key=_preference, reverse=True)
    for place, hit in enumerate(ranked):
        text = quoted(hit, question, rules)
        if not text:
            continue
        second = _second(hit, text, ranked[place + 1 :], question, rules)
        if second is None:
            return Suggestion(text, (hit,), hit.helpful)
        return Suggestion(f"{text}\n\n{second[1]}", (hit, second[0]), hit.helpful)
    return None


def looked_at(thread: Thread, score: Score, hits: Sequence[Hit], rules: Rules, now: float) -> Suggestion:
    """For whoever addressed Vigil: what was looked at, as citations, and why that is not enough."""
    nearest = tuple(_distinct([hit for hit in hits if not _of_this(thread, hit)]))[:NEAREST]
    question = extract.clip(score.query or thread.root.text, 120)
    if not nearest:
        return Suggestion(say(rules.language, "nothing_found", question=question), (), 0.0, enough=False)
    best = max(hit.helpful for hit in nearest)
    text = say(rules.language, "not_enough", best=percent(best), needed=percent(rules.evidence), question=question)
    return Suggestion(text, nearest, best, enough=False)


def quoted(hit: Hit, question: str, rules: Rules, limit: int = extract.LONG) -> str:
    """The part of the hit that answers; a precedent says that it is only a similar earlier thread."""
    case = hit.entry.case
    if case.kind is not Kind.PRECEDENT:
        return extract.answer(case.resolution, question, hit.passage, limit)
    key = "precedent_resolved" if resolved(hit) else "precedent_unresolved"
    lead = say(rules.language, key)
    said = extract.answer(case.resolution, question, hit.passage, limit - len(lead) - 1)
    return f"{lead}\n{said}" if said else ""


def resolved(hit: Hit) -> bool:
    """Whether a hit's thread is known to have ended well; true of everything that was approved or written down."""
    case = hit.entry.case
    return case.kind is not Kind.PRECEDENT or case.cause == RESOLVED_SIGN


def _second(first: Hit, text: str, others: Sequence[Hit], question: str, rules: Rules) -> tuple[Hit, str] | None:
    """Another source's answer, when both are short and it says something of use that the first does not."""
    said, asked = extract.words(text), extract.words(question)
    for hit in others:
        if _document(hit) == _document(first):
            continue
        more = quoted(hit, question, rules, extract.LONG - len(text) - 2)
        fresh = extract.words(more)
        if more and (asked & fresh) - said and len(fresh & said) <= DISTINCT * len(fresh):
            return hit, more
    return None


def _preference(hit: Hit) -> float:
    case = hit.entry.case
    heading = f"{case.title} {case.problem.splitlines()[-1] if case.problem else ''}"
    if case.kind is not Kind.SECTION:
        return hit.helpful * (REMEDY_GAIN if resolved(hit) else 1.0)
    if extract.REMEDY.search(heading):
        return hit.helpful * REMEDY_GAIN
    return hit.helpful * (SYMPTOM_LOSS if extract.SYMPTOM.search(heading.rsplit(">", 1)[-1]) else 1.0)


def _document(hit: Hit) -> str:
    return hit.entry.case.source.partition("#")[0]


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """Hits with titles of their own, in order."""
    return list({(hit.entry.case.title, hit.entry.case.url): hit for hit in reversed(hits)}.values())[::-1]


def _of_this(thread: Thread, hit: Hit) -> bool:
    return hit.entry.case.source in (f"thread:{thread.id}", f"precedent:{thread.id}")
