"""Measures of retrieval against hand-computed values, and a small labelled set from files to figures."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest

from knowledge.embedding import HashingEmbedder
from knowledge.evaluation import evaluate_beir, mcc, mrr, ndcg, read_beir, recall_at
from knowledge.models import KnowledgeError

GAINS = {"a": 2.0, "b": 1.0, "z": 0.0}


def test_measures_by_hand() -> None:
    assert recall_at(["x", "a", "y"], GAINS, 2) == 0.5
    assert recall_at(["x"], {"z": 0.0}) == 0.0
    assert mrr(["x", "b", "a"], GAINS) == 0.5
    assert mrr(["x"] * 10 + ["a"], GAINS) == 0.0
    ideal = 2 + 1 / math.log2(3)
    assert ndcg(["a", "b"], GAINS) == 1.0
    assert ndcg(["b", "x", "a"], GAINS) == pytest.approx((1 + 2 / 2) / ideal)
    assert ndcg(["a"], {}) == 0.0


def test_mcc_of_abstention() -> None:
    assert mcc([True, False, True], [True, False, True]) == 1.0
    assert mcc([True, False], [False, True]) == -1.0
    assert mcc([True, True], [True, False]) == 0.0


def write(folder: Path) -> None:
    corpus = [("pool", "restart the pgbouncer pool"), ("disk", "extend the volume quota"), ("dns", "flush resolver")]
    rows = [json.dumps({"_id": name, "title": name, "text": text}) for name, text in corpus]
    with gzip.open(folder / "corpus.jsonl.gz", "wt") as file:
        file.write("\n".join(rows))
    questions = [("q1", "the pgbouncer pool hangs"), ("q2", "volume quota too small"), ("q3", "nobody knows")]
    lines = [json.dumps({"_id": name, "text": text, "metadata": {}}) for name, text in questions]
    (folder / "queries.jsonl").write_text("\n".join(lines))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpool\t1\nq2\tdisk\t1\n")


def test_a_labelled_set_from_files_to_figures(tmp_path: Path) -> None:
    write(tmp_path)
    done: list[int] = []
    report = evaluate_beir(tmp_path, HashingEmbedder(), done.append)
    assert sum(done) == 3
    assert report["bm25"]["ndcg"] == report["fused"]["ndcg"] == report["fused"]["recall"] == 1.0
    assert len(read_beir(tmp_path).questions) == 3


def test_a_folder_that_is_no_labelled_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"corpus\.jsonl"):
        read_beir(tmp_path)
