#!/usr/bin/env python3
"""How redaction does on credentials that it was not made for: of unnamed vendors, and with a family's own rules switched off."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import re2
from redaction_fresh_world import SECRETS, Fresh, fresh, look_alikes

from knowledge import redaction, redaction_cloud, redaction_secrets, redaction_tokens
from knowledge.evaluation_sets import read_rows
from knowledge.redaction_model import Finding

SHAPES = ("NAMED_SHAPES", "SURE_SHAPES", "UNSURE_SHAPES")
Find = Callable[[str], list[Finding]]


def main() -> int:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--secrets", type=Path, help="labelled texts, to leave out each family of rules in turn")
    parser.add_argument("--missed", action="store_true", help="list what was missed and what was masked in vain")
    wanted = parser.parse_args()
    find, likes = redaction.findings, look_alikes(wanted.seed)
    wrong = [one for one in likes if find(one.text)]
    told: dict[str, Any] = {"seed": wanted.seed}
    for half in SECRETS:
        told[half] = figures(fresh(wanted.seed, half), len(wrong), find, wanted.missed)
    told["look_alikes"] = {
        "texts": len(likes),
        "masked": len(wrong),
        "by_kind": dict(Counter(one.family for one in wrong)),
    }
    if wanted.missed:
        print(*(one.text for one in wrong), sep="\n", file=sys.stderr)
    if wanted.secrets:
        told["left_out"] = dict(left_out(wanted.secrets))
    print(json.dumps(told))
    return 0


def figures(secrets: Sequence[Fresh], wrong: int, find: Find, show: bool) -> dict[str, Any]:
    """Recall of spans wholly masked, overall and where a word says what they are; precision as masks in vain weigh in."""
    missed = [one for one in secrets if not _covered(one, find(one.text))]
    named = [
        one for one in secrets if any(word in one.text.lower() for word in ("key", "token", "bearer", "secret", "cred"))
    ]
    if show:
        print(*(f"{one.family}: {one.text!r}" for one in missed), sep="\n", file=sys.stderr)
    good = len(secrets) - len(missed)
    return {
        "secrets": len(secrets), "recall": good / len(secrets), "precision": round(good / max(1, good + wrong), 3),
        "recall_named": round(sum(one not in missed for one in named) / len(named), 3), "missed": dict(Counter(one.family for one in missed)),
    }  # fmt: skip


def _covered(one: Fresh, masks: Sequence[Finding]) -> bool:
    places = {place for mask in masks for place in range(mask.start, mask.end)}
    return all(place in places for place in range(one.start, one.end) if one.text[place].isalnum())


def left_out(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """By family of the labelled texts: recall with all rules, and without every vendor's shape and cloud rule that finds a label of it."""
    rows = read_rows(path, ("text", "spans"))
    gold = [(row["text"], span) for row in rows for span in row["spans"]]
    kept = {name: getattr(redaction_tokens, name) for name in SHAPES}
    cloud = redaction_cloud.CLOUD_RULES
    for family in sorted({str(span["rule"]) for _, span in gold}):
        mine = [(text, span) for text, span in gold if span["rule"] == family]
        whole = _recall(mine, redaction.findings)
        for name, shapes in kept.items():
            setattr(redaction_tokens, name, tuple(filter(None, (_without(shape, mine) for shape in shapes))))
        redaction_cloud.CLOUD_RULES = tuple(rule for rule in cloud if not any(any(rule.find(text)) for text, _ in mine))
        yield family, {"gold": len(mine), "with": whole, "without_its_own": _recall(mine, _anew().findings)}
        for name, shapes in kept.items():
            setattr(redaction_tokens, name, shapes)
        redaction_cloud.CLOUD_RULES = cloud
    _anew()


def _without(shape: str, mine: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """The alternatives of a shape that find none of these labels; one that finds nothing where none is left."""
    values = [text[span["start"] : span["end"]] for text, span in mine]
    left = [way for way in _ways(shape) if not any(re2.search(way, value) for value in values)]
    return "|".join(left) or r"\z\A."


def _ways(shape: str) -> Iterator[str]:
    depth, begin = 0, 0
    for place, character in enumerate(shape):
        depth += (character in "([{") - (character in ")]}")
        if character == "|" and not depth:
            yield shape[begin:place]
            begin = place + 1
    yield shape[begin:]


def _anew() -> ModuleType:
    importlib.reload(redaction_secrets)
    return importlib.reload(redaction)


def _recall(mine: Sequence[tuple[str, dict[str, Any]]], find: Find) -> float:
    good = 0
    for text, span in mine:
        inside = [place for place in range(span["start"], span["end"]) if text[place].isalnum()]
        places = {place for mask in find(text) for place in range(mask.start, mask.end)}
        good += set(range(inside[0], inside[-1] + 1)) <= places
    return round(good / len(mine), 3)


if __name__ == "__main__":
    sys.exit(main())
