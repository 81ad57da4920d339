"""The sample workspace's Chinese channel: threads, runbooks and labels fit together, and words alone hold up on them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bot import demo
from bot.config import Config
from bot.evaluation_retrieval import evaluate as search
from bot.evaluation_triage import evaluate as triage
from bot.sandbox import Sandbox, Workspace
from bot.sandbox.history import fill

CONFIG = replace(Config(), embedding=replace(Config().embedding, model="hashing"))
TALK, JUDGED = demo.SAMPLE / "conversations_zh.jsonl", demo.SAMPLE / "judged_zh.jsonl"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_channel_has_threads_runbooks_and_a_label_for_each_human_turn() -> None:
    talk, judged = rows(TALK), rows(JUDGED)
    assert len({row["thread"] for row in talk}) >= 20
    assert len(list((demo.SAMPLE / "runbooks" / "zh").glob("*.md"))) >= 10
    assert [row["line"] for row in judged] == [n for n, row in enumerate(talk) if not row.get("bot")]
    needs = Counter(row["need"] for row in judged)
    assert needs[2] > 20
    assert needs[0] > 40


def test_its_history_fits_into_the_workspace() -> None:
    with Sandbox(Workspace.from_json(demo.SAMPLE / "workspace.json"), port=0) as box:
        assert fill(box, TALK, 1_700_000_000.0) == len(rows(TALK))
        root = box.workspace.timelines["C0ONCALLCN"].roots[0]
        replies = box.workspace.timelines["C0ONCALLCN"].thread(root, "", "", False, 100)[0]
        assert replies[-1]["reactions"][0]["name"] == "white_check_mark"


def test_words_alone_find_the_right_runbook_section() -> None:
    found = search(
        demo.SAMPLE / "runbooks", demo.SAMPLE / "questions_zh.jsonl", demo.SAMPLE / "questions_zh.tsv", False, CONFIG
    )["vigil"]
    assert found["queries"] >= 50
    assert found["p1"] > 0.8
    assert found["recall10"] > 0.95


def test_triage_tells_chinese_needs_from_chinese_talk() -> None:
    found = triage(JUDGED, demo.SAMPLE, CONFIG, False)
    assert float(str(found["auroc"])) > 0.9
    at = {row["threshold"]: row for row in found["curve"]}[0.4]  # type: ignore[attr-defined]
    assert at["precision"] > 0.8
    assert at["recall"] > 0.4
