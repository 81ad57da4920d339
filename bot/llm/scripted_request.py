"""Reads a Messages request as scripted rules see it: the task, the material with its labels, the shape, tools and findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.llm.base import Task
from knowledge.tokens import is_pair, telling

Json = Mapping[str, Any]
PROMPT = re.compile(r"\(prompt ([a-z_]+)-\d")
ELEMENT = re.compile(r'<data name="([^"]*)">\n(.*?)\n</data>', re.DOTALL)
TURN = re.compile(r"\[(t\d+)\] ([^,:\n]+), \d\d:\d\d: ?(.*)", re.DOTALL)
LABELLED = re.compile(r"(?m)^\[([a-z]{1,3}\d+)\] ?")
NUMBERED = re.compile(r"\b(?:[a-z]{1,3})?(\d+)\b")
SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")
WORD = re.compile(r"[\w.\-]*\w")
HAN = re.compile(r"[\u3400-\u9fff]+")
DULL = frozenset(
    WORD.findall(
        "the and for with that this you your have has had was were are not but can cannot could would should how what why "
        "when where who does did will from into then than there here about just any all our its"
    )
)


@dataclass(frozen=True, slots=True)
class Bit:
    """A sentence of the material, where it stands: its data element's name, its label ("" for none), who says it."""

    text: str
    name: str
    label: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the rules see it; `task` is "" where it cannot be told."""

    task: str
    data: tuple[tuple[str, str], ...]
    bits: tuple[Bit, ...]
    schema: Json
    tools: Mapping[str, Json]
    found: tuple[str, ...]
    system: str
    most: int

    def of(self, *names: str) -> tuple[Bit, ...]:
        """The sentences of the elements whose name holds one of these words."""
        return tuple(bit for bit in self.bits if any(name in bit.name for name in names))


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule makes of a request: the text of an answer, or tools that are called (name, input), after a thought."""

    text: str = ""
    uses: tuple[tuple[str, Json], ...] = ()
    thought: str = ""


def asked_of(body: Json) -> Asked:
    """The request behind a body that passed the endpoint's checks."""
    system = "\n".join(_texts(body.get("system") or ""))
    blocks = [block for message in body["messages"] for block in _blocks(message.get("content"))]
    data = [(_plain(name), _plain(text)) for text in map(_text, blocks) for name, text in ELEMENT.findall(text)]
    found = [_text(block) for block in blocks if block.get("type") == "tool_result"]
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema") or {}
    named = PROMPT.search(system)
    return Asked(
        task=named[1] if named and named[1] in set(Task) else "",
        data=tuple(data),
        bits=tuple(bit for name, text in data for bit in bits(name, text)),
        schema=schema,
        tools={str(tool["name"]): tool.get("input_schema") or {} for tool in body.get("tools") or ()},
        found=tuple(_plain(text) for text in found),
        system=system,
        most=int(body.get("max_tokens", 0)),
    )


def words(text: str) -> frozenset[str]:
    """The telling words of a text, in lower case; of Chinese, its pairs of characters, without what any question says (`怎么`)."""
    plain = frozenset(word.lower() for word in WORD.findall(HAN.sub(" ", text)) if len(word) > 2) - DULL
    return plain | {word for word in telling(text) if is_pair(word)}


def bits(name: str, text: str) -> Iterator[Bit]:
    """The sentences of an element: labelled by the line they begin with ([t3] asker, 14:02: ..., [e12] ...), or by its name."""
    starts = [match.start() for match in LABELLED.finditer(text)]
    own = NUMBERED.search(name)
    if not starts:
        yield from (Bit(said, name, own[0] if own else "") for said in sentences(text))
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        part = text[start:end]
        turn = TURN.match(part)
        label, role, said = turn.groups() if turn else (part[1 : part.index("]")], "", part[part.index("]") + 1 :])
        yield from (Bit(sentence, name, label, role) for sentence in sentences(said))


def sentences(text: str) -> list[str]:
    """The sentences of a text, without what is too short to say anything."""
    return [said.strip() for said in SENTENCE.split(text) if len(said.strip()) > 2]


def _blocks(content: Any) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())


def _text(block: Json) -> str:
    if block.get("type") == "tool_result":
        return "\n".join(_texts(block.get("content") or ""))
    return str(block.get("text") or "")


def _texts(content: Any) -> list[str]:
    return [_text(block) for block in _blocks(content)]


def _plain(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")


def tokens_of(text: str) -> int:
    """Roughly how many tokens a text has: one for 3.5 bytes."""
    return -(-len(text.encode("utf-8", "replace")) * 2 // 7)
