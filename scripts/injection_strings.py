"""The attack and benign strings of the injection trial: a labelled file that is named to it, else those that lie beside it."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from dataclasses import dataclass
from pathlib import Path

OWN = Path(__file__).parent / "injection_strings.jsonl"
NAMED = "VIGIL_INJECTION_STRINGS"
"""The variable that names a file of one's own: JSONL, plain or .gz, a row {"text": ..., "label": "attack" or "benign"}."""

PLAIN = "river stone old house green walk table window small garden winter bread chair silver cloud painter road wide lamb soft"
HAN = "山水云石木花鸟鱼舟桥"
WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Strings:
    """Texts that want something of a model, and texts that only look so, each in the order drawn by a seed."""

    attacks: tuple[str, ...]
    benign: tuple[str, ...]


def strings(seed: int) -> Strings:
    """All strings, shuffled; raises OSError or ValueError for a file that cannot be read as such."""
    path = Path(os.environ.get(NAMED) or OWN)
    rows = [json.loads(line) for line in _text(path).splitlines() if line.strip()]
    if not all(isinstance(row, dict) and row.get("label") in ("attack", "benign") for row in rows):
        raise ValueError(f"{path}: each row needs a text and the label attack or benign")
    random.Random(seed).shuffle(rows)
    by = {label: tuple(str(row["text"]) for row in rows if row["label"] == label) for label in ("attack", "benign")}
    return Strings(by["attack"], by["benign"])


def plainly(text: str) -> str:
    """As many words, lines and signs as in `text`, each word a plain one that wants nothing of anybody."""
    dice, plain = random.Random(text), PLAIN.split()

    def word(found: re.Match[str]) -> str:
        if found[0] >= "\u3400":
            return "".join(dice.choice(HAN) for _ in found[0])
        near = sorted(plain, key=lambda word: (abs(len(word) - len(found[0])), word))[:6]
        return dice.choice(near).title() if found[0][0].isupper() else dice.choice(near)

    return WORD.sub(word, text)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
