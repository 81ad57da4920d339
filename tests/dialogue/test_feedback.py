"""This reaction or click means that."""

from __future__ import annotations

import pytest

from bot.dialogue import feedback
from bot.dialogue.feedback import Meaning
from bot.events import Click, Reaction
from tests.dialogue.talk import RULES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("+1", Meaning.HELPFUL),
        ("+1::skin-tone-3", Meaning.HELPFUL),
        (":thumbsup_tone2:", Meaning.HELPFUL),
        ("-1::skin-tone-6", Meaning.UNHELPFUL),
        ("white_check_mark", Meaning.RESOLVED),
        ("see_no_evil", Meaning.NOT_REQUEST),
        ("wastebasket", Meaning.REMOVE),
        ("tada", None),
        ("", None),
    ],
)
def test_meaning(name: str, expected: Meaning | None) -> None:
    assert feedback.meaning(name, RULES) is expected


@pytest.mark.parametrize(
    ("name", "helpful"), [("+1", True), ("-1", False), ("white_check_mark", True), ("see_no_evil", False)]
)
@pytest.mark.parametrize("added", [True, False])
def test_reactions_are_feedback_and_can_be_taken_back(name: str, helpful: bool, added: bool) -> None:
    said = feedback.of(Reaction("t", "amy", name, added, 5.0), "d1", RULES)
    assert said is not None
    assert (said.decision_id, said.actor, said.helpful, said.removed) == ("d1", "amy", helpful, not added)


def test_other_reactions_are_none() -> None:
    for name in ("tada", "wastebasket"):
        assert feedback.of(Reaction("t", "amy", name, True, 5.0), "d1", RULES) is None


@pytest.mark.parametrize(
    ("action", "fields", "helpful", "reason"),
    [
        ("vigil_helpful", (), True, ""),
        ("vigil_solved", (), True, "resolved"),
        (
            "vigil_not_helpful",
            (("reason", "outdated"), ("detail", " the flag is gone ")),
            False,
            "outdated: the flag is gone",
        ),
        ("vigil_not_helpful", (), False, ""),
    ],
)
def test_clicks(action: str, fields: tuple[tuple[str, str], ...], helpful: bool, reason: str) -> None:
    said = feedback.of_click(Click(action, "d1", "amy", "c", 5.0, fields=fields))
    assert said is not None
    assert (said.decision_id, said.helpful, said.reason) == ("d1", helpful, reason)
    assert feedback.of_click(Click("vigil_why", "d1", "amy", "c", 5.0)) is None
