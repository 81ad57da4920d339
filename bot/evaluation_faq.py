"""Measures answering from known questions, and abstaining, as the makers of the HINT3 sets do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import app
from bot.config import Config
from bot.dialogue.question import asked
from bot.evaluation_store import fill, fresh
from bot.replay_progress import Progress
from knowledge.evaluation import DIGITS, mcc
from knowledge.evaluation_sets import Row, read_rows, section
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, KnowledgeError

ABSTAINED = "NO_NODES_DETECTED"
STEPS = 100  # thresholds tried between 0 and 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The intent of what was found first and how surely it helps, beside the true intent."""

    said: str
    helpful: float
    true: str

    def at(self, threshold: float) -> str:
        """What is said where less sureness than `threshold` means silence."""
        return self.said if self.helpful >= threshold else ABSTAINED


def evaluate(corpus: Path, queries: Path, config: Config) -> dict[str, Any]:
    """In-scope accuracy, and Matthews' correlation over all intents and abstention, at the best and at the shipped threshold.

    Intents serve for scoring only. Raises KnowledgeError in one line on a file that is no such set.
    """
    known = read_rows(corpus, ("_id", "text", "intent"))
    rows = read_rows(queries, ("_id", "text", "metadata"))
    true = [_intent(row, f"{queries}: {row['_id']}") for row in rows]
    model = app.embedder(config)
    texts = [str(row["text"]) for row in rows]
    with fresh(config, model) as base:
        fill(base, [section(row) for row in known], "known questions")
        model.embed(texts)
        answers = _answers(base, texts, true, {str(row["_id"]): str(row["intent"]) for row in known})
    return figures(answers, config.defaults.evidence)


def _intent(row: Row, where: str) -> str:
    if not isinstance(row["metadata"], dict) or "intent" not in row["metadata"]:
        raise KnowledgeError(f"{where} has no metadata with an intent: it is no set of known questions")
    return str(row["metadata"]["intent"])


def _answers(base: KnowledgeBase, texts: Sequence[str], true: Sequence[str], intents: dict[str, str]) -> list[Answer]:
    found = []
    with Progress("questions", len(texts)) as progress:
        for text, intent in zip(texts, true, strict=True):
            hits = base.search(asked(text).query(Audience.everyone()))
            said, helpful = (intents[hits[0].entry.case.source], hits[0].helpful) if hits else (ABSTAINED, 0.0)
            found.append(Answer(said, helpful, intent))
            progress(len(found))
    return found


def figures(answers: Sequence[Answer], shipped: float) -> dict[str, Any]:
    """Accuracy without abstaining, the best correlation over thresholds, and both at the shipped threshold."""
    curve = [(_correlation(answers, step / STEPS), step / STEPS) for step in range(STEPS + 1)]
    best, threshold = max(curve, key=lambda point: (point[0], -point[1]))
    return {
        "queries": len(answers),
        "in_scope": sum(answer.true != ABSTAINED for answer in answers),
        "in_scope_accuracy": _accuracy(answers, 0.0),
        "best_mcc": round(best, DIGITS),
        "best_threshold": threshold,
        "at_shipped_threshold": {
            "threshold": shipped,
            "mcc": round(_correlation(answers, shipped), DIGITS),
            "accuracy": _accuracy(answers, shipped),
            "abstained": round(sum(a.at(shipped) == ABSTAINED for a in answers) / max(1, len(answers)), DIGITS),
        },
    }


def _correlation(answers: Sequence[Answer], threshold: float) -> float:
    return mcc([answer.at(threshold) for answer in answers], [answer.true for answer in answers])


def _accuracy(answers: Sequence[Answer], threshold: float) -> float:
    """The share of the questions in scope that are given their own intent."""
    inside = [answer for answer in answers if answer.true != ABSTAINED]
    return round(sum(a.at(threshold) == a.true for a in inside) / max(1, len(inside)), DIGITS)
