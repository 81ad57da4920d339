"""What a turn does, told from its words."""

from __future__ import annotations

import pytest

from bot.dialogue import signals

SIGNS = ("asks", "closes", "needs", "confirms", "rejects", "corrects", "promises", "will_try", "me_too", "substantive")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thanks!", {"closes"}),
        ("that fixed the error, thanks", {"closes", "confirms"}),
        ("pods are green again", {"closes", "confirms"}),
        ("thanks in advance", {"will_try"}),
        ("thanks, will try tomorrow", {"will_try"}),
        ("it still fails with the same error", {"needs", "rejects"}),
        ("works now, but another issue: uploads fail", {"needs", "confirms"}),
        ("scratch that, wrong flag", {"corrects"}),
        ("let me check", {"promises", "will_try"}),
        ("+1", {"me_too"}),
        ("same here", {"me_too"}),
        ("谢谢，好了", {"closes", "confirms"}),
        ("还是不行", {"needs", "rejects"}),
    ],
)
def test_signs(text: str, expected: set[str]) -> None:
    found = {name for name in SIGNS if getattr(signals.read(text), name)}
    assert found - {"substantive"} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run `nw deploy probe`", True),
        ("see https://wiki/pooler", True),
        ("the proxy label is missing on the batch subnet", True),
        ("请检查防火墙的空闲连接设置", True),
        ("hi!", False),
        ("on it", False),
        ("no problem", False),
        ("", False),
    ],
)
def test_substance(text: str, expected: bool) -> None:
    assert signals.read(text).substantive is expected


def test_code_is_not_read_as_speech() -> None:
    assert not signals.read("log:\n```\nthanks, it works now?\n```").thanks


@pytest.mark.parametrize(
    "text", ["a" * 40_000, "it " * 20_000, "still " * 9000, "`" * 40_000, "\x00\ufffd", "i'll " * 9000]
)
def test_any_text_is_read(text: str) -> None:
    assert all(isinstance(getattr(signals.read(text), name), bool) for name in SIGNS)
