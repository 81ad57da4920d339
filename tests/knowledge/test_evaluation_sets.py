"""Labelled sets from files: plain and gzipped, whole and damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from knowledge.embedding import HashingEmbedder
from knowledge.evaluation_sets import ask, indexed, judged, read_beir, read_gains, read_questions, read_rows
from knowledge.models import Audience, KnowledgeError, Query


def write(folder: Path) -> None:
    corpus = [("pool", "restart the pgbouncer pool"), ("disk", "extend the volume quota"), ("dns", "flush resolver")]
    rows = [json.dumps({"_id": name, "title": name, "text": text}) for name, text in corpus]
    with gzip.open(folder / "corpus.jsonl.gz", "wt") as file:
        file.write("\n".join(rows))
    questions = [("q1", "the pgbouncer pool hangs"), ("q2", "volume quota too small"), ("q3", "nobody knows")]
    lines = [json.dumps({"_id": name, "text": text, "metadata": {}}) for name, text in questions]
    (folder / "queries.jsonl").write_text("\n".join(lines))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpool\t1\nq2\tdisk\t1\n")


def test_a_labelled_set_is_read_and_asked(tmp_path: Path) -> None:
    write(tmp_path)
    labelled, done, model = read_beir(tmp_path), list[int](), HashingEmbedder()
    queries = [Query(text, Audience.everyone(), views=(text.partition(" ")[2],)) for _, text in labelled.questions]
    found = ask(indexed(labelled, model, done.append), queries, model)
    assert sum(done) == len(labelled.entries) == len(found) == 3
    assert labelled.gains == {"q1": {"pool": 1.0}, "q2": {"disk": 1.0}}
    assert max(found[0].candidates, key=lambda c: c.bm25).spine.entry().case.source == "pool"


def test_a_folder_that_is_no_labelled_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"corpus\.jsonl"):
        read_beir(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"_id": "a", "text": "x"}\n{"_id": "b"', "line 2: not JSON"),
        (b"[1]\n", "line 1: not a JSON object"),
        (b'{"_id": "a"}\n', "line 1: has no text"),
        (b"\n\n", "holds no line"),
        (b"\xff\xfe\xff", "not text in UTF-8"),
        (b"\x1f\x8b\x08 cut", "gzip file is damaged"),
    ],
)
def test_a_bad_file_is_told_in_one_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_bytes(content)
    with pytest.raises(KnowledgeError, match=said) as told:
        read_questions(path)
    assert "\n" not in str(told.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"none\.jsonl: cannot be read"):
        read_rows(tmp_path / "none.jsonl", ())
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read_rows(tmp_path, ())


def test_judgements_that_do_not_fit_are_told(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text("query-id\tcorpus-id\tscore\nq1\tpool\n")
    with pytest.raises(KnowledgeError, match="line 2"):
        read_gains(path)
    path.write_text("query-id\tcorpus-id\tscore\n")
    with pytest.raises(KnowledgeError, match="judges no question"):
        read_gains(path)
    with pytest.raises(KnowledgeError, match="none of the questions"):
        judged([("q1", "why?")], {"q2": {"pool": 1.0}}, path)
