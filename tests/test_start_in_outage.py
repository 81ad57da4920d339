"""`vigil run` that is started while the platform cannot be reached waits for it, instead of giving up for good."""

from __future__ import annotations

from pathlib import Path

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import Sandbox, Workspace
from tests.processes import Processes


def test_a_start_during_an_outage_of_the_platform_succeeds_when_it_is_over(tmp_path: Path) -> None:
    with Sandbox(Workspace.small(scopes=scopes(), events=events())) as box:
        vigil = Processes(box, tmp_path)
        box.stop()
        vigil.start()
        try:
            vigil.until(lambda: "cannot reach Slack for auth.test" in vigil.log.read_text(), "an attempt in vain")
            box.start()
            vigil.until(vigil.healthy, "health after the outage")
        finally:
            vigil.stop()
    assert vigil.run is not None
    assert vigil.run.returncode == 0
