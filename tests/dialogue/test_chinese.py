"""Chinese talk is read as what it is: questions without marks, promises, thanks, names, and sentences cut where they end."""

from __future__ import annotations

import pytest

from bot.dialogue import extract, signals
from bot.dialogue.cues import INDEX, cues, names_in
from bot.dialogue.evidence import says_enough
from bot.dialogue.units import units
from bot.dialogue.wording_cues import CUES_CHINESE, cue


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("流水线等了二十分钟，能插队吗", True),
        ("超时时间能调大么", True),
        ("有没有办法加急", True),
        ("這個要怎麼處理", True),
        ("什么情况？我刚查过", True),
        ("积压一直在涨 怎么办 急", True),
        ("老板在群里呢", False),
        ("看下是不是同一个 offset", False),
        ("跑一遍 bigkeys 看看有没有大 key", False),
        ("那么，就这样", False),
        ("已经知道怎么弄了", False),
    ],
)
def test_questions_without_question_marks(text: str, asks: bool) -> None:
    assert signals.read(text).asks is asks
    assert bool(cues(text)[INDEX["has a question mark"]]) is asks


def shows(text: str) -> set[str]:
    return {name for name, place in INDEX.items() if cues(text)[place]}


def test_cues_of_trouble_and_of_small_talk() -> None:
    assert {"reports a failure", "error code or constant"} <= shows("日志一直报KFK_203，分区卡着不动")
    assert "asks for help" in shows("麻烦帮忙看下")
    assert "says it does not work" in shows("试了，还是不行")
    assert "advises" not in shows("请问怎么申请")  # the `please` of a question is none
    assert "announces" not in shows("发布单被锁定了")
    assert "agrees or acknowledges" not in shows("执行失败，对象不存在")
    assert "agrees or acknowledges" in shows("对")


def test_promises_thanks_and_success() -> None:
    assert signals.read("我看一下").promises
    assert signals.read("稍等").promises
    assert signals.read("搞定了，谢谢").closes
    assert signals.read("已解决").closes
    assert signals.read("還是不行").rejects
    assert not signals.read("还是不行，谢谢").closes


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@张伟 帮忙看下", ("张伟",)),
        ("@ben.hollis 看下", ("ben.hollis",)),
        ("先找 @刘洋", ("刘洋",)),
        ("报错：超时", ()),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


def test_a_mention_without_a_blank_does_not_swallow_the_question() -> None:
    (name,) = names_in("@张伟帮忙看下这个MySQL连接超时的报错")
    assert len(name) <= 3


def test_codes_stuck_to_chinese_are_found() -> None:
    assert says_enough("报KFK-203了")


def test_sentences_end_where_chinese_ends_them() -> None:
    text = "他说“先回滚。”再排查；不要急！然后看日志？好"
    assert [unit.text for unit in units(text)] == ["他说“先回滚。”", "再排查；不要急！", "然后看日志？", "好"]


def test_a_clip_of_chinese_keeps_what_fits() -> None:
    said = extract.clip("MySQL 连接数打满了之后应用日志里出现报错接口大面积超时但是数据库的压力不高", 30)
    assert 28 <= len(said) <= 30
    assert said.endswith("…")


def test_a_page_line_of_date_and_owner_answers_nothing() -> None:
    assert extract.answer("更新：2026-10-20 · 负责：数据库组", "数据库组") == ""
    assert extract.answer("Updated: 2026-10-14 · Owner: team-databases", "team databases") == ""


def test_why_names_its_values_in_chinese() -> None:
    assert cue("zh", "reports a failure") == "报告故障"
    assert cue("en", "reports a failure") == "reports a failure"
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in said) for said in CUES_CHINESE.values())
