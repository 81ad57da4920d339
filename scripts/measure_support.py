#!/usr/bin/env python3
"""Measures which sentences the support check keeps and drops: retold and falsified ones, and any folder's documents."""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bot import app
from bot.config import Config
from bot.dialogue.support import CARRIES, Support
from bot.dialogue.units import units
from knowledge.paragraphs import paragraphs

HERE = Path(__file__).parent
RUNBOOKS = HERE.parent / "bot" / "sandbox" / "sample" / "runbooks"
WORDY = 6  # words of a sentence that is measured
SWAPS = (
    (re.compile(r"(?<![\w.])(\d{1,6})(?![\w.])"), lambda found: str(int(found[1]) * 2 + 1), "number"),
    (re.compile(r"(?<![\w-])--[a-z][\w-]+"), lambda found: "--force-all", "flag"),
    (re.compile(r"(?<![\w/])/[\w.-]+/[\w./-]+"), lambda found: "/opt/elsewhere/x.conf", "path"),
    (re.compile(r"\b(is|are|can|will|should|must)\b(?! not| no\b|n't)"), lambda found: f"{found[1]} not", "negation"),
    (re.compile(r"\b(is|are|can|will|should|must|do|does) not\b"), lambda found: found[1], "negation"),
)
Case = tuple[str, bool, str, tuple[str, ...]]


def main() -> None:
    """Score every pair once, then print what each kind keeps and drops at the threshold, and around it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="documents as JSONL (.gz) with `title` and `text`")
    parser.add_argument("--most", type=int, default=400, help="sentences of the corpus")
    parser.add_argument("--show", action="store_true", help="print what is kept or dropped wrongly")
    told = parser.parse_args()
    support = Support(app.embedder(Config()).embed)
    cases = [*_pairs(), *(_corpus(told.corpus, told.most) if told.corpus else ())]
    scores: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for number, (kind, carried, sentence, passages) in enumerate(cases, 1):
        sure = support.surely(sentence, passages)
        scores[kind, carried].append(sure)
        if told.show and (sure >= CARRIES) != carried:
            print(f"{sure:.2f} {kind}: {sentence}")
        print(f"\r{number} of {len(cases)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    for (kind, carried), found in sorted(scores.items(), key=lambda item: (not item[0][1], item[0][0])):
        right = np.mean([(sure >= CARRIES) == carried for sure in found])
        print(f"{'kept' if carried else 'dropped'} rightly {right:.3f} of {len(found):4d}  {kind}")
    for threshold in (0.5, 0.55, 0.6, CARRIES, 0.65, 0.7, 0.75, 0.8):
        kept = np.mean([s >= threshold for (_, carried), found in scores.items() if carried for s in found])
        dropped = np.mean([s < threshold for (_, carried), found in scores.items() if not carried for s in found])
        print(f"at {threshold:.2f}: kept {kept:.3f}, dropped {dropped:.3f}")


def _pairs() -> Iterator[Case]:
    """Sentences retold and falsified by hand, each with the sections of its runbook as they are searched."""
    for line in (HERE / "support_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        sections = (RUNBOOKS / f"{pair['document']}.md").read_text(encoding="utf-8").split("\n## ")
        passages = tuple(f"# {section}" for section in sections[1:])
        yield f"{pair['set']}, {pair['kind']}", pair["carried"], pair["sentence"], passages


def _corpus(path: Path, most: int) -> list[Case]:
    """Sentences of documents against their own passage, changed in one thing, and against another passage of the document."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found: list[Case] = []
    for row in np.random.default_rng(7).permutation(len(rows)):
        parts = paragraphs(rows[row]["text"])
        if len(parts) < 2 or len(found) >= most * 4:
            continue
        own, other = (f"# {rows[row].get('title', '')}\n\n{part}" for part in parts[:2])
        said = [
            u.text
            for u in units(parts[0])
            if u.kind == "prose" and len(u.text.split()) >= WORDY and "http" not in u.text
        ]
        for sentence in said[:2]:
            found.append(("document, own passage", True, sentence, (own,)))
            found.append(("document, other passage", False, sentence, (other,)))
            for pattern, swap, kind in SWAPS:
                changed = pattern.sub(swap, sentence, count=1)
                if changed != sentence:
                    found.append((f"document, {kind} changed", False, changed, (own,)))
    return found


if __name__ == "__main__":
    main()
