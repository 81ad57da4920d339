"""Ratings brought to bear on hits and rules: order, remarks in both languages, and what is asked of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bot.dialogue import policy
from bot.dialogue.weighing import Opinions, remark, together
from bot.models import Action, Mode, Suggestion, Timing
from knowledge.base import Vectors
from knowledge.usefulness import LAXER, MOST, STRICTER, Mark, Rating, Standing, shifted
from tests.dialogue.talk import CHANNEL, RULES, START, hit, score, thread

ASK = "amy: Does the deploy probe support gRPC? Ours fails with DPL-017."
TALK = thread(ASK)


class Said:
    """Ratings as given to it."""

    def __init__(self, ratings: Sequence[Rating] = (), marks: Sequence[Mark] = ()) -> None:
        self.ratings, self.given = list(ratings), list(marks)

    def of(self, entry_ids: Sequence[int], now: float) -> list[Rating]:
        return [rating for rating in self.ratings if rating.entry_id in entry_ids]

    def marks(self, channel_id: str, now: float) -> list[Mark]:
        return self.given if channel_id == CHANNEL else []

    def changes(self) -> int:
        return len(self.ratings) + len(self.given)


def embed(texts: Sequence[str]) -> Vectors:
    return np.ones((len(texts), 1), dtype=np.float32)


def rating(entry_id: int, actor: str, value: float) -> Rating:
    return Rating(entry_id, actor, value, "", START, CHANNEL, embed(["x"])[0])


def missed(people: int, value: float, promised: float = 0.9) -> list[Mark]:
    return [Mark(f"p{n}", value, "", START, promised) for n in range(people) for _ in range(4)]


def test_what_people_found_helpful_goes_before_what_is_as_near() -> None:
    opinions = Opinions(Said([rating(2, who, 1.0) for who in "abcd"]), embed)
    fair, held = opinions.weigh([hit("one", id=1), hit("two", id=2)], "q", CHANNEL, "en", START)
    assert [found.entry.id for found in fair] == [2, 1]
    assert fair[0].helpful == pytest.approx(shifted(0.8, MOST))
    assert fair[0].remark == fair[0].why[-1] == "4 of 4 people found it helpful"
    assert (fair[1], held) == (hit("one", id=1), [])


def test_what_ratings_hold_back_keeps_its_strength_so_that_it_can_be_rated_back() -> None:
    opinions = Opinions(Said([rating(1, who, -1.0) for who in "ab"]), embed)
    fair, held = opinions.weigh([hit("one", id=1), hit("two", id=2)], "q", CHANNEL, "en", START)
    assert [found.entry.id for found in fair] == [2]
    assert [(found.entry.id, found.helpful, found.doubted) for found in held] == [(1, 0.8, True)]
    weaker = Opinions(Said([rating(1, "a", -1.0), rating(1, "b", -0.3)]), embed)
    fair, held = weaker.weigh([hit("one", id=1)], "q", CHANNEL, "en", START)
    assert fair[0].helpful < held[0].helpful == 0.8
    assert together(fair, held) == fair


@pytest.mark.parametrize(
    ("mode", "action"), [(Mode.PUBLIC, Action.PRIVATE), (Mode.PRIVATE, Action.PRIVATE), (Mode.SHADOW, Action.DRAFT)]
)
def test_what_is_doubted_is_said_to_the_helpers_alone(mode: Mode, action: Action) -> None:
    said = Suggestion("try this", (replace(hit("try this"), doubted=True),), 0.8)
    rules, when = replace(RULES, mode=str(mode)), Timing(True, None, "nobody answered")
    assert policy.decide(TALK, score(TALK), when, said, rules, (), START, versions=()).action is action
    asked = policy.decide(TALK, score(TALK, addressed=True), when, said, rules, (), START, versions=())
    assert asked.action is Action.PUBLIC


@pytest.mark.parametrize(("language", "word"), [("en", "less often"), ("zh", "低于预期")])
def test_broken_promises_ask_for_more_evidence_and_say_so(language: str, word: str) -> None:
    said = Said(marks=missed(10, -1.0))
    opinions, rules = Opinions(said, embed), replace(RULES, language=language)
    tuned = opinions.tuned(rules, CHANNEL, START)
    assert (tuned.evidence, tuned.speaks_at) == (pytest.approx(rules.evidence + STRICTER), rules.speaks_at)
    assert opinions.tuned(rules, "slack:T1:C2", START) == rules
    decision = policy.decide(TALK, score(TALK), Timing(False, None, "x"), None, tuned, (), START, versions=())
    assert any(word in reason and "10 %" in reason for reason in opinions.explained(decision, tuned, START).reasons)
    said.given = missed(10, 1.0, 0.5)
    said.ratings = [rating(9, "a", 1.0)]
    assert opinions.tuned(rules, CHANNEL, START).evidence == pytest.approx(rules.evidence - LAXER)
    said.given = []
    assert opinions.tuned(rules, CHANNEL, START) == rules


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Standing(), ""),
        (Standing(helped=1), "one person found it helpful"),
        (Standing(against=1), "one person said it did not help"),
        (Standing(helped=3, against=1), "3 of 4 people found it helpful"),
        (Standing(helped=1, against=2), "2 of 3 people said it did not help"),
    ],
)
def test_remarks_count_people(found: Standing, words: str) -> None:
    assert remark(found, "en") == words
