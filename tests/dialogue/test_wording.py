"""Every text exists in both languages with the same values to fill in."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from bot.dialogue import wording
from bot.models import Action, State

ENGLISH, CHINESE = wording.TABLES["en"], wording.TABLES["zh"]
THINKING = Path(wording.__file__).parent
LOOKED_UP = (
    "judged_",
    "speechless_",
    "reason_",
    "state_",
    "age_",
    "action_",
    "done_",
    "error_",
    "help_",
    "stat_",
    "form_",
    "follow_",
    "precedent_",
    "settled_",
    "accept_",
    "revision_",
    "proposal_",
    "note_",
    "gaps_",
    "home_",
    "watch_",
    "button_",
    "review_",
    "caution_",
    "converse_",
    "people_",
)


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_tables_hold_the_same_keys_and_values() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    for key, text in ENGLISH.items():
        assert values(text) == values(CHINESE[key]), key
        assert text.strip()
        assert CHINESE[key].strip()


def spelled() -> set[str]:
    """Keys that the code spells out: texts in say(), and whole words that begin like a key."""
    found: set[str] = set()
    for path in THINKING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say" and len(node.args) > 1:
                found |= {n.value for n in [node.args[1]] if isinstance(n, ast.Constant) and isinstance(n.value, str)}
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and path.name in ("timing.py", "policy.py")
            ):
                found |= {node.value} if node.value.startswith("reason_") else set()
    return {key for key in found if key != "reason_"}


def test_every_key_that_is_used_exists() -> None:
    assert spelled() - ENGLISH.keys() == set()


def test_every_key_that_exists_is_used() -> None:
    code = "".join(path.read_text() for path in THINKING.glob("*.py") if not path.name.startswith("wording_"))
    unused = {key for key in ENGLISH if not re.search(rf"[\"']{key}[\"']", code) and not key.startswith(LOOKED_UP)}
    assert unused == set()


@pytest.mark.parametrize("language", ["en", "zh", "zh-CN", "fr", "EN_us"])
def test_states_and_actions_have_words(language: str) -> None:
    for state in State:
        assert wording.state_name(language, state)
    for action in Action:
        assert wording.say(language, f"action_{action}")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "just now"), (59, "just now"), (60, "a minute ago"), (7200, "2 hours ago"), (86400, "yesterday"),
        (12 * 86400, "12 days ago"), (45 * 86400, "a month ago"), (800 * 86400, "2 years ago"),
    ],
)  # fmt: skip
def test_age(seconds: float, expected: str) -> None:
    assert wording.age("en", seconds) == expected


def test_braces_in_values_stay_as_they_are() -> None:
    assert "{x} {0}" in wording.say("en", "rejected", title="{x} {0}")
    assert wording.say("zh-CN", "helpful") == "有帮助"
    assert wording.say("fr", "helpful") == "Helpful"
