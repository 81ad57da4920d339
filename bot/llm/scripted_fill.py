"""Fills any JSON schema from what a scripted rule chose: sentences with their labels, a yes or no, what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.llm.scripted_request import Bit

Json = Mapping[str, Any]
REFERENCE = re.compile(r"turn|hit|source|label|cite|ref|entry|ids?$")
AGAINST = re.compile(r"unsure|risk|refus|duplicate|escalat|hand_?over|unknown|noise|code")
NOTHING = re.compile(r"^(?:missing|lacks?|reason|why|gap|note)")
NEGATIVE = frozenset(("no", "none", "false", "not_enough", "no_request", "silent", "unsure", "unknown"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What an answer is made of. `keyed` chooses sentences for fields whose name holds a word; others get `bits`."""

    bits: tuple[Bit, ...] = ()
    yes: bool = True
    missing: str = ""
    keyed: Mapping[str, Sequence[Bit]] = field(default_factory=dict)
    word: Callable[[str], str] = str
    """What is made of each text before it is said."""

    def of(self, key: str) -> Sequence[Bit]:
        """The sentences for a field of the answer."""
        return next((bits for part, bits in self.keyed.items() if part in key), self.bits)


def filled(schema: Json, plan: Plan) -> str:
    """JSON text that fits the schema, an object's."""
    top = _resolved(schema, schema)
    found = {key: _value(part, schema, plan, key, plan.of(key)) for key, part in _fields(top)}
    return json.dumps(found, ensure_ascii=False)


def _value(schema: Json, root: Json, plan: Plan, key: str, bits: Sequence[Bit]) -> Any:
    schema = _resolved(schema, root)
    if "const" in schema or "enum" in schema:
        options = [schema["const"]] if "const" in schema else schema["enum"]
        return next((option for option in options if plan.yes != (str(option).lower() in NEGATIVE)), options[0])
    match schema.get("type"):
        case "object":
            return {name: _value(part, root, plan, name, bits) for name, part in _fields(schema)}
        case "array":
            return _array(_resolved(schema.get("items") or {}, root), root, plan, key, bits)
        case "boolean":
            return plan.yes != bool(AGAINST.search(key))
        case "number":
            return 0.9 if plan.yes else 0.1
        case "integer":
            return max(0, *_numbers(bits[:1])) if REFERENCE.search(key) else int(plan.yes)
        case "string":
            return _string(plan, key, bits)
        case _:
            return None


def _array(items: Json, root: Json, plan: Plan, key: str, bits: Sequence[Bit]) -> list[Any]:
    match items.get("type"):
        case "object":
            return [_value(items, root, plan, key, [bit]) for bit in bits]
        case "integer" | "number":
            return sorted(set(_numbers(bits)))
        case _ if REFERENCE.search(key):
            return list(dict.fromkeys(bit.label for bit in bits if bit.label))
        case _:
            return [plan.word(bit.text) for bit in bits]


def _string(plan: Plan, key: str, bits: Sequence[Bit]) -> str:
    if NOTHING.search(key):
        return plan.word(plan.missing) if plan.missing or not plan.yes else ""
    if not bits:
        return ""
    return bits[0].label if REFERENCE.search(key) and bits[0].label else plan.word(bits[0].text)


def _numbers(bits: Sequence[Bit]) -> list[int]:
    return [int(digits[0]) for bit in bits if (digits := re.search(r"\d+", bit.label))] or [0] * bool(bits)


def _fields(schema: Json) -> list[tuple[str, Json]]:
    return list((schema.get("properties") or {}).items())


def _resolved(schema: Json, root: Json) -> Json:
    """The schema itself behind references and alternatives; of several, the first that is not null."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]]
        else:
            schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
    return schema
