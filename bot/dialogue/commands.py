"""Reads what somebody who addresses Vigil wants: a verb with its argument, or a question; English and Chinese."""

from __future__ import annotations

import re

ASK = "ask"
VERBS: dict[str, tuple[str, ...]] = {
    "suggest": ("suggest", "suggestion", "answer", "建议"),
    "search": ("search", "find", "lookup", "搜索", "查找", "搜"),
    "status": ("status", "state", "状态"),
    "why": ("why", "explain", "为什么", "为啥"),
    "summary": ("summary", "summarise", "summarize", "recap", "tldr", "tl;dr", "总结", "摘要"),
    "handover": (
        "handover",
        "hand-over",
        "hand over",
        "handover to the next shift",
        "hand over to the next shift",
        "shift handover",
        "交接",
        "交接班",
        "交班",
    ),
    "resolve": ("resolve", "resolved", "solved", "close", "done", "已解决", "解决", "关闭"),
    "reopen": ("reopen", "re-open", "unresolve", "重新打开", "重开"),
    "mute": ("mute", "silence", "静音", "安静"),
    "unmute": ("unmute", "取消静音"),
    "snooze": ("snooze", "later", "稍后", "推迟"),
    "teach": ("teach", "learn", "remember", "学习", "记住"),
    "speak-less": ("speak-less", "speak less", "less", "quieter", "少说点", "少说"),
    "stats": ("stats", "statistics", "numbers", "统计"),
    "forget": ("forget", "erase", "忘记", "删除记录"),
    "approve": ("approve", "批准"),
    "reject": ("reject", "拒绝"),
    "undo": ("undo", "撤回"),
    "cases": ("cases", "case", "案例"),
    "help": ("help", "commands", "usage", "?", "帮助"),
}
ALIASES = sorted(((word, verb) for verb, words in VERBS.items() for word in words), key=lambda pair: -len(pair[0]))
SPOKEN = frozenset({"suggest", "search", "teach"})  # verbs that take free words as their argument
NUMBERED = frozenset({"approve", "reject", "undo", "cases"})  # verbs about a case, named by its number
NUMBER = re.compile(r"\s*#?(\d{1,12}(?:\.\d{1,9})?)\s*")
TIMED = frozenset({"mute", "snooze", "handover"})  # verbs that take a length of time
FILLER_WORDS = "this that it the thread please pls now here for of me us in channel conversation all"
FILLER = frozenset(FILLER_WORDS.split())
CHINESE_FILLER = re.compile(r"这个|这|该|话题|请|吧|一下|频道|了|本")
ASKING = frozenset(("answer", "learn", "find"))  # aliases that as often begin a question or a sentence
NEVER_MIND = re.compile(r"\W*(?:it|that|about (?:it|this|that))\b", re.IGNORECASE)  # "forget it" deletes nothing
LEADING = re.compile(r"^(?:\s|<@[^>\s]{1,80}>|@[\w.-]{1,80}[,:]?\s|/vigil\b)+", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TARGET = re.compile(r"<?https?://\S+>?|\b\w{1,40}:[\w.:-]{1,120}:\d{1,12}\.\d{1,9}\b")
UNIT_SECONDS = {
    "m": 60,
    "h": 3600,
    "d": 86400,
    "w": 604800,
    "分": 60,
    "小": 3600,
    "时": 3600,
    "天": 86400,
    "周": 604800,
}
TOMORROW = re.compile(r"\b(?:(?:until|till) )?tomorrow\b|明天", re.IGNORECASE)
LENGTH = re.compile(
    r"(?:for\s+)?(\d{1,4}(?:\.\d)?|an?|one)\s*(minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|分钟|小时|时|天|周)(?![a-z])",
    re.I,
)


def parse(text: str) -> tuple[str, str]:
    """(verb, argument); ("help", "") for nothing at all, ("ask", text) for a question in plain words.

    A verb counts only where the rest fits it: "why?" is a command, "why does my pod restart" a question.
    """
    plain = LEADING.sub("", f"{text} ").strip()
    if not plain:
        return "help", ""
    for alias, verb in ALIASES:
        rest = _after(plain, alias)
        if rest is not None and _fits(verb, alias, rest):
            return verb, _argument(verb, rest)
    return ASK, plain


def bare(text: str) -> bool:
    """Whether nothing is said but Vigil's name."""
    return not LEADING.sub("", f"{text} ").strip()


def duration(text: str) -> float | None:
    """A length of time in seconds from words like `2h`, `3 days`, `2 小时`, `tomorrow`; None when there is none."""
    if TOMORROW.search(text):
        return 86400.0
    found = LENGTH.search(TARGET.sub(" ", text))  # the id in a link may look like one
    if not found:
        return None
    number = found.group(1).lower()
    count = 1.0 if number in ("a", "an", "one") else float(number)
    return count * UNIT_SECONDS[found.group(2)[0].lower()]


def _after(plain: str, alias: str) -> str | None:
    """What follows the alias at the text's beginning, if it stands there as a word of its own."""
    if plain[: len(alias)].lower() != alias:
        return None
    rest = plain[len(alias) :]
    return rest.lstrip(" \t\n:,，：") if CHINESE.match(alias) or not re.match(r"[\w-]", rest) else None


def _fits(verb: str, alias: str, rest: str) -> bool:
    """Whether what follows makes sense for the verb; else the alias merely begins a sentence."""
    if verb in SPOKEN and alias not in ASKING:
        return True
    if verb in NUMBERED:
        return NUMBER.fullmatch(rest) is not None or (verb == "cases" and not rest.strip())
    if alias == "find":
        return bool(rest.strip()) and not rest.endswith(("?", "？"))
    if verb == "forget" and NEVER_MIND.match(rest):
        return False
    left = TARGET.sub(" ", rest)
    if verb in TIMED:
        left = TOMORROW.sub(" ", LENGTH.sub(" ", left))
    return _idle(left)


def _argument(verb: str, rest: str) -> str:
    if verb in NUMBERED:
        return rest.strip().lstrip("#")
    target = TARGET.search(rest)
    if verb in TIMED or (verb in SPOKEN and not _idle(rest)):
        return rest.strip()
    return target.group().strip("<>") if target else ""


def _idle(text: str) -> bool:
    """Nothing but filler words, such as `this thread please`."""
    words = re.findall(r"[^\W\d_]+|\d+", CHINESE_FILLER.sub(" ", text).lower())
    return all(word in FILLER for word in words)
