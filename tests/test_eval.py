"""`vigil eval` from files to the last line of its output, on small sets of our own and the model without a model."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.evaluation_faq import ABSTAINED, Answer, figures

ARMS = ["bm25", "dense", "fused", "vigil"]


def vigil(folder: Path, *words: object) -> Result:
    config = folder / "config.toml"
    config.write_text('[embedding]\nmodel = "hashing"\n')
    return CliRunner().invoke(main, ["--config", str(config), "eval", *map(str, words)])


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "\n".join(map(json.dumps, rows))
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.fixture
def retrieval(tmp_path: Path) -> tuple[Path, Path, Path]:
    sections = [
        ("pool#restart", "restart the pgbouncer pool"),
        ("pool#size", "raise the size of the connection pool"),
        ("disk#quota", "extend the quota of a full volume"),
        ("dns#cache", "flush the resolver"),
    ]
    corpus = lines(tmp_path / "corpus.jsonl.gz", [{"_id": name, "title": "", "text": text} for name, text in sections])
    asked = [("q1", "the pgbouncer pool needs a restart"), ("q2", "volume is full"), ("q3", "why?")]
    queries = lines(tmp_path / "queries.jsonl", [{"_id": name, "text": text} for name, text in asked])
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text("query-id\tcorpus-id\tscore\nq1\tpool#restart\t1\nq2\tdisk#quota\t1\n")
    return corpus, queries, qrels


def test_retrieval_by_arm(retrieval: tuple[Path, Path, Path], tmp_path: Path) -> None:
    found = told(vigil(tmp_path, "retrieval", *retrieval, "--json"))
    assert list(found) == ARMS
    perfect = {"ndcg10": 1.0, "mrr10": 1.0, "recall10": 1.0, "p1": 1.0, "queries": 2}
    assert found["bm25"] == found["vigil"] == perfect


def test_retrieval_by_page(retrieval: tuple[Path, Path, Path], tmp_path: Path) -> None:
    corpus, queries, _ = retrieval
    qrels = tmp_path / "qrels_page.tsv"
    qrels.write_text("query-id\tpage\tscore\nq1\tpool\t1\nq2\tdisk\t1\n")
    assert told(vigil(tmp_path, "retrieval", corpus, queries, qrels, "--page", "--json"))["vigil"]["recall10"] == 1.0
    refused = vigil(tmp_path, "retrieval", corpus, queries, qrels)
    assert refused.exit_code == 1
    assert "--page" in refused.stderr


def test_a_table_for_people(retrieval: tuple[Path, Path, Path], tmp_path: Path) -> None:
    result = vigil(tmp_path, "retrieval", *retrieval)
    assert result.exit_code == 0
    assert all(word in result.stdout for word in [*ARMS, "ndcg10", "1.0"])


def test_a_bad_file_is_one_line_and_exit_code_1(retrieval: tuple[Path, Path, Path], tmp_path: Path) -> None:
    corpus, queries, qrels = retrieval
    queries.write_text("no json")
    for words in (
        ("retrieval", corpus, queries, qrels),
        ("retrieval", corpus, tmp_path / "none", qrels),
        ("faq", corpus, queries),
        ("growth", tmp_path / "none", qrels),
        ("growth", f"{corpus},{corpus}", qrels),
    ):
        result = vigil(tmp_path, *words, "--json")
        assert result.exit_code == 1
        assert result.stderr.startswith("vigil: ")
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""


def test_faq_answers_and_abstains(tmp_path: Path) -> None:
    known = [("d1", "how can I pay by card", "PAY"), ("d2", "where is my parcel", "SHIP")]
    asked = [("q1", "how can I pay by card", "PAY"), ("q2", "parcel where", "SHIP"), ("q3", "xyzzy", ABSTAINED)]
    corpus = lines(tmp_path / "c.jsonl", [{"_id": i, "title": "", "text": t, "intent": n} for i, t, n in known])
    queries = lines(tmp_path / "q.jsonl.gz", [{"_id": i, "text": t, "metadata": {"intent": n}} for i, t, n in asked])
    found = told(vigil(tmp_path, "faq", corpus, queries, "--json"))
    assert found["in_scope_accuracy"] == found["best_mcc"] == 1.0
    assert set(found["at_shipped_threshold"]) == {"threshold", "mcc", "accuracy", "abstained"}


def test_faq_figures_by_hand() -> None:
    answers = [Answer("PAY", 0.9, "PAY"), Answer("PAY", 0.2, ABSTAINED), Answer("SHIP", 0.4, "SHIP")]
    found = figures(answers, 0.5)
    assert (found["best_mcc"], found["in_scope_accuracy"]) == (1.0, 1.0)
    assert 0.2 < found["best_threshold"] <= 0.4
    assert found["at_shipped_threshold"]["accuracy"] == 0.5


def thread(name: str, day: int, question: str, replies: list[tuple[int, bool, str]], **more: Any) -> dict[str, Any]:
    said = [{"ts": at(hour), "user": "u", "asker": own, "text": text} for hour, own, text in replies]
    row = {"thread": name, "channel": "c", "title": "", "started": at(day), "asker": "a", "question": question}
    return {**row, "resolved_at": None, "replies": said, **more}


def at(day: int) -> str:
    return f"2026-03-{day:02}T09:00:00Z"


ANSWER = "You can raise `max_connections` in pgbouncer.ini to 200 and then reload the pooler, which fixes the error."


def test_growth_finds_only_what_was_known_by_then(tmp_path: Path) -> None:
    rows = [
        thread("t1", 1, "pgbouncer: no more connections allowed", [(2, False, ANSWER), (8, True, "thanks")]),
        thread("t2", 3, "pgbouncer says no more connections allowed", []),
        thread("t3", 4, "the volume is out of quota", [(9, False, ANSWER)], resolved_at=at(5)),
        thread("t4", 6, "our volume is out of its quota", []),
    ]
    links = [
        {"query_thread": "t2", "gold_thread": "t1", "type": "duplicate", "grade": 2},
        {"query_thread": "t4", "gold_thread": "t3", "type": "helper_linked_thread", "grade": 1},
        {"query_thread": "t4", "gold_thread": "t1", "type": "related", "grade": 1},
    ]
    first, second = lines(tmp_path / "a.jsonl.gz", rows[:2]), lines(tmp_path / "b.jsonl", rows[2:])
    found = told(vigil(tmp_path, "growth", f"{first},{second}", lines(tmp_path / "l.jsonl", links), "--json"))
    curve = found.pop("curve")
    assert list(found) == ["all", "learned", "closed", "vigil", "cases"]
    assert [(row["asked"], row["all"], row["vigil"], row["cases"]) for row in curve] == [(1, 1, 1, 0), (2, 2, 1, 0)]
    assert found["all"]["hit1"] == 1.0
    # t1 has its helper's reply when t2 asks, and t3's comes too late for t4, by when it was closed all the same
    reached = {tier: (row["reachable"], row["hit10"]) for tier, row in found.items()}
    assert reached == {"all": (2, 1.0), "learned": (1, 0.5), "closed": (1, 0.5), "vigil": (1, 0.5), "cases": (0, 0.0)}
    assert found["vigil"]["queries"] == 2


def test_cases_alone_are_measured_and_the_curve_is_drawn(tmp_path: Path) -> None:
    rows = [
        thread("t1", 1, "pgbouncer fails: no more connections allowed. How do I fix it?",
               [(2, False, ANSWER), (3, True, "that worked, thanks")], resolved_at=at(4)),
        thread("t2", 6, "pgbouncer says no more connections allowed", []),
    ]  # fmt: skip
    links = [{"query_thread": "t2", "gold_thread": "t1", "type": "duplicate", "grade": 2}]
    threads, drawn = lines(tmp_path / "t.jsonl", rows), tmp_path / "growth.svg"
    found = told(vigil(tmp_path, "growth", threads, lines(tmp_path / "l.jsonl", links), "--curve", drawn, "--json"))
    assert (found["cases"]["reachable"], found["cases"]["hit1"]) == (1, 1.0)
    assert [(row["day"], row["known"], row["cases"]) for row in found["curve"]] == [("2026-03-06", 2, 1)]
    assert drawn.read_text().lstrip().startswith("<?xml")
    result = vigil(tmp_path, "growth", threads, tmp_path / "l.jsonl", "--curve", tmp_path / "no" / "x.svg")
    assert (result.exit_code, "x.svg: cannot be written" in result.stderr) == (1, True)


def test_growth_names_the_types_that_are_there(tmp_path: Path) -> None:
    threads = lines(tmp_path / "t.jsonl", [thread("t1", 1, "why?", [])])
    links = [{"query_thread": "t1", "gold_thread": "t0", "type": "related", "grade": 1}]
    result = vigil(tmp_path, "growth", threads, lines(tmp_path / "l.jsonl", links))
    assert result.exit_code == 1
    assert "it has related" in result.stderr
    lines(tmp_path / "t.jsonl", [{**thread("t1", 1, "why?", []), "started": "yesterday"}])
    result = vigil(tmp_path, "growth", threads, tmp_path / "l.jsonl")
    assert (result.exit_code, "thread t1 cannot be used" in result.stderr) == (1, True)
