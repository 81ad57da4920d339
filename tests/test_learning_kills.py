"""Learning that is killed again and again ends in the same knowledge as learning undisturbed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TRIAL = Path(__file__).parent.parent / "scripts" / "trial_learning.py"


def test_nothing_is_lost_or_learned_twice() -> None:
    done = subprocess.run(
        [sys.executable, TRIAL, "--threads", "150", "--kills", "2"], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["same"], told["left"], told["sources_twice"], told["precedents"]) == (True, 0, 0, 150)
    assert 100 < told["cases"] <= 150
