"""Who may do what, as one table: whatever it does not name is denied."""

from __future__ import annotations

import pytest

from bot.dialogue.authority import ANYONE, ASKERS, CURATORS, HELPERS, Actor, authorize
from bot.dialogue.commands import VERBS

EVERYTHING = sorted(ANYONE | ASKERS | HELPERS | CURATORS | {"launch_rockets", ""})
STRANGER = Actor("U1", reads=True)
ASKER = Actor("U1", reads=True, asks=True)
HELPER = Actor("U1", reads=True, helps=True)
CURATOR = Actor("U1", reads=True, curates=True)
ADMIN = Actor("U1", reads=True, administers=True)


@pytest.mark.parametrize("action", EVERYTHING)
def test_each_role_may_what_its_table_says(action: str) -> None:
    assert authorize(STRANGER, action) is (action in ANYONE)
    assert authorize(ASKER, action) is (action in ANYONE | ASKERS)
    assert authorize(HELPER, action) is (action in ANYONE | HELPERS)
    assert authorize(CURATOR, action) is (action in ANYONE | CURATORS)
    assert authorize(ADMIN, action) is (action in ANYONE | HELPERS | CURATORS)


@pytest.mark.parametrize("action", EVERYTHING)
def test_who_cannot_read_may_nothing(action: str) -> None:
    for asks in (True, False):
        for rest in (True, False):
            assert not authorize(Actor("U1", False, asks, rest, rest, rest), action)
    assert not authorize(Actor("", True, True, True, True, True), action)


def test_every_verb_is_somebodys_right() -> None:
    assert {verb.replace("-", "_") for verb in VERBS} <= ANYONE | HELPERS | CURATORS


def test_only_helpers_touch_knowledge_and_the_channel() -> None:
    for action in ("publish", "dismiss", "mute", "speak_less"):
        assert not authorize(ASKER, action)
        assert authorize(HELPER, action)


def test_helping_does_not_entitle_to_decide_what_is_known() -> None:
    for action in ("approve", "reject", "undo", "edit", "retire", "confirm"):
        assert not authorize(ASKER, action)
        assert not authorize(HELPER, action)
        assert authorize(CURATOR, action)
