"""`vigil stats` prints what the watch keeps and what has happened since, the same as `/vigil stats` counts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.llm.base import Call, Task
from bot.memory import open_memory
from bot.messages import Channel
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


def test_what_the_language_model_was_asked_and_used(tmp_path: Path) -> None:
    now, call = time.time(), Call(Task.COMPOSE, "large", "compose-1", 100, 900, 10, 40, 2.0, 0.5)
    memory = open_memory(tmp_path / "vigil.db")
    memory.channels.put([Channel("slack:T:D1", "amy", direct=True), Channel("slack:T:D2", "bob", direct=True)], now)
    for channel, at in ((HELP, now), ("slack:T:D1", now), ("slack:T:D2", now - DAY), (HELP, now - 99 * DAY)):
        memory.calls.add(call, channel, at)
    for why, read in (("timeout", 30), ("budget", 0), ("budget", 0)):
        memory.calls.add(Call(Task.JUDGE, "small", "judge-1", read, seconds=9.0, failure=why), HELP, now)
    found = json.loads(vigil(tmp_path, "--json").stdout)["llm"]
    assert (found["calls"], found["failed"], found["refused"], found["cost"]) == (4, 1, 2, 1.5)
    assert found["tokens"] == {"read": 330, "cached": 2700, "kept": 30, "written": 120}
    assert (found["seconds_p50"], found["failures"]) == (2.0, {"budget": 2, "timeout": 1})
    assert (found["by_task"]["compose"]["calls"], found["by_task"]["judge"]["failed"]) == (3, 1)
    assert {name: each["calls"] for name, each in found["by_channel"].items()} == {HELP: 2, "(direct)": 2}
    assert [each["calls"] for each in found["by_day"].values()] == [1, 3]
    here = json.loads(vigil(tmp_path, "--json", "--channel", HELP).stdout)["llm"]
    assert (here["calls"], list(here["by_channel"])) == (2, [HELP])
    lines = [line.split() for line in vigil(tmp_path).stdout.splitlines()]
    assert ["compose", "3", "330", "2,700", "120", "1.50", "0"] in lines
    assert ["all", "4", "360", "2,700", "120", "1.50", "2.0", "1"] in lines
    assert ["Without", "an", "answer:", "budget", "2,", "timeout", "1"] in lines


def test_a_team_without_a_language_model_is_told_nothing_of_it(weeks: Weeks) -> None:
    assert "anguage model" not in vigil(weeks.folder).stdout
    assert json.loads(vigil(weeks.folder, "--json").stdout)["llm"]["calls"] == 0
    assert not {"llm_calls", "llm_tokens"} & weeks.memory.decisions.stats(HELP, 0.0).keys()
