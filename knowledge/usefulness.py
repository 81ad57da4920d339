"""How useful an entry proved in a kind of question and a channel, and whether a channel's evidence is asked too low.

People who rate are right about RIGHT of the time, so each one's word shifts the chance that an entry helps by
log(RIGHT / (1 - RIGHT)) in log-odds, weakened with age, with unlikeness of the question and in other channels. What all
say together counts only as far as it holds without any single one of them: one person alone moves nothing.
Everything is a function of the ratings that stand, so that what is taken back leaves no trace.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.base import Vectors

DAY = 86400.0
HALF_LIFE = 180 * DAY
OLDEST = 4 * HALF_LIFE  # what is older weighs less than a sixteenth and need not be read
RIGHT = 0.8  # how often raters are right
STEP = math.log(RIGHT / (1 - RIGHT))  # what one sure word says, in log-odds
MOST = 2.5  # log-odds that all ratings together may shift, either way
DOUBT = 0.4  # persons' worth against an entry, apart from the strongest, that make it doubted
NOTED = 0.2  # of one person's full weight: less is not told as somebody's opinion
ALIKE, UNLIKE = 0.5, 0.2  # cosines of two questions of one kind, and of two that have nothing in common
FLOOR = 0.3  # what a minus for an unlike question weighs here: wrong is often wrong everywhere; a plus weighs nothing
ELSEWHERE = 0.35  # what a rating from another channel weighs
FORMER = 0.3  # what a rating of an earlier text of the entry weighs
SILENCE = 0.25  # the most that all ignored suggestions together count, in persons

PLUS = {"published": 1.0, "edited": 0.3, "resolved": 0.5}
MINUS = {"dismissed": -0.5, "off_topic": -0.6, "unwanted": 0.0, "ignored": -0.05}

CHANCE = 1.64  # standard errors by which marks must miss what was promised before more or less evidence is asked
SPREAD = 0.5  # standard deviation of one mark, at most
LOUDEST = 0.25  # share of a channel's marks that one person may hold
STRICTER, LAXER = 0.10, 0.05  # the most by which the evidence asked for may rise and fall
UNWANTED, UNWANTED_MOST = 0.05, 0.15  # what each person beside the first who wanted no answer adds to the threshold


@dataclass(frozen=True, slots=True)
class Rating:
    """What one person's word or deed about a shown entry says of it: `value` -1..1; `reason` as in PLUS, MINUS or "".

    `vector` is the question it was shown for (unit length, None when forgotten), `share` how much of the answer was
    this entry's (0..1), `version` the entry's text then; `at` in epoch seconds.
    """

    entry_id: int
    actor: str
    value: float
    reason: str
    at: float
    channel: str
    vector: Vectors | None = None
    version: int = 1
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry would be shown: the channel, the question's unit vector, the entry's version and the time."""

    channel: str
    vector: Vectors | None
    version: int
    now: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What ratings make of an entry at a Place: shift in log-odds (within MOST), people for and against, and doubted."""

    shift: float = 0.0
    helped: int = 0
    against: int = 0
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A rating of a suggestion that promised to help with that chance (0..1)."""

    actor: str
    value: float
    reason: str
    at: float
    promised: float


@dataclass(frozen=True, slots=True)
class Gate:
    """What a channel's own ratings add to the evidence that is asked for and to the threshold of need."""

    evidence: float = 0.0
    threshold: float = 0.0


def value(helpful: bool, reason: str) -> float:
    """What feedback says of the entry, -1..1; of `wrong: it needs sudo` only the word before the colon counts."""
    return PLUS.get(kind(reason), 1.0) if helpful else MINUS.get(kind(reason), -1.0)


def kind(reason: str) -> str:
    """The reason without the person's own words."""
    return reason.partition(":")[0]


def standing(ratings: Sequence[Rating], place: Place) -> Standing:
    """What all ratings of one entry together say of showing it there; their order does not matter."""
    weighed = [_weighed(rating, place) for rating in ratings]
    near, wide = (
        _by_person((who, said) for who, said, _ in weighed),
        _by_person((who, said) for who, _, said in weighed),
    )
    total = without_any_one(wide.values())
    if total > 0:  # what helped with other questions may make up for a minus, but is no sign that it answers this one
        total = max(0.0, min(total, without_any_one(near.values())))
    people = [said for person, said in wide.items() if person]
    shift = max(-MOST, min(MOST, STEP * total))
    return Standing(
        shift, sum(said >= NOTED for said in people), sum(said <= -NOTED for said in people), total <= -DOUBT
    )


