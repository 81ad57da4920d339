"""The doctor against a sandbox workspace: each thing that can be wrong is one line that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.doctor import examine
from bot.sandbox import Sandbox, Workspace
from tests.doctor.clinic import Clinic, free_port


def test_a_sound_installation(clinic: Clinic) -> None:
    found = clinic.findings()
    assert clinic.sick() == {}
    assert {"configuration", "Slack", "Slack bot token", "Slack app token", "Slack scopes", "Slack events",
            "[channels.help]", "embedding model", "disk", "database", "console"} <= set(found)  # fmt: skip
    assert "#help, mode private" in found["[channels.help]"].say
    assert "message.channels" in found["Slack events"].say
    assert "not there yet" in found["database"].say
    assert not clinic.store.exists()


def test_a_broken_configuration_ends_the_examination(clinic: Clinic) -> None:
    clinic.parts["store"] = 'paht = "x"'
    assert [check.well for check in examine(clinic.write())] == [False]


def test_missing_tokens(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.delenv("SLACK_APP_TOKEN")
    sick = clinic.sick()
    assert set(sick) == {"Slack bot token", "Slack app token"}
    assert "SLACK_BOT_TOKEN is not set" in sick["Slack bot token"]


def test_a_dead_network_is_one_line(clinic: Clinic) -> None:
    clinic.parts["slack"] = f'base_url = "http://127.0.0.1:{free_port()}/api/"'
    sick = clinic.sick()
    assert list(sick) == ["Slack"]
    assert "cannot reach" in sick["Slack"]


@pytest.mark.parametrize("address", ["nonsense", "http://[::1", "ftp://", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none(clinic: Clinic, address: str) -> None:
    clinic.parts["slack"] = f'base_url = "{address}"'
    assert list(clinic.sick()) == ["Slack"]


def test_missing_scopes(clinic: Clinic, tmp_path: Path) -> None:
    workspace = Workspace.small(scopes=Workspace.small().scopes - {"reactions:read"})
    with Sandbox(workspace) as poor:
        sick = Clinic(tmp_path, poor).sick()
    assert list(sick) == ["Slack scopes"]
    assert "reactions:read" in sick["Slack scopes"]


@pytest.mark.parametrize(
    ("section", "what", "part"),
    [
        ("[channels.nowhere]", "[channels.nowhere]", "in no channel called 'nowhere'"),
        ("[channels.random]", "[channels.random]", "/invite @vigil"),
        ("[channels.C0RANDOM]", "[channels.C0RANDOM]", "Vigil is not in #random"),
        ("[channels.C0NOWHERE]", "[channels.C0NOWHERE]", "does not exist"),
        ("[channels.help]\nhelpers_channel = 'random'", "[channels.help]", "helpers_channel 'random'"),
        ("[channels.help]\noncall = '@oncall'", "[channels.help]", "oncall '@oncall' must be a user group's id"),
        ("[channels.help]\noncall = 'S0NOBODY'", "[channels.help]", "no such user group"),
        ("[channels.help]\nhelpers = ['ana']", "[channels.help]", "helpers ana: give ids"),
        ("[channels.help]\nalert_bots = ['alerts']", "[channels.help]", "alert_bots alerts"),
        ("[channels.help]\nmode = 'private'", "[channels.help]", "mode private needs helpers_channel or helpers"),
        ("[defaults]\nhelpers_channel = 'lost'", "[defaults]", "helpers_channel 'lost'"),
    ],
)
def test_what_is_wrong_with_channels(clinic: Clinic, section: str, what: str, part: str) -> None:
    clinic.channels = section
    sick = clinic.sick()
    assert list(sick) == [what]
    assert part in sick[what]


def test_administrators_are_ids(clinic: Clinic) -> None:
    clinic.path.write_text('administrators = ["ana"]\n' + clinic.write().read_text(encoding="utf-8"), encoding="utf-8")
    assert [check.what for check in examine(clinic.path) if not check.well] == ["administrators"]


def test_a_model_that_is_not_there(clinic: Clinic, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    clinic.parts["embedding"] = f'model = "{empty}"'
    sick = clinic.sick()
    assert list(sick) == ["embedding model"]
    assert "cannot load the embedding model" in sick["embedding model"]


def test_the_command_prints_a_line_each_and_fails_when_something_is_wrong(clinic: Clinic) -> None:
    well = CliRunner().invoke(main, ["--config", str(clinic.write()), "doctor", "--json"])
    rows = [json.loads(line) for line in well.output.splitlines()]
    assert well.exit_code == 0
    assert all(set(row) == {"what", "ok", "say"} for row in rows)
    clinic.channels = "[channels.nowhere]"
    sick = CliRunner().invoke(main, ["--config", str(clinic.write()), "doctor"])
    assert sick.exit_code == 1
    assert [line[:4] for line in sick.output.splitlines()].count("FAIL") == 1
