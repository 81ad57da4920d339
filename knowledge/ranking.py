"""Orders candidates by meaning and words together, and says how likely each is to help and why.

The weights were fitted by scripts/fit_ranking.py on three labelled sets (opening messages and their threads' answers,
alerts and runbooks, a shop's customers and its known questions) and on questions put to another set than their own,
which nothing there can answer. On a fourth set, not fitted on, answering at .5 correlates with being right by .58.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.finder import Candidate, Found, Named
from knowledge.models import Entry, Hit, Kind, Query
from knowledge.reasons import reasons
from knowledge.shelf import Spine
from knowledge.tokens import telling

MEANING = 0.7  # share of the cosine in the fused score; the rest is the keyword score against the best candidate's
KIND = {Kind.CASE: 0.03, Kind.SECTION: 0.02, Kind.PRECEDENT: 0.0}  # decides between near equals only
PAGE = 0.2  # what a section gains from the best of its page: where much is near, the page is right
PAGE_BEST = 3
FRESH = 0.15  # what a thread of today has over a very old one: people point back to what is recent
FRESH_DAYS = 60.0  # after these half of it is left
DAY = 86400.0
UNRELATED = 0.1  # cosine of two texts that have nothing to do with each other
CROWD = 8  # fewer candidates are filled up with unrelated ones before their middle is taken
LIFT_MOST = 0.4
MARGIN_MOST = 0.1  # more says little: where two entries answer, both are near
NOTHING = 0.05  # below this cosine and without a shared word an entry is no hit at all

# P(helpful) = logistic of these
BIAS = -7.7  # the fit says -7.5; a little less keeps what is said at the shipped threshold as often right as it was
WEIGHTS = {"cosine": 6.6, "coverage": 0.4, "lift": 5.1, "margin": 7.7, "agree": 0.5, "rare": 1.6, "held": 1.3}
NAMED = 1.0  # shares a rare code, flag or path; not fitted: few of the sets' questions name one
NAMED_RARITY = 0.7  # of the rarity of a word that one entry alone holds
GENERIC_ONLY = 0.25  # with less than this share of specific words a question has no subject to be answered
CEILING = 0.1  # the most that hits for such a question may claim


@dataclass(frozen=True, slots=True)
class Features:
    """What P(helpful) is computed from, about 0..1 each.

    `coverage` is the matched share of the query's weight, `lift` the cosine over the candidates' middle one, `margin`
    how much nearer than the best of another page (sections of one page bear each other out), `agree` whether words (.5)
    and meaning (.5) put it first, `rare` how rare the rarest shared word is, `held` the share of the passage's telling
    words that the question says too. None knows the day: what is fresh goes first, but is no surer.
    """

    cosine: float
    coverage: float
    lift: float
    margin: float
    agree: float
    rare: float
    held: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate with its rank score, its entry, what its chance is computed from, and the query's words it holds."""

    score: float
    candidate: Candidate
    entry: Entry
    features: Features
    named: Named


def rank(found: Found, query: Query) -> list[Hit]:
    """The best `query.limit` candidates as Hits, best first."""
    hits = []
    for placed in measured(found, query.now, query.limit):
        chance = probability(placed.features, NAMED * shares_name(placed.named, found.rarest))
        chance = min(chance, CEILING) if found.specific < GENERIC_ONLY else chance
        shared = tuple((word, min(1.0, weight / max(found.rarest, 0.01))) for word, weight in placed.named)
        cosine = placed.candidate.cosine
        why = reasons(placed.entry, placed.named, query, cosine if found.meaning else None)
        passage, covered = _passage(placed.entry, placed.candidate.passage), placed.candidate.coverage
        hits.append(Hit(placed.entry, placed.score, chance, passage, cosine, covered, why, shared))
    return hits


def measured(found: Found, now: float, limit: int) -> list[Placed]:
    """The best `limit` candidates with all measures, best first; `now` in epoch seconds."""
    candidates = [c for c in found.candidates if c.cosine >= NOTHING or c.bm25 > 0]
    most = max((c.bm25 for c in candidates), default=0.0)
    fused_each = ((fuse(c, most), c.spine.page, c) for c in candidates)
    near = sorted(fused_each, key=lambda row: (-row[0], row[2].spine.entry_id))
    pages: dict[int, list[float]] = defaultdict(list)
    for fused, page, _ in near:
        pages[page].append(fused)
    cosines = sorted((c.cosine for c in candidates), reverse=True)
    middle = max(UNRELATED, [*cosines, *[UNRELATED] * (CROWD - len(cosines))][max(CROWD, len(cosines)) // 2])
    scored = [(fused + _gain(pages[page]) + freshness(c.spine, now), fused, page, c) for fused, page, c in near]
    rows = []
    for score, fused, page, c in sorted(scored, key=lambda row: -row[0])[:limit]:
        rival = next((other for other, its, _ in near if its != page), 0.0)
        agree = (c.bm25 >= most > 0) * 0.5 + (c.cosine >= cosines[0]) * 0.5
        lift, margin = min(c.cosine - middle, LIFT_MOST), max(-MARGIN_MOST, min(fused - rival, MARGIN_MOST))
        entry, named = c.spine.entry(), found.named(c.spine.entry_id)
        rare = max((weight for _, weight in named), default=0.0) / max(found.rarest, 1.0)
        features = Features(c.cosine, c.coverage, lift, margin, agree, rare, _held(_passage(entry, c.passage), named))
        rows.append(Placed(score, c, entry, features, named))
    return rows


def _held(passage: str, named: Named) -> float:
    said = telling(passage)
    return sum(word in said for word, _ in named) / len(said) if said else 0.0


def _passage(entry: Entry, number: int) -> str:
    """The passage that matched; another's way to put the problem stands for the problem itself, and is never shown."""
    passages = entry.case.passages()
    return passages[number if number < len(passages) else 0] if passages else ""


def _gain(page: Sequence[float]) -> float:
    return PAGE * sum(page[:PAGE_BEST]) / PAGE_BEST


def fuse(candidate: Candidate, most: float) -> float:
    """How near, about 0..1: cosine and keyword score (as a share of `most`, the best one's), and small priors."""
    words = candidate.bm25 / most if most > 0 else 0.0
    return MEANING * candidate.cosine + (1 - MEANING) * words + KIND[candidate.spine.kind]


def freshness(spine: Spine, now: float) -> float:
    """FRESH for a thread of today, falling by half every FRESH_DAYS; documents, and what has no day, stand in between."""
    if now <= 0:
        return 0.0
    dated = spine.kind is not Kind.SECTION and spine.happened_at > 0
    age = max(0.0, now - spine.happened_at) / DAY if dated else FRESH_DAYS
    return float(FRESH * 0.5 ** (age / FRESH_DAYS))


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
