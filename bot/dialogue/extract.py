"""Cuts from a longer text the few sentences, bullets and commands that answer a question, never in mid-code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.dialogue.units import Unit, flat, units
from knowledge.tokens import telling as words

__all__ = ["Unit", "answer", "clip", "units", "words"]

UNITS = 5  # sentences, bullets or code blocks in one answer
LONG = 900  # characters of one answer
ENOUGH = 240  # characters under which a page's answer goes on: one sentence out of it seldom helps
OPENING = 260  # of them at most for the sentence that leads to what is quoted from further down

HAN = re.compile("[\u3400-\u9fff]")
CODE_SPAN = re.compile(r"`[^`\n]{1,400}`")
INSTRUCTS = re.compile(
    r"(?:^|[.:;,]\s+|\b(?:to|you can|then|please|should|must|need to)\s+)(?:run|set|use|add|remove|delete|restart|check|increase|raise|"
    r"lower|grow|switch|change|create|open|ask|request|roll back|rollback|retry|upgrade|enable|disable|list|drop|go through|point|"
    r"rotate|clear|redeploy|deploy|scale|wait|make sure|try|put|move|pass|install|export|find|look)\b"
    r"|(?:运行|执行|设置|改成|使用|重启|检查|增加|删除|切换|升级|联系|申请)",
    re.IGNORECASE,
)
SYMPTOM = re.compile(
    r"\b(?:symptoms?|alerts?|background|overview|introduction|what you see|impact|history)\b|症状|现象|背景|概述", re.I
)
REMEDY = re.compile(
    r"\b(?:fix|relief|resol\w+|solution|remedy|how to|steps|mitigat\w+|recover\w*|workaround|what to do)\b|解决|处理|修复|步骤",
    re.I,
)
HANGS = re.compile(  # a sentence that leans on the one before it
    r"(?:note|also|however|but|then|otherwise|this|these|those|that|it|its|they|both|such|instead|in (?:that|this) case|in particular"
    r"|for example|when not|defaults?|requires?|which|and|or|so|thus|as above|the (?:former|latter|above|same))\b",
)
NO_ANSWER = re.compile(
    r"(?i:(?:last )?updated|更新)(?:于|时间)?\s{0,2}[:：][^\n]{4,60}[·|][^\n]{0,60}$|\s*(?:\[files?: [^\]\n]{1,200}\]\s*)+$|[\s|+=:-]{3,}|\|.*\|$|[=+|-]{6,}"
)


def answer(
    text: str,
    question: str,
    matched: str = "",
    limit: int = LONG,
    rarity: Mapping[str, float] | None = None,
    lead: bool = False,
) -> str:
    """The run of at most five units and `limit` characters that answers best; "" when nothing fits whole.

    `matched` is the passage by which the text was found; what lies in it counts more, and so do words that `rarity`
    (0..1) calls rare. With `lead` a run from further down comes after the sentence that opens the text, or after the
    one that opens its list.
    """
    found = [unit for unit in units(text) if not NO_ANSWER.match(unit.text)]
    asked = {word: 1.0 if rarity is None else 0.25 + 1.5 * rarity.get(word, 0.0) for word in words(question)}
    near = flat(matched)
    worth = [_worth(unit, asked, near) for unit in found]
    best: tuple[float, int, int] | None = None
    for start in range(len(found)):
        for end in range(start + 1, min(len(found), start + UNITS) + 1):
            if len(_joined(found[start:end])) > limit - (OPENING + 2 if lead and start and limit > 2 * OPENING else 0):
                break
            value = sum(worth[start:end]) + _seams(found, start, end)
            if best is None or value > best[0] + 1e-9:
                best = (value, start, end)
    if best is None:
        return ""
    said = _joined(found[best[1] : _filled(found, best[1], best[2])] if lead else found[best[1] : best[2]])
    before = _introduction(found, best[1]) if lead else None
    return f"{before}\n\n{said}" if before and len(before) + len(said) + 2 <= limit else said


def _announces(unit: Unit) -> bool:
    return unit.text.rstrip("*_ ").endswith((":", "："))


def _filled(found: list[Unit], start: int, end: int) -> int:
    """Where a run that says little ends when it goes on under its heading until it says enough."""
    while end < len(found) and found[end].heading == found[start].heading and not _announces(found[end]):
        if len(_joined(found[start:end])) >= ENOUGH or len(_joined(found[start : end + 1])) > 3 * ENOUGH:
            break
        end += 1
    return end


def _introduction(found: list[Unit], start: int) -> str | None:
    """What to say before the run that begins at `start`: its list's own opening, else the text's first sentence."""
    first = found[start]
    above = next((at for at in range(start - 1, -1, -1) if found[at].kind not in ("code", "bullet")), None)
    if above is None:
        return None
    if first.kind in ("code", "bullet") and (_announces(found[above]) or (first.kind == "code" and start - above == 1)):
        return found[above].text + (" …" if start - above > 1 else "")
    at = next(
        (at for at in range(min(start, 3)) if found[at].kind == "prose" and not HANGS.match(found[at].text.lower())),
        None,
    )
    if (
        at is None
        or len(found[at].text) > OPENING
        or found[at].text.count('"') % 2
        or found[at].heading != first.heading
    ):
        return None
    return found[at].text + ("" if at == start - 1 else " …")


def _worth(unit: Unit, asked: Mapping[str, float], near: str) -> float:
    shared = sorted((asked[word] for word in words(unit.text) if word in asked), reverse=True)[:4]
    value = sum(shared) + (0.6 if near and flat(unit.text) in near else 0.0)
    value += 0.8 if unit.kind == "code" else 0.4 * bool(CODE_SPAN.search(unit.text))
    value += 0.8 * bool(INSTRUCTS.search(unit.text)) + 0.5 * bool(REMEDY.search(unit.heading))
    value -= 1.0 * bool(SYMPTOM.search(unit.heading)) + 1.5 * unit.text.rstrip().endswith(("?", "？"))
    return value - 0.45 - len(unit.text) / 1200


def _seams(found: list[Unit], start: int, end: int) -> float:
    """What a cut costs: an introduction without what it introduces, code or an aside without what it hangs on."""
    cost = 0.0
    if end < len(found) and _announces(found[end - 1]):
        cost -= 2.0
    if start and found[start].kind in ("code", "bullet") and found[start - 1].kind not in ("code", "bullet"):
        cost -= 0.7
    if start and found[start].kind == found[start - 1].kind == "bullet":
        cost -= 0.5
    if start and found[start].block == found[start - 1].block:
        cost -= 0.3
    if start and HANGS.match(found[start].text[0].lower() + found[start].text[1:]):
        cost -= 1.2
    return cost + 0.4 * (start == 0) - (0.5 if end - start == 1 and len(found) > 1 else 0.0)


def _joined(run: list[Unit]) -> str:
    """The units as Markdown again: sentences of a paragraph on one line, everything else on lines of its own."""
    text = ""
    for before, unit in zip([None, *run], run, strict=False):
        if before is None:
            text = unit.text
        elif before.block == unit.block:
            text += ("" if before.text.endswith(("。", "！", "？", "”", "」")) else " ") + unit.text
        else:
            text += ("\n" if before.kind == unit.kind == "bullet" else "\n\n") + unit.text
    return text


def clip(text: str, limit: int) -> str:
    """The text on one line, cut at a word's end with an ellipsis, and never within a code span."""
    line = flat(text)
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    if cut.count("`") % 2:
        cut = cut[: cut.rindex("`")]
    head, _, tail = cut.rpartition(" ")
    kept = head if head and len(tail) < 40 and not HAN.search(tail) else cut  # Chinese may end anywhere
    return f"{kept.rstrip(' ,;:.-，；：、。')}…"
