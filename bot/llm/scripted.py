"""A language model that is none: rules over the words of a request, for tests, demos and dry runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.llm.base import Task
from bot.llm.scripted_fill import Plan, filled
from bot.llm.scripted_request import ELEMENT, Asked, Bit, Said, bits, words

Rule = Callable[[Asked], Said]
NEEDS = re.compile(
    r"\?|？|how (?:do|can|to)|fail|error|broken|stuck|cannot|can't|doesn't|not work|help|anyone|怎么|报错|失败|请问",
    re.I,
)
CHAT = re.compile(
    r"\b(?:thanks|thank you|lunch|congrat\w*|welcome|good morning|lol|deployed|fyi|heads up)\b|谢谢", re.I
)
CAUSES = re.compile(r"\b(?:because|caused by|due to|turned out|the reason)\b|因为|原因", re.I)
ACTIONS = re.compile(r"\b(?:i will|i'll|we will|we'll|let me|please|could you|can you|next step|todo)\b|请|我来", re.I)
MARKUP = re.compile(r"#|```|\|")
MOST = 3


def plausible(asked: Asked) -> Said:
    """What an obliging and honest model might say, made of the material's own sentences."""
    question = _question(asked)
    if not asked.found and not _nearest(question, _sources(asked)) and (uses := _look_up(asked.tools, question)):
        return Said(uses=uses, thought="What was found does not answer it.")
    return Said(filled(asked.schema, PLANS.get(asked.task, _generic)(asked)), thought="The material says it.")


def _question(asked: Asked) -> str:
    """What is asked: the element of that name, else what the asker said first, else whatever comes first."""
    said = (
        asked.of("question") or tuple(bit for bit in asked.bits if bit.role.startswith("asker"))[:3] or asked.bits[:3]
    )
    return " ".join(bit.text for bit in said)


def _sources(asked: Asked) -> tuple[Bit, ...]:
    """What can be cited: everything with a label that is neither the question nor a turn of the thread."""
    found = tuple(bit for text in asked.found for bit in _found_bits(text))
    return tuple(bit for bit in asked.bits if bit.label and not bit.role and "question" not in bit.name) + found


def _found_bits(text: str) -> Sequence[Bit]:
    return [bit for name, said in ELEMENT.findall(text) for bit in bits(name, said) if bit.label and not bit.role]


def _nearest(question: str, sources: Sequence[Bit]) -> tuple[Bit, ...]:
    """Of the source that shares most telling words with the question, two at least: the nearest sentence and what follows it."""
    wanted, parts = words(question), dict[tuple[str, str], list[Bit]]()
    for bit in sources:
        parts.setdefault((bit.name, bit.label), []).append(bit)
    best = max(parts.values(), key=lambda part: len(wanted & words(" ".join(bit.text for bit in part))), default=[])
    if len(wanted & words(" ".join(bit.text for bit in best))) < 2:
        return ()
    plain = [bit for bit in best if len(bit.text) < 400 and not MARKUP.match(bit.text)]
    start = max(range(len(plain)), key=lambda place: len(wanted & words(plain[place].text)), default=0)
    return tuple(plain[start : start + MOST])


def _look_up(tools: Mapping[str, Any], question: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """A search with the question's words; what does not look like a search is not called."""
    name = next((name for name in tools if "search" in name), "")
    telling = " ".join([word for word in question.split() if words(word)][:12])
    fields = tools[name].get("properties") or {} if name else {}
    taken = {key: telling for key, part in fields.items() if part.get("type") == "string"}
    return ((name, taken),) if taken else ()


def _compose(asked: Asked) -> Plan:
    best = _nearest(_question(asked), _sources(asked))
    return Plan(best, bool(best), "" if best else _question(asked)[:120])


def _judge(asked: Asked) -> Plan:
    turns = [bit for bit in asked.bits if bit.role]
    label = next((text.strip() for name, text in asked.data if name == "turn"), "")
    marked = " ".join(bit.text for bit in turns if bit.label == (label or turns[-1].label)) or " ".join(
        bit.text for bit in turns[-1:]
    )
    yes = bool(NEEDS.search(marked)) and not CHAT.search(marked)
    return Plan(tuple(turns[-1:]), yes, "wants_help" if yes else "no_request")


def _thread(asked: Asked) -> Plan:
    """A thread in short: how it began, what helpers said, what somebody means to do."""
    turns = [bit for bit in asked.bits if bit.role]
    opening = _asking([bit for bit in turns if bit.role.startswith("asker")] or turns)
    helpers = [bit for bit in turns if bit.role.startswith(("helper", "person")) and not bit.text.endswith(("?", "？"))]
    answer = helpers[-MOST:]
    doing = [bit for bit in turns if ACTIONS.search(bit.text)][-2:]
    causes = [bit for bit in helpers if CAUSES.search(bit.text)][:1]
    yes = bool(answer)
    keyed = {"resolution": answer, "problem": opening, "question": opening, "title": opening, "tried": helpers[:5], "action": doing,
             "cause": causes, "environment": [], "version": [], "says": answer[-1:] or opening}  # fmt: skip
    return Plan(tuple(answer), yes, "" if yes else "no reply", keyed)


def _opening(asked: Asked) -> Plan:
    """The open question, in the asker's own sentence."""
    found = _asking([bit for bit in asked.bits if bit.role.startswith("asker")] or list(asked.bits))
    return Plan(tuple(found), bool(found))


def _awaited(asked: Asked) -> Plan:
    """What is waited for: the last question that a helper asked, else the open one."""
    back = [bit for bit in asked.bits if bit.role.startswith("helper") and bit.text.endswith(("?", "？"))]
    return Plan(tuple(back[-1:])) if back else _opening(asked)


def _asking(said: Sequence[Bit]) -> list[Bit]:
    """The first sentence that tells of trouble or asks; without one the first that is more than a greeting."""
    telling = [bit for bit in said if len(words(bit.text)) > 2] or list(said)
    return ([bit for bit in telling if NEEDS.search(bit.text)] or telling)[:1]


def _generic(asked: Asked) -> Plan:
    return Plan(asked.bits[:MOST], bool(asked.bits))


PLANS: Mapping[str, Callable[[Asked], Plan]] = {
    Task.COMPOSE: _compose,
    Task.CONVERSE: _compose,
    Task.JUDGE: _judge,
    Task.EXTRACT: _thread,
    Task.SUMMARISE: _thread,
    Task.STATUS: _thread,
    Task.REWRITE: _opening,
    Task.FOLLOW_UP: _awaited,
}
