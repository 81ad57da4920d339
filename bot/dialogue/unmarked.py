"""Finds the questions that Chinese asks without a question mark: by a particle, a question word at the end, or yes-or-no pairs."""

from __future__ import annotations

import re

ENDS = re.compile(
    r"(?:吗|吗亲|嘛|(?<![这那多什])么|怎么办|怎么样|怎么弄|怎么搞|怎么整|怎么处理|怎么解决|怎么回事|怎么配|怎么查|咋办|咋整|咋弄|咋回事|为什么|为啥|什么|啥|何解"
    r"|什么原因|什么情况|什么问题|什么流程|谁审批|多少|哪里|哪儿|哪个|哪位|(?:怎么|如何|为何|什么|哪|谁|几|多少|那|是不是|还是)[^ ]{0,12}呢|了没|没有啊|行不|好不|在不)$"
)
PAIRS = re.compile(
    r"能不能|可不可以|可以不|是不是|有没有|会不会|要不要|用不用|该不该|行不行|对不对|好不好|能否|可否|是否"
)
ASKS = re.compile(r"怎么|怎样|如何|咋|为什么|为啥|为何|哪里|哪个|哪位|谁能|谁知道|找谁|请问|有人遇到|多少")
TOLD = re.compile(r"看下|看看|看一下|看|查|确认|检查|知道|清楚|试试|学会|了解|教你|记得")
"""Before a question word these make no question of it: `look whether ...`, `I know how ...`."""
PARTS = re.compile(r"[\s。！!，,；;：:、…~～()（）]+")


def asks(run: str) -> bool:
    """Whether a run of words between punctuation marks is a question, as far as its words tell."""
    if ENDS.search(run):
        return True
    for found in (*PAIRS.finditer(run), *ASKS.finditer(run)):
        if not TOLD.search(run, max(0, found.start() - 6), found.start()):
            return True
    return False


def holds_question(prose: str) -> bool:
    """Whether any part of the prose asks."""
    return any(asks(part) for part in PARTS.split(prose) if part)
