"""Who may do what to what: whatever no table names is denied, and so is whoever is not surely entitled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue.authority import (
    ANYONE,
    ASKERS,
    CURATORS,
    HELPERS,
    OPERATORS,
    STORE,
    TOLD,
    VISITORS,
    Actor,
    Object,
    authorize,
    only_own_word,
    operator,
)
from bot.dialogue.commands import VERBS
from bot.messages import Person, Standing

EVERYTHING = sorted(TOLD | ANYONE | ASKERS | HELPERS | CURATORS | OPERATORS | {"launch_rockets", ""})
HERE = "slack:T1:C1"
THREAD = Object("thread", f"{HERE}:1.1", HERE, asker="U0ASKER")
STRANGER = Actor("U1", HERE, reads=True)
ASKER = Actor("U0ASKER", HERE, reads=True)
HELPER = replace(STRANGER, helps=True)
CURATOR = replace(STRANGER, curates=True)
ADMIN = replace(STRANGER, administers=True)
EVERY_OFFICE = replace(STRANGER, helps=True, curates=True, administers=True)


@pytest.mark.parametrize("action", EVERYTHING)
def test_each_role_may_what_its_table_says(action: str) -> None:
    everybody = TOLD | ANYONE
    assert authorize(STRANGER, action, THREAD) is (action in everybody)
    assert authorize(ASKER, action, THREAD) is (action in everybody | ASKERS)
    assert authorize(HELPER, action, THREAD) is (action in everybody | HELPERS)
    assert authorize(CURATOR, action, THREAD) is (action in everybody | CURATORS)
    assert authorize(ADMIN, action, THREAD) is (action in everybody | HELPERS | CURATORS)


@pytest.mark.parametrize("action", EVERYTHING)
def test_who_cannot_read_is_told_of_help_and_no_more(action: str) -> None:
    assert authorize(replace(EVERY_OFFICE, reads=False), action, THREAD) is (action in TOLD)
    assert not authorize(replace(EVERY_OFFICE, id=""), action, THREAD)


@pytest.mark.parametrize("action", EVERYTHING)
@pytest.mark.parametrize("standing", [Standing.GONE, Standing.BOT, Standing.UNKNOWN])
def test_no_office_helps_a_bot_the_deactivated_and_the_unknown(action: str, standing: Standing) -> None:
    assert not authorize(replace(EVERY_OFFICE, standing=standing), action, THREAD)


@pytest.mark.parametrize("action", EVERYTHING)
def test_no_office_is_given_to_somebody_of_another_team(action: str) -> None:
    visitor = replace(EVERY_OFFICE, standing=Standing.VISITOR)
    assert authorize(visitor, action, THREAD) is (action in TOLD | VISITORS)
    own = replace(visitor, id="U0ASKER")
    assert authorize(own, action, THREAD) is (action in TOLD | VISITORS | ASKERS)


@pytest.mark.parametrize("action", EVERYTHING)
def test_rights_in_one_place_are_none_in_another(action: str) -> None:
    assert not authorize(EVERY_OFFICE, action, replace(THREAD, place="slack:T1:C2"))
    assert not authorize(EVERY_OFFICE, action, replace(THREAD, id=""))


def test_nobody_vouches_for_what_stands_on_their_word_alone() -> None:
    case = Object("entry", "12", HERE, authors=frozenset({"U1"}))
    for actor in (CURATOR, ADMIN):
        for action in ("approve", "confirm"):
            assert not authorize(actor, action, case)
            assert only_own_word(actor, action, case)
        assert authorize(actor, "reject", case)
    assert authorize(replace(CURATOR, id="U2"), "approve", case)
    assert not only_own_word(STRANGER, "approve", case)


def test_asking_gives_rights_over_ones_own_thread_only() -> None:
    assert not authorize(ASKER, "resolve", Object("channel", HERE, HERE, asker="U0ASKER"))
    assert not authorize(ASKER, "resolve", replace(THREAD, asker="U0OTHER"))


def test_the_operator_acts_on_the_store_alone() -> None:
    store = Object(STORE, STORE, STORE)
    assert {action for action in EVERYTHING if authorize(operator("cli:root"), action, store)} == OPERATORS | TOLD
    assert not any(authorize(operator("cli:root"), action, THREAD) for action in EVERYTHING)
    assert not any(authorize(EVERY_OFFICE, action, store) for action in EVERYTHING)


def test_every_verb_is_somebodys_right() -> None:
    assert {verb.replace("-", "_") for verb in VERBS} <= TOLD | ANYONE | HELPERS | CURATORS


@pytest.mark.parametrize(
    ("person", "standing"),
    [
        (Person("U1", "a"), Standing.MEMBER),
        (Person("U1", "a", guest=True), Standing.GUEST),
        (Person("U1", "a", guest=True, outside=True), Standing.VISITOR),
        (Person("U1", "a", is_bot=True, outside=True), Standing.BOT),
        (Person("U1", "a", guest=True, outside=True, gone=True), Standing.GONE),
    ],
)
def test_the_least_that_can_be_said_of_somebody_counts(person: Person, standing: Standing) -> None:
    assert person.standing is standing
