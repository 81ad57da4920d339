"""`vigil stats` prints what the watch keeps and what has happened since, the same as `/vigil stats` counts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.weeks import DAY, HELP, Weeks

TODAY = int(time.time() // DAY) * DAY


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    """A team whose last week ended this night; of today there is one question more."""
    found = Weeks(tmp_path_factory.mktemp("stats"), TODAY - 21 * DAY)
    for _ in range(3):
        found.week(a_day=4)
    found.clock.move_to(TODAY)
    found.ask("rollout deadline", "U1")
    return found


def vigil(folder: Path, *words: str) -> Result:
    config = folder / "config.toml"
    config.write_text(f'[store]\npath = "{folder / "vigil.db"}"\n')
    return CliRunner().invoke(main, ["--config", str(config), "stats", *words], env={"COLUMNS": "120"})


def test_one_object_with_the_same_numbers_as_the_command_in_the_channel(weeks: Weeks) -> None:
    done = vigil(weeks.folder, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = told["measures"]
    here = weeks.memory.decisions.stats(HELP, TODAY - 6 * DAY)
    assert found["helpful_rated"]["cases"] == here["helpful"] + here["not_helpful"]
    assert found["helpful_rated"]["now"] == pytest.approx(here["helpful"] / found["helpful_rated"]["cases"], abs=1e-4)
    assert found["spoke"]["cases"] == here["turns"] == 6 * 4 + 1
    assert found["spoke"]["now"] == pytest.approx(here["public"] / here["turns"], abs=1e-4)
    assert (told["days_a_step"], len(found["spoke"]["line"]), told["channel"]) == (7, 9, None)
    assert found["nearest"]["cases"] == 6 * 4


def test_lines_of_days_of_one_channel(weeks: Weeks) -> None:
    told = json.loads(vigil(weeks.folder, "--json", "--days", "14", "--channel", HELP).stdout)
    assert (told["days_a_step"], len(told["measures"]["spoke"]["line"])) == (1, 14)
    assert (
        json.loads(vigil(weeks.folder, "--json", "--channel", "slack:T:NONE").stdout)["measures"]["spoke"]["cases"] == 0
    )


def test_a_table_with_sparklines(weeks: Weeks) -> None:
    done = vigil(weeks.folder)
    assert done.exit_code == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("suggestions among messages read")]
    assert any(block in line for block in "▁▂▃▄▅▆▇█")
    assert "all channels" in done.stdout


def test_nothing_counted_yet_and_wrong_days(tmp_path: Path) -> None:
    assert "Nothing has been counted yet." in vigil(tmp_path).stdout
    assert vigil(tmp_path, "--days", "3").exit_code == 2
