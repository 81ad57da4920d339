"""Fits the weights of P(helpful) in knowledge/ranking.py on labelled sets: fit_ranking.py --data FOLDER."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, fields
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from bot.dialogue.question import asked
from knowledge.embedding import CachedEmbedder, SentenceEmbedder
from knowledge.evaluation import mcc
from knowledge.evaluation_sets import LabelledSet, ask, indexed, read_beir
from knowledge.models import Audience
from knowledge.ranking import Features, measured

# openings of threads -> their answers; alerts -> runbooks; a shop's customers -> known questions, half out of scope.
# What is reported elsewhere is not fitted on.
SETS = ("thread_resolution", "alert2runbook", "hint3_curekart")
IN_VAIN = 150  # questions of each other set, which this set cannot answer
TOP = 3  # hits taken a question: the second and third teach what a near miss looks like


def rows(finder, questions, embedder, gains, top):
    """(features, label, place) of the best `top` hits for each question."""
    found = []
    queries = [asked(text).query(Audience.everyone()) for _, text in questions]
    for (name, _), candidates in zip(questions, ask(finder, queries, embedder), strict=True):
        for place, hit in enumerate(measured(candidates, 0.0, top)):
            good = gains.get(name, {}).get(hit.entry.case.source, 0) > 0
            found.append((astuple(hit.features), good, place))
    return found


def collect(sets: list[LabelledSet], embedder) -> list:
    """(set, features, label, place): own questions with their labels, and hopeless ones taken from the other sets."""
    found = []
    for own in sets:
        finder = indexed(own, embedder)
        found += [(own.name, *row) for row in rows(finder, own.questions, embedder, own.gains, TOP)]
        for other in sets:
            if other is not own:
                vain = rows(finder, other.questions[:IN_VAIN], embedder, {}, 1)
                found += [(f"{own.name} asked in vain", *row) for row in vain]
    return found


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True, help="The folder of the sets.")
@click.option("--model", default="", help="Embedding model, by name or path.")
def main(data: Path, model: str) -> None:
    """Print the weights and how well they tell what can be answered."""
    report(collect([read_beir(data / name) for name in SETS], CachedEmbedder(SentenceEmbedder(model))))


def report(found: list) -> None:
    """Fit, then print weights, calibration by tenths and abstention at several thresholds."""
    console = Console()
    inputs, labels = np.array([row[1] for row in found]), np.array([row[2] for row in found])
    sizes = Counter(row[0] for row in found)
    weights = np.array([len(found) / len(sizes) / sizes[row[0]] for row in found])  # each set counts the same
    model = LogisticRegression(C=10.0, max_iter=1000).fit(inputs, labels, sample_weight=weights)
    names = [field.name for field in fields(Features)]
    console.print("BIAS", round(model.intercept_[0], 2), dict(zip(names, model.coef_[0].round(2), strict=True)))
    chances = model.predict_proba(inputs)[:, 1]
    for low in np.arange(0, 1, 0.1):
        inside = (chances >= low) & (chances < low + 0.1)
        said, was = np.average(chances[inside]), np.average(labels[inside])
        console.print(f"P {low:.1f}  n {inside.sum():5}  said {said:.2f}  was {was:.2f}")
    for name in sizes:
        first = np.array([row[0] == name and row[3] == 0 for row in found])
        for threshold in (0.3, 0.5, 0.7):
            said, right = chances[first] >= threshold, labels[first]
            precision = right[said].mean() if said.any() else 0.0
            figures = f"answers {said.mean():.2f}  precision {precision:.2f}  mcc {mcc(list(said), list(right)):.3f}"
            console.print(f"{name} at {threshold}: {figures}")


if __name__ == "__main__":
    main()
