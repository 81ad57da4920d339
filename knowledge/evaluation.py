"""Measures of retrieval and abstention, and their computation on a labelled set in BEIR form."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.embedding import Embedder
from knowledge.finder import Finder, Found
from knowledge.index import VectorIndex
from knowledge.mirror import chunks
from knowledge.models import Audience, Case, Entry, Kind, KnowledgeError, Query, Status
from knowledge.ranking import measured

Gains = Mapping[str, float]
DEPTH = 10


def recall_at(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """Share of the relevant documents among the first `depth`; 0 when none is relevant."""
    relevant = {name for name, gain in gains.items() if gain > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def mrr(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """One over the place of the first relevant document, 0 beyond `depth`."""
    return next((1 / place for place, name in enumerate(ranking[:depth], 1) if gains.get(name, 0) > 0), 0.0)


def ndcg(ranking: Sequence[str], gains: Gains, depth: int = DEPTH) -> float:
    """Discounted gain over the best possible one; a document's gain counts linearly, as trec_eval does."""
    best = _discounted(sorted(gains.values(), reverse=True)[:depth])
    return _discounted([gains.get(name, 0.0) for name in ranking[:depth]]) / best if best > 0 else 0.0


def _discounted(gains: Iterable[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def mcc(answered: Sequence[bool], answerable: Sequence[bool]) -> float:
    """Matthews' correlation of answering with there being an answer: 1 perfect, 0 chance; 0 when undefined."""
    pairs = list(zip(answered, answerable, strict=True))
    tp, tn = pairs.count((True, True)), pairs.count((False, False))
    fp, fn = pairs.count((True, False)), pairs.count((False, True))
    below = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / below if below else 0.0


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Documents and questions as (id, text) with the graded relevant documents by question id."""

    name: str
    entries: tuple[Entry, ...]
    questions: tuple[tuple[str, str], ...]
    gains: Mapping[str, Gains]


def read_beir(folder: Path) -> LabelledSet:
    """A folder with corpus.jsonl, queries.jsonl and qrels.tsv, each plain or .gz; raises KnowledgeError if one lacks."""
    documents = tuple(_entry(n, row) for n, row in enumerate(_rows(folder, "corpus.jsonl"), 1))
    questions = tuple((str(row["_id"]), str(row["text"])) for row in _rows(folder, "queries.jsonl"))
    gains: dict[str, dict[str, float]] = {}
    for line in _text(folder, "qrels.tsv").splitlines()[1:]:
        question, document, gain = line.split("\t")
        gains.setdefault(question, {})[document] = float(gain)
    return LabelledSet(folder.name, documents, questions, gains)


def _entry(number: int, row: Mapping[str, Any]) -> Entry:
    title, text = str(row.get("title") or ""), str(row["text"])
    case = Case(Kind.SECTION, title, title, text, Audience.everyone(), source=str(row["_id"]))
    return Entry(number, case, 1, Status.LIVE, number, 0.0)


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _text(folder, name).split("\n") if line.strip()]


def _text(folder: Path, name: str) -> str:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            data = path.read_bytes()
            return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    raise KnowledgeError(f"{folder} has no {name}: it is not a labelled set in BEIR form")


def indexed(labelled: LabelledSet, embedder: Embedder, progress: Callable[[int], None] = lambda done: None) -> Finder:
    """A finder over the set's documents; `progress` hears how many were embedded, after each batch."""
    finder = Finder(VectorIndex(embedder.dim))
    for group in chunks(labelled.entries):
        passages = [entry.case.passages() for entry in group]
        rows = embedder.embed([text for texts in passages for text in texts])
        parts = np.split(rows, np.cumsum([len(texts) for texts in passages])[:-1])
        for entry, vectors in zip(group, parts, strict=True):
            finder.show(entry, vectors)
        progress(len(group))
    return finder


def ask(finder: Finder, questions: Sequence[tuple[str, str]], embedder: Embedder) -> list[Found]:
    """The candidates for each question."""
    vectors = embedder.embed([text for _, text in questions])
    readers = Audience.everyone()
    return [finder.find(Query(text, readers), row) for (_, text), row in zip(questions, vectors, strict=True)]


def evaluate_beir(
    folder: Path, embedder: Embedder, progress: Callable[[int], None] = lambda done: None
) -> dict[str, dict[str, float]]:
    """nDCG@10, recall@10 and MRR@10 of words, meaning and both together, over the questions with a known answer."""
    labelled = read_beir(folder)
    judged = [question for question in labelled.questions if question[0] in labelled.gains]
    found = ask(indexed(labelled, embedder, progress), judged, embedder)
    report = {}
    for way, order in WAYS.items():
        pairs = [(order(f), labelled.gains[question]) for f, (question, _) in zip(found, judged, strict=True)]
        measures = {"ndcg": ndcg, "recall": recall_at, "mrr": mrr}
        report[way] = {name: sum(m(*pair) for pair in pairs) / len(pairs) for name, m in measures.items()}
    return report


def _by_words(found: Found) -> list[str]:
    ordered = sorted(found.candidates, key=lambda c: -c.bm25)
    return [c.entry.case.source for c in ordered if c.bm25 > 0]


def _by_meaning(found: Found) -> list[str]:
    return [c.entry.case.source for c in sorted(found.candidates, key=lambda c: -c.cosine)]


def _by_both(found: Found) -> list[str]:
    return [candidate.entry.case.source for _, candidate, _ in measured(found, 0.0, DEPTH)]


WAYS: Mapping[str, Callable[[Found], list[str]]] = {"bm25": _by_words, "dense": _by_meaning, "fused": _by_both}
