"""Envelopes of other teams and apps are told from our own, in shared channels and in an Enterprise Grid too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.platforms.slack_origin import app_of, foreign
from tests.platforms.payloads import ME, NAMES, payload

GRID = replace(ME, enterprise="E0GRID")


@pytest.mark.parametrize("name", NAMES)
def test_our_own_envelopes_are_ours(name: str) -> None:
    assert foreign(payload(name), ME) is None


@pytest.mark.parametrize("name", NAMES)
def test_another_team_or_app_is_told(name: str) -> None:
    for me, why in ((replace(ME, team="T0OTHER"), "another team"), (replace(ME, app="A0OTHER"), "another app")):
        found = foreign(payload(name), me)
        assert found is not None
        assert found.why == why


@pytest.mark.parametrize("name", NAMES)
def test_an_envelope_that_names_no_team_is_none_of_ours(name: str) -> None:
    gone = {"team_id", "team", "context_team_id", "authorizations"}
    bare = {key: value for key, value in payload(name).items() if key not in gone}
    bare |= {"view": {**bare["view"], "team_id": ""}} if "view" in bare else {}
    assert foreign(bare, ME) is not None


def test_in_a_shared_channel_it_counts_through_whom_it_is_received() -> None:
    elsewhere = payload("message") | {"team_id": "T0OTHER", "is_ext_shared_channel": True}
    assert foreign(elsewhere, ME) is None
    assert foreign(elsewhere | {"is_ext_shared_channel": False}, ME) is not None
    theirs: dict[str, Any] = {"authorizations": [{"team_id": "T0OTHER"}], "context_team_id": "T0OTHER"}
    assert foreign(elsewhere | theirs, ME) is not None
    assert foreign(elsewhere | {"context_team_id": "T0OTHER"}, ME) is not None


def test_a_visitors_form_counts_by_the_team_where_the_app_is() -> None:
    form = payload("view_submission")
    form["team"], form["user"]["team_id"] = {"id": "T0OTHER"}, "T0OTHER"
    assert foreign(form, ME) is not None
    form["view"]["app_installed_team_id"] = "T0TEAM"
    assert foreign(form, ME) is None


def test_an_installation_for_the_whole_grid_speaks_for_its_workspaces() -> None:
    wide = {"is_enterprise_install": True, "enterprise": {"id": "E0GRID"}, "team": None}
    click = payload("block_actions_button") | wide
    assert foreign(click, GRID) is None
    assert foreign(click, ME) is not None
    assert foreign(click | {"enterprise": {"id": "E0OTHER"}}, GRID) is not None
    row = {"is_enterprise_install": True, "enterprise_id": "E0GRID", "team_id": None}
    event = payload("message") | {"authorizations": [row], "team_id": "T0SISTER", "context_team_id": None}
    assert foreign(event, GRID) is None
    assert foreign(event, ME) is not None


@pytest.mark.parametrize("body", [{}, {"type": 7}, {"team": "T0TEAM"}, {"event": [], "authorizations": "x"}])
def test_whatever_else_comes_is_refused(body: dict[str, Any]) -> None:
    found = foreign(body, ME)
    assert found is not None
    assert found.actor == "unknown"


@pytest.mark.parametrize(
    ("token", "app"),
    [("xapp-1-A012AB3CD-3456-0a1b", "A012AB3CD"), ("xapp-sandbox", ""), ("", ""), ("xoxb-1-A012AB3CD-1-a", "")],
)
def test_an_app_token_tells_its_app(token: str, app: str) -> None:
    assert app_of(token) == app
