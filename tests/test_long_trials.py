"""The long trials and benches in small: each still starts, runs to its end and prints its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.tree import ROOT

MOST = 280


def run(script: str, *options: str) -> tuple[dict[str, Any], str]:
    """What a script prints on its last line, and the end of what it complains of."""
    line = [sys.executable, str(ROOT / "scripts" / script), *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=MOST, check=False)
    told = done.stdout.splitlines()
    assert told, done.stderr[-3000:]
    return json.loads(told[-1]), done.stderr[-3000:]


@pytest.mark.timeout(300)
def test_a_load_loses_nothing_and_answers_everybody_once() -> None:
    found, errors = run(
        "bench_load.py", "--rate", "600", "--minutes", "0.1", "--channels", "3", "--answer-seconds", "1"
    )
    (one,) = found["runs"]
    assert (one["said"], one["asked"]) == (60, 3)
    broken = {name: one[name] for name in ("lost", "unanswered", "answered_twice", "not_acknowledged", "restarts")}
    assert broken == dict.fromkeys(broken, 0), errors


@pytest.mark.timeout(300)
def test_a_soak_leaves_a_sound_store_with_nothing_waiting() -> None:
    found, errors = run("trial_soak.py", "--messages", "200", "--days", "2")
    assert found["integrity"] == "ok", errors
    assert found["backlog"] == [[0, 0], [0, 0]]
    assert found["rows"]["turns"] > 200
    assert found["posts"] > 0


@pytest.mark.timeout(300)
def test_after_an_outage_nothing_differs() -> None:
    found, errors = run("trial_outage.py", "--before", "30", "--during", "40", "--seeds", "1")
    assert found["differences"] > 0, errors
    assert (found["lost"], found["doubled"], found["answered_late"]) == (0, 0, 0)


@pytest.mark.timeout(300)
def test_a_dead_listener_is_noticed_and_healed() -> None:
    found, errors = run("trial_deaf.py", "--only", "listener killed")
    assert (found["cases"], found["late"]) == (1, []), errors


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("script", "options", "figure"),
    [
        ("bench_growth.py", ("--threads", "20", "40", "--json"), "points"),
        ("bench_search.py", ("--entries", "200", "--changes", "20", "--json"), "search_ms"),
        ("simulate_feedback.py", ("--seeds", "1", "--ratings", "50", "--json"), "wrong_shown_drop"),
    ],
)
def test_a_bench_prints_its_figures(script: str, options: tuple[str, ...], figure: str) -> None:
    found, errors = run(script, *options)
    assert found[figure], errors
