"""Turns reStructuredText marks into the Markdown that everything here quotes: code is fenced, anchors and roles go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

_MARKED: Any = re2.compile(r"(?m)^[ \t]*\.\. [\w_|\[]|:[a-z][a-z:]{1,20}:`|::[ \t]*$|^[ \t]*#\. ")
_DIRECTIVE: Any = re2.compile(r"^([ \t]*(?:[-*] )?[ \t]*)\.\. ([a-zA-Z][\w:-]{0,40})::[ \t]*(.*)$")
_COMMENT: Any = re2.compile(r"^[ \t]*\.\. ?(?:[_|\[]|\w|$)")
_OPTION: Any = re2.compile(r"^[ \t]*:[\w-]{1,40}:(?:[ \t].*)?$")
_NUMBER: Any = re2.compile(r"^([ \t]*)#\. ")
_MARGIN: Any = re2.compile(r"^[ \t]*(?:[-*] +|[0-9#]+\. +)?")
_PIPE: Any = re2.compile(r"^([ \t]*(?:[-*] )?[ \t]*)\| ")
_ROLE_TITLED: Any = re2.compile(r":[a-z][a-z:]{1,20}:`([^`<\n]{1,300}?)[ \t]*<[^>`\n]{1,300}>`")
_ROLE: Any = re2.compile(r":[a-z][a-z:]{1,20}:`[~!]?([^`\n]{1,300})`")
_LINK: Any = re2.compile(r"`([^`<\n]{1,300}?)[ \t]*<(https?://[^>`\s]{1,500})>`__?")
_LITERAL: Any = re2.compile(r"``([^`\n]{1,400})``")
_NAMED: Any = re2.compile(r"`([^`\n]{1,300})`__?(\W|$)")

CODE = frozenset(["code", "code-block", "sourcecode", "parsed-literal", "highlight", "literalinclude", "prompt"])
SAID = frozenset(
    ["note", "warning", "tip", "hint", "important", "caution", "danger", "attention", "seealso", "admonition"]
)


def as_markdown(text: str) -> str:
    """The text with reST's directives, anchors and roles put as Markdown; any other text comes back as it is."""
    if not _MARKED.search(text):
        return text
    return "\n".join(_lines(text.expandtabs(4).split("\n"))).strip()


def _lines(lines: list[str]) -> Iterator[str]:
    at = number = 0
    while at < len(lines):
        line = lines[at]
        directive = _DIRECTIVE.match(line)
        at += 1
        if directive and directive.group(2) in CODE:
            at, block = _block(lines, at, len(directive.group(1)))
            yield from _fenced(block)
        elif directive and directive.group(2) in SAID:
            yield f"{directive.group(1)}{directive.group(2).capitalize()}: {_inline(directive.group(3))}".rstrip()
        elif directive or _COMMENT.match(line):
            while at < len(lines) and _OPTION.match(lines[at]):
                at += 1
        elif line.rstrip().endswith("::"):
            before = _inline(_colon(line.rstrip()))
            end, block = _block(lines, at, len(_MARGIN.match(line).group()))
            at = end if block else at
            yield from ([before] if before.strip() else [])
            yield from _fenced(block)
        else:
            number = number + 1 if _NUMBER.match(line) else number if line.strip() and line[0] in " \t" else 0
            yield _inline(_PIPE.sub(r"\1", _NUMBER.sub(rf"\g<1>{number}. ", line)))


def _colon(line: str) -> str:
    """The line without the marks that announce code: `Run::` keeps one colon, `Run this. ::` none."""
    return line[:-1] if line[-3:-2].isalnum() or line[-3:-2] in ("`", ")") else line[:-2].rstrip()


def _block(lines: list[str], at: int, indent: int) -> tuple[int, list[str]]:
    """Where the lines that stand deeper than `indent` end, and those lines without options and common indent."""
    end = at
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    block = lines[at:end]
    while block and (not block[0].strip() or _OPTION.match(block[0])):
        block = block[1:]
    while block and not block[-1].strip():
        block = block[:-1]
    margin = min((len(line) - len(line.lstrip()) for line in block if line.strip()), default=0)
    return end, [line[margin:] for line in block]


def _fenced(block: list[str]) -> list[str]:
    return ["", "```", *block, "```", ""] if block else []


def _inline(line: str) -> str:
    if "`" not in line:
        return line
    line = _ROLE.sub(r"\1", _ROLE_TITLED.sub(r"\1", line))
    return str(_NAMED.sub(r"\1\2", _LITERAL.sub(r"`\1`", _LINK.sub(r"[\1](\2)", line))))
