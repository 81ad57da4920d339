"""The doctor against a sandbox tenant of Lark: each step of the set-up that can be missing is one line that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import Check, examine
from bot.platforms.lark_manifest import EVENTS, EVERY_MESSAGE, ITSELF, manifest_text, scopes
from bot.sandbox import LarkSandbox, LarkWorkspace, Sandbox
from bot.sandbox.lark_workspace import SCOPES
from tests.doctor.clinic import free_port

GRANTED = scopes() | SCOPES


class Practice:
    """An installation for a tenant; `findings` examines it and gives the checks by name."""

    def __init__(self, folder: Path, box: LarkSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LARK_APP_SECRET", box.app_secret)
        self.box, self.path = box, folder / "vigil.toml"
        self.lark = f'domain = "{box.url}"\napp_id = "{box.app_id}"\ntimeout_seconds = 5\npace = 1000.0'
        self.slack = "enabled = false"
        self.channels = f'[channels.help]\nhelpers = ["{box.open_id("ana")}", "{self.group}"]\noncall = "{self.group}"'
        self._rest = (
            f'[store]\npath = "{folder}/vigil.db"\n[embedding]\nmodel = "hashing"\n[console]\nport = {free_port()}\n'
        )

    @property
    def group(self) -> str:
        return self.box.workspace.groups[0].id

    def findings(self) -> dict[str, Check]:
        text = f"[slack]\n{self.slack}\n[lark]\nenabled = true\n{self.lark}\n{self._rest}{self.channels}\n"
        self.path.write_text(text, encoding="utf-8")
        found = list(examine(self.path))
        assert all(check.say and "\n" not in check.say and self.box.app_secret not in check.say for check in found)
        return {check.what: check for check in found}

    def sick(self) -> dict[str, str]:
        return {what: check.say for what, check in self.findings().items() if not check.well}


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    rules = {"scopes": GRANTED, **getattr(request, "param", {})}
    with LarkSandbox(LarkWorkspace.small(**rules)) as box:
        yield Practice(tmp_path, box, monkeypatch)


def with_rules(**rules: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("practice", [rules], indirect=True)


def test_a_sound_installation(practice: Practice) -> None:
    found = practice.findings()
    assert practice.sick() == {}
    assert {"Lark", "Lark app and bot", "Lark permissions", "Lark unmentioned messages", "Lark version", "Lark events",
            "Lark callbacks", "Lark long connection", "[channels.help]"} <= set(found)  # fmt: skip
    assert "Slack" not in found
    assert f"{len(EVENTS)} by persistent connection" in found["Lark events"].say


def test_missing_id_and_secret(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LARK_APP_SECRET")
    practice.lark = f'domain = "{practice.box.url}"'
    sick = practice.sick()
    assert set(sick) == {"Lark app id", "Lark app secret"}
    assert "LARK_APP_SECRET is not set" in sick["Lark app secret"]
    assert practice.box.calls == [], "nothing is asked without them"


def test_a_wrong_secret_is_one_line(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARK_APP_SECRET", "canary-wrong-secret")
    sick = practice.sick()
    assert len(sick) == 1
    assert "LARK_APP_SECRET" in next(iter(sick.values()))
    assert "canary" not in str(sick)


def test_a_dead_network_is_one_line(practice: Practice) -> None:
    practice.lark = practice.lark.replace(practice.box.url, f"http://127.0.0.1:{free_port()}")
    sick = practice.sick()
    assert list(sick) == ["Lark"]
    assert "cannot reach" in sick["Lark"]


@with_rules(published=False)
def test_an_app_that_was_never_published(practice: Practice) -> None:
    sick = practice.sick()
    assert len(sick) == 1
    assert "publish" in next(iter(sick.values()))


@with_rules(scopes=GRANTED - {EVERY_MESSAGE})
def test_unmentioned_messages(practice: Practice) -> None:
    sick = practice.sick()
    assert EVERY_MESSAGE in sick["Lark unmentioned messages"]
    assert "Lark permissions" not in sick


@pytest.mark.parametrize("scope", sorted(scopes() - {EVERY_MESSAGE, ITSELF}))
def test_each_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scope: str) -> None:
    with LarkSandbox(LarkWorkspace.small(scopes=GRANTED - {scope})) as box:
        sick = Practice(tmp_path, box, monkeypatch).sick()
    assert any(scope in say for say in sick.values()), sick


@with_rules(events=frozenset(EVENTS) - {"im.message.recalled_v1"})
def test_events_and_callbacks_that_are_not_subscribed_to(practice: Practice) -> None:
    sick = practice.sick()
    assert "im.message.recalled_v1" in sick["Lark events"]
    assert "card.action.trigger" in sick["Lark callbacks"]


@with_rules(scopes=GRANTED - {ITSELF})
def test_without_a_look_at_itself_the_events_are_named(practice: Practice) -> None:
    assert practice.sick() == {}
    assert "im.message.receive_v1" in practice.findings()["Lark events"].say


@pytest.mark.parametrize(
    ("section", "what", "part"),
    [
        ("[channels.nowhere]", "[channels.nowhere]", "in no channel called 'nowhere'"),
        ("[channels.random]", "[channels.random]", "settings, Bots"),
        ("[channels.help]\nhelpers_channel = 'random'", "[channels.help]", "helpers_channel 'random'"),
        ("[channels.help]\noncall = '@oncall'", "[channels.help]", "oncall '@oncall' must be a user group's id"),
        ("[channels.help]\nhelpers = ['ana']", "[channels.help]", "helpers ana: give ids"),
        ("[channels.help]\nhelpers = ['U0ANA']", "[channels.help]", "helpers U0ANA: give ids of people (ou_...)"),
        ("[channels.help]\nalert_bots = ['B0ALERT']", "[channels.help]", "alert_bots B0ALERT"),
    ],
)
def test_what_is_wrong_with_channels(practice: Practice, section: str, what: str, part: str) -> None:
    practice.channels = section
    sick = practice.sick()
    assert list(sick) == [what]
    assert part in sick[what]


def test_both_platforms_are_examined_and_a_section_may_be_of_either(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-sandbox")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-sandbox")
    with Sandbox() as slack:
        practice.slack = f'base_url = "{slack.api_url}"'
        practice.channels += "\n[channels.topics]\nhelpers = ['U0ANA']\n[channels.nowhere]"
        assert set(practice.sick()) == {"[channels.nowhere]"}
        practice.slack = f'base_url = "http://127.0.0.1:{free_port()}/api/"'
        assert set(practice.sick()) == {"Slack"}, "what cannot be asked is not held against the sections"


def test_the_manifest_is_json_to_import() -> None:
    assert EVERY_MESSAGE in manifest_text()
    assert '"tenant"' in manifest_text()
