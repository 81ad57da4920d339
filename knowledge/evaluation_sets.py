"""Labelled sets in BEIR form: documents, questions and judgements from files that may be gzipped."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.embedding import Embedder
from knowledge.evaluation import Gains
from knowledge.finder import Finder, Found, middle
from knowledge.index import VectorIndex
from knowledge.mirror import chunks
from knowledge.models import Audience, Case, Entry, Kind, KnowledgeError, Query, Status

Row = Mapping[str, Any]
Questions = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Documents and questions as (id, text) with the graded relevant documents by question id."""

    name: str
    entries: tuple[Entry, ...]
    questions: tuple[tuple[str, str], ...]
    gains: Mapping[str, Gains]


def read_text(path: Path) -> str:
    """The file's text, unpacked where it is gzipped; raises KnowledgeError in one line when it cannot be read."""
    try:
        data = path.read_bytes()
        packed = path.suffix == ".gz" or data[:2] == b"\x1f\x8b"
        return (gzip.decompress(data) if packed else data).decode("utf-8-sig")
    except (EOFError, zlib.error, gzip.BadGzipFile) as trouble:
        raise KnowledgeError(f"{path}: the gzip file is damaged ({trouble})") from None
    except OSError as trouble:
        raise KnowledgeError(f"{path}: cannot be read: {trouble.strerror or trouble}") from None
    except UnicodeDecodeError:
        raise KnowledgeError(f"{path}: not text in UTF-8") from None


def read_rows(path: Path, needed: Sequence[str]) -> list[Row]:
    """The JSON object of each line, each with the `needed` keys; raises KnowledgeError naming the first line without."""
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            rows.append(_row(f"{path}, line {number}", line, needed))
    if not rows:
        raise KnowledgeError(f"{path}: holds no line")
    return rows


def _row(where: str, line: str, needed: Sequence[str]) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise KnowledgeError(f"{where}: not JSON") from None
    if not isinstance(row, dict):
        raise KnowledgeError(f"{where}: not a JSON object")
    lacking = [name for name in needed if row.get(name) is None]
    if lacking:
        raise KnowledgeError(f"{where}: has no {' and no '.join(lacking)}")
    return row


def read_documents(path: Path) -> list[Row]:
    """The corpus: rows with `_id`, `text` and perhaps `title`."""
    return read_rows(path, ("_id", "text"))


def read_questions(path: Path) -> list[tuple[str, str]]:
    """(id, text) of each question; whatever else a row says is no part of the question."""
    return [(str(row["_id"]), str(row["text"])) for row in read_rows(path, ("_id", "text"))]


def read_gains(path: Path) -> dict[str, dict[str, float]]:
    """Grade by document by question: tab-separated lines under a head; raises KnowledgeError naming a bad line."""
    gains: dict[str, dict[str, float]] = {}
    for number, line in enumerate(read_text(path).splitlines()[1:], 2):
        if line.strip():
            try:
                question, document, grade = line.split("\t")
                gains.setdefault(question, {})[document] = float(grade)
            except ValueError:
                raise KnowledgeError(f"{path}, line {number}: not question, document and grade by tabs") from None
    if not gains:
        raise KnowledgeError(f"{path}: judges no question")
    return gains


def judged(questions: Questions, gains: Mapping[str, Gains], where: Path) -> list[tuple[str, str]]:
    """The questions with a judgement; raises KnowledgeError when there is none."""
    found = [question for question in questions if question[0] in gains]
    if not found:
        raise KnowledgeError(f"{where}: judges none of the questions")
    return found


def section(row: Row) -> Case:
    """A document of a corpus as a section that everyone may read; `source` is its id."""
    title = str(row.get("title") or "")
    return Case(Kind.SECTION, title, title, str(row["text"]), Audience.everyone(), source=str(row["_id"]))


def read_beir(folder: Path) -> LabelledSet:
    """A folder with corpus.jsonl, queries.jsonl and qrels.tsv, each plain or .gz; raises KnowledgeError if one lacks."""
    documents = enumerate(map(section, read_documents(_in(folder, "corpus.jsonl"))), 1)
    entries = tuple(Entry(number, case, 1, Status.LIVE, number, 0.0) for number, case in documents)
    questions = tuple(read_questions(_in(folder, "queries.jsonl")))
    return LabelledSet(folder.name, entries, questions, read_gains(_in(folder, "qrels.tsv")))


def _in(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
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


def ask(finder: Finder, queries: Sequence[Query], embedder: Embedder) -> list[Found]:
    """The candidates for each query."""
    return [finder.find(query, middle(embedder.embed([query.text, *query.views]))) for query in queries]
