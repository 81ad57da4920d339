"""Cuts from a longer text the few sentences, bullets and commands that answer a question, never in mid-code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.tokens import GENERIC, tokens

UNITS = 5  # sentences, bullets or code blocks in one answer
LONG = 900  # characters of one answer

FENCE = re.compile(r"^\s{0,6}(```|~~~)")
BULLET = re.compile(r"^\s{0,12}(?:[-*•+]|\d{1,3}[.)])\s+")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
END = re.compile(r"(?<=[.!?])[\"')\]]{0,2}\s+(?=[\"'(\[`*]{0,2}[A-Z0-9\u4e00-\u9fff`])|(?<=[。！？])")
NEARBY_LINK = re.compile(r"\[([^\]\n]{1,200})\]\((?!https?://)[^)\s]{0,500}\)")
CODE_SPAN = re.compile(r"`[^`\n]{1,400}`")
INSTRUCTS = re.compile(
    r"(?:^|[.:;,]\s+|\b(?:to|you can|then|please|should|must|need to)\s+)(?:run|set|use|add|remove|delete|restart|check|increase|raise|"
    r"lower|grow|switch|change|create|open|ask|request|roll back|rollback|retry|upgrade|enable|disable|list|drop|go through|point|"
    r"rotate|clear|redeploy|deploy|scale|wait|make sure|try|put|move|pass|install|export|find|look)\b"
    r"|(?:运行|执行|设置|改成|使用|重启|检查|增加|删除|切换|升级|联系|申请)",
    re.IGNORECASE,
)
SYMPTOM = re.compile(
    r"\b(?:symptoms?|alerts?|background|overview|introduction|what you see|impact|history|症状|背景|概述)\b", re.I
)
REMEDY = re.compile(
    r"\b(?:fix|relief|resol\w+|solution|remedy|how to|steps|mitigat\w+|recover\w*|workaround|what to do)\b|解决|处理|修复|步骤",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, a bullet or a whole code block; `block` numbers the paragraph it stands in."""

    text: str
    kind: str
    block: int
    heading: str = ""


def units(text: str) -> list[Unit]:
    """The text in order as sentences, bullets and whole code blocks; headings stay as the units' own heading."""
    found: list[Unit] = []
    heading = ""
    for number, (kind, block) in enumerate(_blocks(text)):
        if kind == "heading":
            heading = HEADING.sub("", block).strip()
            continue
        parts = (
            [NEARBY_LINK.sub(r"\1", block)]
            if kind == "bullet"
            else [block]
            if kind == "code"
            else [part.strip() for part in END.split(_flat(block))]
        )
        found.extend(Unit(part, kind, number, heading) for part in parts if part)
    return found


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(kind, lines) in order: code (fences kept), heading, bullet (with its continuation lines), or prose."""
    kind, lines, fence = "", [], ""
    for line in text.splitlines():
        mark = FENCE.match(line)
        starts = _kind(line)
        if fence:
            lines.append(line)
            if mark and mark.group(1) == fence:
                yield "code", "\n".join(lines)
                kind, lines, fence = "", [], ""
            continue
        if lines and (mark or starts in ("", "heading", "bullet") or kind == "heading"):
            yield kind, "\n".join(lines)
            kind, lines = "", []
        if mark:
            fence, kind, lines = mark.group(1), "code", [line]
        elif starts:
            kind, lines = kind or starts, [*lines, line.strip()]
    if lines:
        yield kind, "\n".join([*lines, fence] if fence else lines)


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    if HEADING.match(line):
        return "heading"
    return "bullet" if BULLET.match(line) else "prose"


def _flat(block: str) -> str:
    """On one line, with links that only work inside their own document reduced to their words."""
    return NEARBY_LINK.sub(r"\1", " ".join(block.split()))


def words(text: str) -> frozenset[str]:
    """The telling words of a text, as keyword search sees them."""
    return frozenset(word for word in tokens(text) if word not in GENERIC)


def answer(text: str, question: str, matched: str = "", limit: int = LONG) -> str:
    """The run of at most five units and `limit` characters that answers best; "" when nothing fits whole.

    `matched` is the passage by which the text was found; what lies in it counts more.
    """
    found = units(text)
    asked = words(question)
    near = _flat(matched)
    worth = [_worth(unit, asked, near) for unit in found]
    best: tuple[float, int, int] | None = None
    for start in range(len(found)):
        for end in range(start + 1, min(len(found), start + UNITS) + 1):
            if len(_joined(found[start:end])) > limit:
                break
            value = sum(worth[start:end]) + _seams(found, start, end)
            if best is None or value > best[0] + 1e-9:
                best = (value, start, end)
    return _joined(found[best[1] : best[2]]) if best else ""


def _worth(unit: Unit, asked: frozenset[str], near: str) -> float:
    shared = len(words(unit.text) & asked)
    value = 1.0 * min(shared, 4) + (0.6 if near and _flat(unit.text) in near else 0.0)
    value += 0.8 if unit.kind == "code" else 0.4 * bool(CODE_SPAN.search(unit.text))
    value += 0.8 * bool(INSTRUCTS.search(unit.text)) + 0.5 * bool(REMEDY.search(unit.heading))
    value -= 1.0 * bool(SYMPTOM.search(unit.heading))
    return value - 0.45 - len(unit.text) / 1500


def _seams(found: list[Unit], start: int, end: int) -> float:
    """What a cut costs: an introduction without what it introduces, or a code block without its introduction."""
    cost = 0.0
    if end < len(found) and found[end - 1].text.endswith((":", "：")):
        cost -= 2.0
    if start and found[start].kind in ("code", "bullet") and found[start - 1].kind not in ("code", "bullet"):
        cost -= 0.7
    if start and found[start].block == found[start - 1].block:
        cost -= 0.3
    return cost - (0.5 if end - start == 1 and len(found) > 1 else 0.0)


def _joined(run: list[Unit]) -> str:
    """The units as Markdown again: sentences of a paragraph on one line, everything else on lines of its own."""
    text = ""
    for before, unit in zip([None, *run], run, strict=False):
        if before is None:
            text = unit.text
        elif before.block == unit.block:
            text += ("" if before.text.endswith(("。", "！", "？")) else " ") + unit.text
        else:
            text += ("\n" if before.kind == unit.kind == "bullet" else "\n\n") + unit.text
    return text


def clip(text: str, limit: int) -> str:
    """The text on one line, cut at a word's end with an ellipsis, and never within a code span."""
    flat = _flat(text)
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    if cut.count("`") % 2:
        cut = cut[: cut.rindex("`")]
    head, _, tail = cut.rpartition(" ")
    kept = head if head and len(tail) < 40 else cut
    return f"{kept.rstrip(' ,;:.-')}…"
