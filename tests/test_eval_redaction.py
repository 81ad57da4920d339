"""`vigil eval redaction`: spans wholly masked, masks that touch gold, kinds apart, and one line on what is no such set."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

MAIL, NAME = "ann.lee@corp.io", "Ann Lee"
ROWS = [
    {"text": f"{NAME}: {MAIL}", "spans": [
        {"start": 0, "end": 7, "type": "PERSON"}, {"start": 9, "end": 24, "type": "EMAIL_ADDRESS"}]},
    {"text": 'pass "hunter22!";', "spans": [{"start": 5, "end": 17, "type": "CODE"}], "has_secret": True},
    {"text": "call +44 20 7946 0958", "spans": [], "has_secret": False},
    {"text": "nothing at all", "spans": [], "has_secret": False},
]  # fmt: skip


def run(folder: Path, rows: list[Any], *more: str, name: str = "set.jsonl") -> Result:
    text = "\n".join(map(json.dumps, rows)).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    config = folder / "config.toml"
    config.write_text("".join(f"{line}\n" for line in more))
    return CliRunner().invoke(main, ["--config", str(config), "eval", "redaction", str(folder / name), "--json"])


@pytest.mark.parametrize("name", ["set.jsonl", "set.jsonl.gz"])
def test_the_figures_are_the_last_line(tmp_path: Path, name: str) -> None:
    result = run(tmp_path, ROWS, name=name)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout.splitlines()[-1])
    assert (told["texts"], told["texts_without_gold"], told["masks_in_texts_without_gold"]) == (4, 2, 1)
    assert (told["gold"], told["wholly_masked"], told["recall"]) == (2, 1, 0.5)
    assert (told["masks"], told["masks_on_gold"], told["precision"]) == (2, 1, 0.5)
    assert told["all_kinds"]["gold"] == 3
    assert told["by_kind"]["PERSON"] | {"gold": 1} == told["by_kind"]["PERSON"]
    assert told["by_kind"]["PERSON"]["in_scope"] is False
    assert told["by_kind"]["EMAIL_ADDRESS"]["recall"] == 1.0
    assert told["by_mask"]["personal:phone"]["precision"] == 0.0


def test_quotes_at_the_edges_of_a_label_are_no_part_of_the_secret(tmp_path: Path) -> None:
    secret = "password=hunter22"
    row = {"text": f'"{secret}";', "spans": [{"start": 10, "end": len(secret) + 3, "rule": "code"}]}
    told = json.loads(run(tmp_path, [row]).stdout.splitlines()[-1])
    assert (told["recall"], told["recall_exact"]) == (1.0, 0.0)


def test_the_keep_list_counts(tmp_path: Path) -> None:
    told = json.loads(run(tmp_path, ROWS, "[redaction]", f'keep = ["{MAIL}"]').stdout.splitlines()[-1])
    assert told["by_kind"]["EMAIL_ADDRESS"]["recall"] == 0.0


@pytest.mark.parametrize(
    "row",
    [
        {"text": "x"},
        {"text": "abc", "spans": [{"start": 1, "end": 9, "type": "X"}]},
        {"text": "abc", "spans": [{"start": 2, "end": 1, "type": "X"}]},
        {"text": "abc", "spans": [{"start": 0, "end": 1}]},
        {"text": "abc", "spans": ["x"]},
        {"text": "abc", "spans": 3},
        {"text": 7, "spans": []},
    ],
)
def test_what_is_no_such_set_is_told_in_one_line(tmp_path: Path, row: dict[str, Any]) -> None:
    result = run(tmp_path, [row])
    assert (result.exit_code, result.stderr.count("\n"), "Traceback" in result.output) == (1, 1, False)
