"""Written like this, it is that command, or a question."""

from __future__ import annotations

import pytest

from bot.dialogue import commands
from bot.dialogue.wording import TABLES

LINK = "https://acme.slack.com/archives/C1/p1700000000000100"


@pytest.mark.parametrize(
    ("text", "verb", "argument"),
    [
        ("", "help", ""),
        ("<@U1> ", "help", ""),
        ("help", "help", ""),
        ("@vigil Help please", "help", ""),
        ("?", "help", ""),
        ("help me, the disk is full", "ask", "help me, the disk is full"),
        ("why?", "why", ""),
        ("Why", "why", ""),
        ("why does my pod restart?", "ask", "why does my pod restart?"),
        ("status", "status", ""),
        ("status page is down", "ask", "status page is down"),
        (f"status {LINK}", "status", LINK),
        (f"summary <{LINK}>", "summary", LINK),
        ("summary of this thread", "summary", ""),
        ("tl;dr", "summary", ""),
        ("search disk full", "search", "disk full"),
        ("search: disk full", "search", "disk full"),
        ("searching is slow", "ask", "searching is slow"),
        ("find disk full", "search", "disk full"),
        ("suggest how to grow a volume", "suggest", "how to grow a volume"),
        ("suggest", "suggest", ""),
        ("answer this please", "suggest", ""),
        ("resolve", "resolve", ""),
        ("resolved!", "resolve", ""),
        ("resolve a host name from a pod", "ask", "resolve a host name from a pod"),
        ("reopen", "reopen", ""),
        ("mute", "mute", ""),
        ("mute 2h", "mute", "2h"),
        ("unmute", "unmute", ""),
        ("snooze for 3 days", "snooze", "for 3 days"),
        ("handover", "handover", ""),
        ("hand over 12h", "handover", "12h"),
        ("hand over to the next shift please", "handover", "please"),
        ("hand over the keys to bob", "ask", "hand over the keys to bob"),
        ("交接", "handover", ""),
        ("交接 3 天", "handover", "3 天"),
        ("snooze until tomorrow", "snooze", "until tomorrow"),
        ("teach always restart the proxy after a change", "teach", "always restart the proxy after a change"),
        ("learn this", "teach", ""),
        ("speak less here", "speak-less", ""),
        ("stats", "stats", ""),
        ("帮助", "help", ""),
        ("搜索磁盘满", "search", "磁盘满"),
        ("搜索 磁盘满", "search", "磁盘满"),
        ("总结一下这个话题", "summary", ""),
        ("为什么", "why", ""),
        ("为什么连不上数据库", "ask", "为什么连不上数据库"),
        ("解决了", "resolve", ""),
        ("解决不了怎么办", "ask", "解决不了怎么办"),
        ("取消静音", "unmute", ""),
        ("how do I grow a volume?", "ask", "how do I grow a volume?"),
    ],
)
def test_parse(text: str, verb: str, argument: str) -> None:
    assert commands.parse(text) == (verb, argument)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("for 3 days", 259200), ("30 min", 1800), ("an hour", 3600), ("2 小时", 7200), ("3天", 259200),
     ("明天", 86400), ("until tomorrow", 86400), ("1w", 604800), ("a while", None), ("", None), ("https://acme.slack.com/archives/C06D/p1700000000000100", None)],
)  # fmt: skip
def test_duration(text: str, seconds: float | None) -> None:
    assert commands.duration(text) == seconds


@pytest.mark.parametrize("language", TABLES)
def test_every_verb_has_its_words(language: str) -> None:
    for verb in commands.VERBS:
        assert f"help_{verb}" in TABLES[language] or verb in ("reopen", "unmute")


def test_any_text_is_read() -> None:
    for text in ("a" * 40_000, "<@" * 20_000, "@" * 20_000, "\x00", " \n" * 20_000, "this " * 8000):
        assert commands.parse(text)[0] in (*commands.VERBS, commands.ASK)
