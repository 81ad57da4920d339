"""Thread and hits in, a cited suggestion out: quoted passages, or None when the evidence does not carry an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.config import Rules
from bot.dialogue import evidence, extract, precedents
from bot.dialogue.evidence import RESOLVED_SIGN, resolved
from bot.dialogue.wording import percent, say
from bot.models import Score, Suggestion, Thread
from knowledge.models import Hit, Kind

__all__ = ["RESOLVED_SIGN", "Draft", "carrying", "draft", "looked_at", "quoted", "resolved"]

Draft = Callable[[Thread, Score, Sequence[Hit], Rules, float], Suggestion | None]
"""Thread, score, hits, rules and the time in, a cited suggestion out; may take its time, only its own thread waits."""

NEAREST = 3  # titles shown when nothing answers
SYMPTOM_LOSS, REMEDY_GAIN = 0.85, 1.05  # how much a section's heading sways the choice between near-equal hits
DISTINCT = 0.4  # the share of its telling words that a second answer may have in common with the first


def draft(thread: Thread, score: Score, hits: Sequence[Hit], rules: Rules, now: float) -> Suggestion | None:
    """The best hit's answer, trimmed, with a second one where it adds something; None when no hit is evidence enough."""
    question = score.query or thread.root.text
    ranked = carrying(thread, score, hits, rules)
    if not ranked or not (score.addressed or _needed(thread, score, question)):
        return None
    for place, hit in enumerate(ranked):
        text = quoted(hit, question, rules)
        if not text or not (score.addressed or _worth_saying(thread, hit, text)):
            continue
        second = _second(hit, text, ranked[place + 1 :], question, rules)
        if second is None:
            return Suggestion(_told(hit, text), (hit,), hit.helpful)
        return Suggestion(f"{_told(hit, text)}\n\n{_told(*second)}", (hit, second[0]), hit.helpful)
    return None


def carrying(thread: Thread, score: Score, hits: Sequence[Hit], rules: Rules) -> list[Hit]:
    """The hits that are evidence enough for an answer here, the best first."""
    return sorted((hit for hit in hits if _carries(thread, score, hit, rules)), key=_preference, reverse=True)


def _told(hit: Hit, text: str) -> str:
    """What is said of a hit: nobody approved an earlier thread's words, so of that only that it is there, beside its link."""
    return text.partition("\n")[0] if hit.entry.case.kind is Kind.PRECEDENT else text


def _carries(thread: Thread, score: Score, hit: Hit, rules: Rules) -> bool:
    if _of_this(thread, hit) or not evidence.strong(hit, rules):
        return False
    return score.addressed or evidence.on_subject(thread, score, hit)


def _worth_saying(thread: Thread, hit: Hit, text: str) -> bool:
    said = text.partition("\n")[2] if hit.entry.case.kind is Kind.PRECEDENT else text
    return evidence.useful(hit, said) and evidence.brings_news(thread, said, hit.entry.case.url)


def _needed(thread: Thread, score: Score, question: str) -> bool:
    turn = next((turn for turn in thread.turns if turn.id == score.turn_id), thread.last)
    return evidence.meets(thread, turn, question)


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
        return extract.answer(
            case.resolution, question, hit.passage, limit, dict(hit.shared), case.kind is Kind.SECTION
        )
    lead = say(rules.language, f"precedent_{precedents.standing(hit)}")
    said = extract.answer(case.resolution, question, hit.passage, limit - len(lead) - 1, dict(hit.shared))
    return f"{lead}\n{said}" if said else ""


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
