"""The fault trial in small: Vigil keeps its promises under kills, crash points and faults; a plain Bolt app does not."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
BROKEN = ("lost", "doubled", "follow_ups_missed", "follow_ups_doubled", "different", "unanswered", "unfinished", "unheard",
          "unaccounted", "remains", "died_by_itself")  # fmt: skip


def trial(*options: str, patience: int) -> tuple[int, dict[str, Any], str]:
    """Exit code, figures and standard error of one run of scripts/faults.py."""
    line = [sys.executable, str(SCRIPTS / "faults.py"), "--json", *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=patience)
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr[-6000:]


def test_every_crash_point_names_something() -> None:
    spec = importlib.util.spec_from_file_location("crash_points", SCRIPTS / "faults_crash" / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    points = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(points)
    for point, (module, name, side) in points.POINTS.items():
        assert callable(attrgetter(name)(importlib.import_module(module))), point
        assert side in ("before", "after"), point


@pytest.mark.timeout(300)
def test_kills_and_faults_lose_and_double_nothing() -> None:
    code, told, errors = trial("--events", "150", "--kills", "8", "--seed", "5", patience=290)
    assert {name: told.get(name) for name in BROKEN} == dict.fromkeys(BROKEN, 0), errors
    assert code == 0
    assert told["events"] >= 150
    assert told["kills"] >= 8
    assert sum(told["faults"].values()) > 20


@pytest.mark.timeout(180)
def test_the_ledger_sees_what_a_plain_bot_loses_or_doubles() -> None:
    code, told, errors = trial("--events", "150", "--kills", "20", "--seed", "5", "--bot", "plain", patience=170)
    assert code == 1
    assert told["lost"] + told["doubled"] > 0
    assert "kill -9" in errors
