"""Whole conversations in Chinese over the real socket: answered in Chinese, from a Chinese runbook, whatever the model reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Rules
from knowledge.embedding import Embedder
from tests.harness import RUNBOOKS, Live, Town
from tests.script import Talk, read

KNOWS = (*RUNBOOKS, "zh/gray-release", "zh/gateway-errors", "zh/kafka-lag", "zh/mysql-connections")
STUCK = "请问灰度停在 10% 不动了，页面提示 GRY-007 观察期指标异常，怎么继续"
PUBLIC = Rules(mode="public", hold_minutes=5.0)


@pytest.fixture
def chat(town: Town, tmp_path: Path, model: Embedder) -> Talk:
    return Talk(Live(town, tmp_path, model, {"help": PUBLIC}, KNOWS), "help")


def posts(chat: Talk) -> str:
    return "\n".join(read(message) for message in chat.live.own())


def test_a_chinese_question_is_answered_in_chinese_from_a_chinese_runbook(chat: Talk) -> None:
    chat.play(f"""
        amy: {STUCK}     -> hold
        +6m              -> public "没有人回答"; suggests "忽略并继续"
        amy: 搞定了，谢谢  -> silent; asks
    """)
    said = posts(chat)
    assert "操作手册 · 更新于" in said
    assert "runbook" not in said


def test_an_english_thread_beside_it_is_answered_in_english(chat: Talk) -> None:
    chat.play("""
        amy: the rollout of `search` stops at 30 % with DPL-017 progress deadline exceeded. How do I find out why?  -> hold
        +6m              -> public "nobody answered"; suggests "Deploys: rollout does not finish"
    """)


def test_a_colleague_who_answers_in_chinese_is_heard(chat: Talk) -> None:
    chat.play(f"""
        amy: {STUCK}                                       -> hold
        kim: 灰度流量太少会误报，让负责人点一下“忽略并继续”      -> silent "已有人回答"
        +10m                                               -> nothing
    """)


def test_small_talk_in_chinese_is_left_alone(chat: Talk) -> None:
    chat.play("""
        bob: 中午谁一起点奶茶，我请客          -> silent "不太像需要帮助"
        cleo: 哈哈哈哈冲冲冲               -> silent
        +10m                            -> nothing
    """)


def test_why_speaks_chinese_too(chat: Talk) -> None:
    chat.play(f"""
        amy: {STUCK}     -> hold
        +6m              -> public; suggests "灰度"
    """)
    reasons = chat.decisions()[-1]["reasons"]
    assert any(
        reason.startswith(("问怎么", "报告故障", "语气像求助", "总长度", "有错误码", "说自己", "请求帮助"))
        for reason in reasons
    )