def shifted(chance: float, shift: float) -> float:
    """A chance (0..1) moved by log-odds."""
    held = min(max(chance, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(math.log(held / (1 - held)) + shift)))


def without_any_one(said: Iterable[float]) -> float:
    """The sum as far as it holds whoever is left out: without the strongest on its side, and never across zero."""
    values = list(said)
    total = math.fsum(values)
    if total > 0:
        return max(0.0, total - max(values))
    return min(0.0, total - min(values)) if values else 0.0


def likeness(one: Vectors | None, other: Vectors | None) -> float:
    """0..1: whether two questions are of one kind; 0 where a vector is forgotten or another model's."""
    if one is None or other is None or one.shape != other.shape:
        return 0.0
    return max(0.0, min(1.0, (float(one @ other) - UNLIKE) / (ALIKE - UNLIKE)))


def decay(at: float, now: float) -> float:
    """1 for now, half for HALF_LIFE ago."""
    return float(0.5 ** (max(0.0, now - at) / HALF_LIFE))


def _by_person(weighed: Iterable[tuple[str, float]]) -> dict[str, float]:
    """What each person says, -1..1 however often they say it; under "" what those say who said nothing."""
    parts: dict[str, list[float]] = {}
    for who, said in weighed:
        parts.setdefault(who, []).append(said)
    most = {"": SILENCE}
    return {who: max(-most.get(who, 1.0), min(most.get(who, 1.0), math.fsum(said))) for who, said in parts.items()}


def _weighed(rating: Rating, place: Place) -> tuple[str, float, float]:
    """(who, what it says of this kind of question, what it says of any)."""
    alike = likeness(place.vector, rating.vector)
    here = 1.0 if rating.channel == place.channel else ELSEWHERE
    text = 1.0 if rating.version == place.version else FORMER
    said = rating.value * rating.share * here * text * decay(rating.at, place.now)
    wide = alike if rating.reason == "off_topic" else max(alike, FLOOR)
    return "" if rating.reason == "ignored" else rating.actor, said * alike, said * wide


def gate(marks: Sequence[Mark], now: float) -> Gate:
    """How far a channel's evidence and threshold move: bounded, faded with age, and the same without any one person."""
    unwanted = {m.actor: decay(m.at, now) for m in sorted(marks, key=lambda m: m.at) if m.reason == "unwanted"}
    threshold = min(UNWANTED_MOST, UNWANTED * without_any_one(unwanted.values()))
    people = _shortfalls([m for m in marks if m.reason != "unwanted" and m.promised > 0], now)
    short, weight = math.fsum(s for s, _ in people), math.fsum(w for _, w in people)
    around = [_missed(short - s, weight - w) for s, w in ((0.0, 0.0), *people)]  # all of them, then without each one
    missed = min(around) if min(around) > 0 else max(around) if max(around) < 0 else 0.0
    return Gate(max(-LAXER, min(STRICTER, missed / (2 * RIGHT - 1))), threshold)


def _shortfalls(marks: Sequence[Mark], now: float) -> list[tuple[float, float]]:
    """For each person: how much less helpful than raters would mark what was promised (summed), and the weight behind it."""
    sums: dict[str, tuple[float, float]] = {}
    for m in sorted(marks, key=lambda m: (m.actor, m.at, m.value)):
        expected = RIGHT * m.promised + (1 - RIGHT) * (1 - m.promised)
        weight, (short, before) = decay(m.at, now), sums.get(m.actor, (0.0, 0.0))
        sums[m.actor] = (short + weight * (expected - (1 + m.value) / 2), before + weight)
    most = LOUDEST * math.fsum(weight for _, weight in sums.values())
    return [(short * min(1.0, most / weight), min(weight, most)) for short, weight in sums.values() if weight]


def _missed(short: float, weight: float) -> float:
    """The mean shortfall beyond what chance alone explains, 0 when chance explains it."""
    if weight < NOTED:
        return 0.0
    mean, noise = short / weight, CHANCE * SPREAD / math.sqrt(weight)
    return math.copysign(max(0.0, abs(mean) - noise), mean)
