"""A helper's change of words is carried over to the whole answer, and the difference says what goes and what comes."""

from __future__ import annotations

import pytest

from bot.dialogue.differences import amended, carried, difference, differs

ANSWER = """The probe looks at port 8080.
1. Run `nw deploy probe web` and read the line that begins with ready.
2. Set `probe = grpc` in the manifest.

```
nw deploy --port 8080
```
Then deploy again."""
PROBE, SET = (
    "1. Run `nw deploy probe web` and read the line that begins with ready.",
    "2. Set `probe = grpc` in the manifest.",
)


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        (f"{PROBE}\n{SET}", f"{PROBE}\n2. Set `probe = http` in the manifest.", SET, "2. Set `probe = http` in the manifest."),
        (f"{PROBE}\n{SET}", f"Hi Amy!\n{PROBE}\n{SET}\nGood luck", "", ""),
        (f"{PROBE}\n{SET}", PROBE, SET, ""),
        (PROBE, f"{PROBE}\nIt takes two minutes on large clusters.", "", f"{PROBE}\nIt takes two minutes on large clusters."),
        ("In short, probe it.", "In short, ask the platform team to look at the probe's log.", "", "platform team"),
    ],
)  # fmt: skip
def test_what_was_changed_in_a_quotation_is_changed_in_the_answer(
    before: str, after: str, gone: str, come: str
) -> None:
    changed = carried(ANSWER, before, after)
    assert not gone or gone not in changed
    assert come in changed
    assert changed != ANSWER or not (gone or come)
    assert "```\nnw deploy --port 8080\n```\nThen deploy again." in changed
    assert "Good luck" not in changed


def test_words_that_answer_the_same_take_the_place_of_what_they_are_like() -> None:
    said = "Set `probe = tcp` in the manifest, grpc is gone since version 4."
    assert amended(ANSWER, said) == ANSWER.replace(SET, f"2. {said}")
    other = "Ask the storage team for a larger volume."
    assert amended(ANSWER, other) == f"{ANSWER}\n\n{other}"


@pytest.mark.parametrize("text", ["", "```", "```\n```", "。。", "a" * 5000, "\n\n\n", "- \n- \n"])
def test_odd_texts_do_no_harm(text: str) -> None:
    assert isinstance(carried(ANSWER, text, text), str)
    assert isinstance(amended(text, "run it"), str)
    shown = difference(ANSWER, text)
    assert shown.count("```") == 2
    assert len(shown) < 1700


def test_the_difference_shows_what_goes_and_what_comes_around_what_stays() -> None:
    shown = difference("One.\nTwo.\nThree.\nFour.\nFive.", "One.\nTwo.\nThree.\nFour!\nFive.").splitlines()
    assert shown == ["```", "  One.", "  …", "  Three.", "- Four.", "+ Four!", "  Five.", "```"]


def test_spaces_and_cases_make_no_difference() -> None:
    assert not differs("Set  probe = grpc.", "set probe = grpc")
    assert differs("Set probe = grpc", "Set probe = http")
    assert differs("use --force", "use --no-force")
