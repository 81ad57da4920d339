"""The question that is searched with holds the matter, not the clutter."""

from __future__ import annotations

import pytest

from bot.dialogue.question import LONGEST, OPENING, asked, question
from knowledge.models import Audience

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


LONG = "It happens each night. " * 20


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (f"Quota of the shared bucket\n{LONG}", "Quota of the shared bucket"),
        (f"Quota of the shared bucket.\n{LONG}", ""),
        (f"Hello everyone\n{LONG}", ""),
        (f"{LONG}\nmore", ""),
        ("Quota of the shared bucket", ""),
    ],
)
def test_a_title_stands_alone_above_the_rest(said: str, title: str) -> None:
    assert asked(said).title == title


def test_the_whole_is_searched_and_its_gist_and_title_are_views() -> None:
    found = asked(f"Quota of the bucket\n{LONG}How is it raised? @kim <@U1> look at quota@2.1")
    query = found.query(Audience.everyone(), 5, 7.0)
    assert query.text.startswith("Quota of the bucket\nIt happens each night.")
    assert "kim" not in query.text
    assert "U1" not in query.text
    assert "quota@2.1" in query.text
    assert query.views == (found.gist, "Quota of the bucket")
    assert "How is it raised?" in found.gist
    assert (query.limit, query.now) == (5, 7.0)


def test_a_short_question_has_no_second_view() -> None:
    assert asked("how is the quota raised?").query(Audience.everyone()).views == ()


def test_a_thin_turn_is_searched_with_its_opening_and_a_full_one_without() -> None:
    assert asked("any idea?", MATTER).text == f"{MATTER}\nany idea?"
    assert asked(ADDED, MATTER, follows=True).text == ADDED
    assert MATTER in asked(ADDED, MATTER, follows=True).gist


@pytest.mark.parametrize("said", ["", "   ", "[file: screen.png]", "@kim"])
def test_what_says_nothing_is_asked_without_harm(said: str) -> None:
    assert asked(said).title == ""
    assert asked(said, MATTER).text.startswith(MATTER)
