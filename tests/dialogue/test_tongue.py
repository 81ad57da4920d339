"""With `auto` Vigil writes as a thread's asker does; a language that is set stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Rules
from bot.dialogue import tongue
from bot.events import Turn
from bot.models import Thread


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请问 MySQL connection timeout 怎么处理", "zh"),
        ("報錯 `Connection is not available, request timed out after 30000ms` 求助", "zh"),
        ("kafka积压了", "zh"),
        ("the 上海 region is down again, who can help", "en"),
        ("deploy is stuck", "en"),
        ("デプロイが止まりました", "en"),
        ("배포가 멈췄어요", "en"),
        ("```\n报错\n```", ""),
        ("👍 504", ""),
    ],
)
def test_language_of_a_text(text: str, expected: str) -> None:
    assert tongue.of(text) == expected


def thread(*said: tuple[str, str]) -> Thread:
    turns = (Turn(f"c:{n}", "c:0", "c", who, text, float(n)) for n, (who, text) in enumerate(said))
    return Thread("c:0", "c", tuple(turns))


def test_the_asker_decides_and_not_who_answers() -> None:
    talk = thread(("a", "灰度卡住了"), ("b", "please paste the whole output of the command here"), ("b", "and the id"))
    assert tongue.in_thread(Rules(), talk).language == "zh"
    assert tongue.in_thread(Rules(language="en"), talk).language == "en"
    assert tongue.in_thread(Rules(), thread(("a", "504"), ("b", "哪个接口？发一下 traceId"))).language == "zh"
    assert tongue.in_thread(Rules(), thread(("a", "504"))).language == "en"


def test_an_edit_of_the_opening_changes_nothing_else() -> None:
    talk = thread(("a", "it hangs"))
    assert tongue.in_thread(Rules(threshold=0.7), talk) == replace(Rules(threshold=0.7), language="en")
