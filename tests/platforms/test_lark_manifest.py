"""What a team grants its Lark app is what Vigil's own code listens for, and what it prints can be pasted."""

from __future__ import annotations

import json

from click.testing import CliRunner

from bot.cli import main
from bot.platforms import lark_events
from bot.platforms.lark_manifest import CALLBACK, EVENTS, EVERY_MESSAGE, ITSELF, MENU, scopes


def test_every_event_that_is_understood_is_asked_for_and_no_other() -> None:
    assert set(EVENTS) == lark_events.EVENTS
    assert CALLBACK == lark_events.CLICKED
    assert {EVERY_MESSAGE, ITSELF} < scopes()


def test_the_command_prints_json_and_beside_it_what_is_done_by_hand() -> None:
    done = CliRunner().invoke(main, ["manifest", "lark"])
    assert set(json.loads(done.stdout)["scopes"]["tenant"]) == scopes()
    assert all(name in done.stderr for name in (*EVENTS, CALLBACK, *MENU))
