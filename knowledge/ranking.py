"""Orders candidates by meaning and words together, and says how likely each is to help and why.

The weights were fitted by scripts/fit_ranking.py on three labelled sets (opening messages and their threads' answers,
alerts and runbooks, a shop's customers and its known questions) and on questions put to another set than their own,
which nothing there can answer. On a fourth set, not fitted on, answering at .5 correlates with being right by .56.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from knowledge.finder import Candidate, Found, Named
from knowledge.models import Entry, Hit, Kind, Query
from knowledge.reasons import reasons

MEANING = 0.7  # share of the cosine in the fused score; the rest is the keyword score against the best candidate's
KIND = {Kind.CASE: 0.03, Kind.SECTION: 0.02, Kind.PRECEDENT: 0.0}  # decides between near equals only
FEEDBACK = 0.02  # a step of the logarithm of helpful against unhelpful marks
FEEDBACK_MOST = 0.06
FRESH = 0.02  # what a case of today has over an undated or very old one
FRESH_DAYS = 180.0
DAY = 86400.0
UNRELATED = 0.1  # cosine of two texts that have nothing to do with each other
CROWD = 8  # fewer candidates are filled up with unrelated ones before their middle is taken
LIFT_MOST = 0.4
MARGIN_MOST = 0.1  # more says little: where two entries answer, both are near
NOTHING = 0.05  # below this cosine and without a shared word an entry is no hit at all

# P(helpful) = logistic of these
BIAS = -7.4
WEIGHTS = {"cosine": 5.9, "coverage": 1.0, "lift": 5.8, "margin": 3.7, "agree": 1.1, "rare": 1.8}
NAMED = 1.0  # shares a rare code, flag or path; not fitted: few of the sets' questions name one
NAMED_RARITY = 0.7  # of the rarity of a word that one entry alone holds
MARKS = 0.25  # not fitted: the sets carry no feedback
GENERIC_ONLY = 0.25  # with less than this share of specific words a question has no subject to be answered
CEILING = 0.1  # the most that hits for such a question may claim


@dataclass(frozen=True, slots=True)
class Features:
    """What P(helpful) is computed from, about 0..1 each.

    `coverage` is the matched share of the query's weight, `lift` the cosine over the candidates' middle one, `margin`
    the fused score over the best one's of another page (sections of one page bear each other out), `agree` whether words (.5) and meaning (.5) put it first, `rare` how
    rare the rarest shared word is.
    """

    cosine: float
    coverage: float
    lift: float
    margin: float
    agree: float
    rare: float


def rank(found: Found, query: Query) -> list[Hit]:
    """The best `query.limit` candidates as Hits, best first."""
    hits = []
    for score, candidate, features in measured(found, query.now, query.limit):
        named = found.named(candidate.entry.id)
        extra = MARKS * max(-4.0, min(4.0, feedback(candidate.entry))) + NAMED * shares_name(named, found.rarest)
        chance = probability(features, extra)
        chance = min(chance, CEILING) if found.specific < GENERIC_ONLY else chance
        hit = _hit(candidate, score, chance, reasons(candidate, named, query, found.meaning))
        shared = tuple((word, min(1.0, weight / max(found.rarest, 0.01))) for word, weight in named)
        hits.append(replace(hit, shared=shared))
    return hits


def measured(found: Found, now: float, limit: int) -> list[tuple[float, Candidate, Features]]:
    """The best `limit` candidates with fused score and features, best first; `now` in epoch seconds."""
    candidates = [c for c in found.candidates if c.cosine >= NOTHING or c.bm25 > 0]
    most = max((c.bm25 for c in candidates), default=0.0)
    scored = sorted(((fuse(c, most, now), c) for c in candidates), key=lambda pair: (-pair[0], pair[1].entry.id))
    cosines = sorted((c.cosine for c in candidates), reverse=True)
    middle = max(UNRELATED, [*cosines, *[UNRELATED] * (CROWD - len(cosines))][max(CROWD, len(cosines)) // 2])
    rows = []
    for score, c in scored[:limit]:
        rival = next((other for other, d in scored if _page(d.entry) != _page(c.entry)), 0.0)
        agree = (c.bm25 >= most > 0) * 0.5 + (c.cosine >= cosines[0]) * 0.5
        lift, margin = min(c.cosine - middle, LIFT_MOST), max(-MARGIN_MOST, min(score - rival, MARGIN_MOST))
        rare = max((weight for _, weight in found.named(c.entry.id)), default=0.0) / max(found.rarest, 1.0)
        rows.append((score, c, Features(c.cosine, c.coverage, lift, margin, agree, rare)))
    return rows


def _page(entry: Entry) -> tuple[str, str] | int:
    """What tells the page that a section stands on; everything else stands for itself."""
    case = entry.case
    top = case.problem.partition(" > ")[0]
    return (case.container, top) if case.kind is Kind.SECTION and top else entry.id


def fuse(candidate: Candidate, most: float, now: float) -> float:
    """Rank score, about 0..1: cosine and keyword score (as a share of `most`, the best one's), and small priors."""
    words = candidate.bm25 / most if most > 0 else 0.0
    marks = max(-FEEDBACK_MOST, min(FEEDBACK_MOST, FEEDBACK * feedback(candidate.entry)))
    prior = KIND[candidate.entry.case.kind] + freshness(candidate.entry, now) + marks
    return MEANING * candidate.cosine + (1 - MEANING) * words + prior


def feedback(entry: Entry) -> float:
    """Logarithm (base 2) of helpful against unhelpful marks, 0 without any."""
    if not entry.helpful and not entry.unhelpful:
        return 0.0
    return math.log2((max(entry.helpful, 0) + 1) / (max(entry.unhelpful, 0) + 1))


def freshness(entry: Entry, now: float) -> float:
    """FRESH for a case of today, falling by half every FRESH_DAYS; 0 for documents, which carry no day of use."""
    if entry.case.kind is Kind.SECTION or entry.case.happened_at <= 0 or now <= 0:
        return 0.0
    return float(FRESH * 0.5 ** (max(0.0, now - entry.case.happened_at) / DAY / FRESH_DAYS))


def shares_name(named: Named, rarest: float) -> bool:
    """Whether the words of the question that an entry holds include a code that few other entries hold."""
    return any(is_code(word) and rarity >= NAMED_RARITY * rarest for word, rarity in named)


def is_code(word: str) -> bool:
    """Whether a word is an error code, flag or identifier; addresses, dates and plain numbers are none."""
    marked = word.startswith("--") or "_" in word or any(c.isdigit() for c in word)
    return marked and any(c.isalpha() for c in word) and "/" not in word


def probability(features: Features, extra: float = 0.0) -> float:
    """Calibrated chance that the entry helps: low for what merely shares a topic, near 0 for what shares nothing."""
    total = BIAS + extra + sum(weight * float(getattr(features, name)) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _hit(candidate: Candidate, score: float, helpful: float, why: tuple[str, ...]) -> Hit:
    passages = candidate.entry.case.passages()
    return Hit(
        entry=candidate.entry,
        score=score,
        helpful=helpful,
        passage=passages[candidate.passage] if passages else "",
        cosine=candidate.cosine,
        lexical=candidate.coverage,
        why=why,
    )
