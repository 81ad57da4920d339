"""Chooses the language Vigil writes in: the channel's setting, or with `auto` that of the people it writes to."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.config import AUTO, Rules
from bot.dialogue.base import Directory
from bot.dialogue.cues import plain
from bot.models import Thread
from knowledge.models import Entry

HAN = re.compile("[\u3400-\u9fff]")
OTHER_SCRIPTS = re.compile("[\u3040-\u30ff\uac00-\ud7af]")  # kana and hangul: neither of Vigil's languages
WORD = re.compile(r"[A-Za-z]{2,}")
SHARE = 0.15  # of all words that must be Chinese: commands, codes and pasted errors are English in any language
OPENING = 3  # messages of the asker that tell the thread's language


def of(text: str) -> str:
    """`zh` for Chinese prose, English commands and all; `en` for other prose; "" where there is nothing to tell by."""
    prose = plain(text)
    signs, words = len(HAN.findall(prose)), len(WORD.findall(prose))
    if OTHER_SCRIPTS.search(prose):
        return "en"
    if not signs + words:
        return ""
    return "zh" if signs / 2 > SHARE * (signs / 2 + words) else "en"


def spoken(rules: Rules, *texts: str) -> Rules:
    """The rules with `auto` settled: by the first of the texts that tells, else English."""
    if rules.language != AUTO:
        return rules
    return replace(rules, language=next(filter(None, map(of, texts)), "en"))


def in_thread(rules: Rules, thread: Thread) -> Rules:
    """The rules with `auto` settled by what the asker said first, else by anybody's words."""
    if rules.language != AUTO or not thread.turns:
        return rules
    turns = thread.human_turns() or thread.turns
    asked = [turn.text for turn in turns if turn.author == thread.asker][:OPENING]
    return spoken(rules, "\n".join(asked), "\n".join(turn.text for turn in turns[:OPENING]))


def rules_of(directory: Directory, thread: Thread) -> Rules:
    """The rules of a thread's channel, in the thread's language."""
    return in_thread(directory.rules(thread.channel_id), thread)


def rules_for(directory: Directory, entry: Entry) -> Rules:
    """The rules of the channel that looks after an entry, in the entry's language."""
    return spoken(directory.rules(entry.case.container), entry.case.text())
