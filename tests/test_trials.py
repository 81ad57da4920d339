"""The security trials in small: each holds, and each notices a Vigil that leaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.directory import PlatformDirectory
from bot.jobs.readership import Readership
from bot.messages import Channel
from knowledge.models import Audience, Case

SCRIPTS = Path(__file__).parent.parent / "scripts"
if str(SCRIPTS) not in sys.path:
    sys.path.insert(0, str(SCRIPTS))

import trial_audience  # noqa: E402
import trials  # noqa: E402


class Blind(Readership):
    """Takes guests for full members, as Vigil once did."""

    def _among_ourselves(self, channel: Channel) -> bool:
        return True


class Hasty(Readership):
    """Believes what was true when something was learned."""

    def shows(self, case: Case, readers: Audience) -> bool:
        return case.audience.opens_to(readers)


class Open(Readership):
    """Lets everybody read everything that is asked for by name."""

    def open_to(self, channel_id: str, person: str) -> bool:
        return True


def leaking(kind: type[Readership], keeps_gate: bool) -> Callable[..., PlatformDirectory]:
    class Leaking(PlatformDirectory):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.readership.__class__ = kind

        def at_this_moment(self, channels: Any) -> Readership:
            return super().at_this_moment(channels) if keeps_gate else self.readership

    return Leaking


@pytest.mark.parametrize(("kind", "answers"), [(Blind, 400), (Hasty, 1200), (Open, 400)])
def test_the_audience_trial_notices_a_leak(kind: type[Readership], answers: int) -> None:
    told = trial_audience.trial(3, (60, 300, answers, 0), lambda _: None, leaking(kind, keeps_gate=False))
    assert told["canaries_out"] > 0, kind


def test_what_the_thinking_lets_pass_is_held_back_at_the_door() -> None:
    told = trial_audience.trial(3, (60, 300, 400, 0), lambda _: None, leaking(Blind, keeps_gate=True))
    assert told["out_prompt"] > 0, "nothing was to be held back"
    assert not told.keys() & {"out_thread", "out_direct", "out_channel", "out_reply"}


def test_nothing_leaks() -> None:
    command = [sys.executable, str(SCRIPTS / "trials.py"), "--only", "audience", "--small", "--json", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counts = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, counts["canaries_out"]) == (0, 0), done.stderr[-2000:]
    assert counts["searches"] >= 500
    assert counts["canaries"] >= 300
    assert counts["rightly_found"] >= 300


class Careless:
    BREACHES = ("out",)

    def run(self, seed: int, small: bool, say: trials.Say) -> dict[str, int]:
        return {"tried": seed, "out": int(small)}


def test_counts_add_up_and_a_breach_is_told_with_its_seed() -> None:
    counts, breaches = trials.tried({"one": Careless(), "two": Careless()}, 7, small=True)
    assert counts == {"tried": 14, "out": 2}
    assert breaches == ["seed 7: one broke a promise: out 1", "seed 7: two broke a promise: out 1"]
    assert trials.tried({"one": Careless()}, 7, small=False) == ({"tried": 7, "out": 0}, [])
