"""The question that is searched with holds the matter, not the clutter."""

from __future__ import annotations

import pytest

from bot.dialogue.question import LONGEST, OPENING, question

MATTER = "I am setting the site address of the portal in a container and no documented way works."
ADDED = "Or maybe I test it wrongly: I look at the exported metadata of a published record."


def test_a_follow_up_is_asked_together_with_its_opening() -> None:
    assert question(ADDED, MATTER, follows=True) == f"{MATTER} {ADDED}"
    assert question(ADDED, MATTER) == ADDED
    assert MATTER in question("any idea?", MATTER)


def test_the_opening_leaves_room_for_what_was_added() -> None:
    asked = question(ADDED, f"{MATTER} " * 9, follows=True)
    assert asked.endswith(ADDED)
    assert len(asked) <= min(LONGEST, OPENING + len(ADDED) + 1)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("[file: screen.png] how is the quota raised?", "how is the quota raised?"),
        ("[files: png, png] how is the quota raised?", "how is the quota raised?"),
        ("how is the [quota page](https://docs.example/q) read?", "how is the quota page read?"),
        ("how is [#4312](https://forge.example/4312) read?", "how is read?"),
    ],
)
def test_clutter_is_left_out(said: str, asked: str) -> None:
    assert question(said) == asked
