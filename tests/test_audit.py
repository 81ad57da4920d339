"""The audit of dependencies fails on a known vulnerability, and on nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.test_layers import plain
from tests.tree import ROOT

GOOD = {"name": "a", "version": "1.0", "vulns": []}
BAD = {"name": "b", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "c", "version": "3.0", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("report", "code", "says"),
    [
        ({"dependencies": [GOOD, UNKNOWN]}, 0, "passed: 1 of 2"),
        ({"dependencies": [GOOD, BAD]}, 1, "b 2.0: PYSEC-1, mended in 2.1"),
        ({"dependencies": [UNKNOWN]}, 0, "skipped: the package index here tells no advisories"),
        ("no JSON at all", 0, "skipped: no advisories to be had"),
        (["a list"], 0, "skipped: no advisories to be had"),
    ],
)
def test_only_a_known_vulnerability_fails(tmp_path: Path, report: Any, code: int, says: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    words = [sys.executable, str(ROOT / "scripts/audit.py"), "--report", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {plain(line.partition("==")[0]) for line in pins if "==" in line}
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert sorted({plain(re.split(r"[\[<>=!~ ]", line)[0]) for line in named} - pinned) == []
