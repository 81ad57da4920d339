"""Every action by every role on the real line, against a table written by hand; and nothing that is not in the table."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from http.client import HTTPConnection

import click
import pytest

from bot.cli import main
from bot.cli_operator import permit
from bot.dialogue.clicks import known
from bot.dialogue.commands import VERBS
from bot.dialogue.feedback import Meaning
from bot.dialogue.genuine import FORMS
from bot.models import VigilError
from bot.platforms.slack_actions import SHORTCUTS
from bot.supervisor_console import serve
from tests.tree import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import authority_table as table
import trial_authority as trial

SHOWN = re.compile(r"\"(vigil_(?:case|draft|revision|accept|gap|need|speak|not|pick)?_?[a-z_]+)\"")
NO_CLICKS = {"vigil_suggestion", "vigil_answer", "vigil_digest", "vigil_escalation", "vigil_follow_up", "vigil_gaps",
             "vigil_home", "vigil_ops", "vigil_watch", "vigil_accept", "vigil_case", "vigil_draft"}  # fmt: skip
"""What stands in a message's metadata, and is no button."""


def rows(way: str) -> set[str]:
    return {row.action for row in table.rows() if row.way == way}


def test_every_command_stands_in_the_table() -> None:
    beside = {"ask", "cases-list", "home", "offer"}  # a question in words, a list, the app's page, a choice of threads
    assert rows("slash") - beside == set(VERBS)


def test_every_button_choice_and_form_stands_in_the_table() -> None:
    written: set[str] = set()
    for path in sorted((ROOT / "bot" / "dialogue").glob("*.py")):
        written |= set(SHOWN.findall(path.read_text(encoding="utf-8")))
    written = {name for name in written - NO_CLICKS if not name.startswith("vigil_pick_")}
    assert all(known(name) for name in written), "a button that no part answers"
    picks = {name for name in rows("click") if name.startswith("vigil_pick_")}
    assert rows("click") - picks == written - FORMS | {"vigil_not_helpful"}
    assert rows("form") == FORMS
    assert len(picks) == 1, "every choice of a thread is the command that it names"


def test_every_reaction_and_shortcut_stands_in_the_table() -> None:
    assert rows("reaction") == set(Meaning)
    assert rows("shortcut") == set(SHORTCUTS)


def verbs(group: click.Group, above: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        path = f"{above} {name}".strip()
        if isinstance(command, click.Group):
            yield from verbs(command, path)
        else:
            yield path


def test_every_verb_of_the_command_line_stands_in_the_table() -> None:
    found = set(verbs(main))
    assert found == set(table.verbs())
    for verb in found:
        permit(verb)


def test_a_verb_that_no_table_names_is_refused() -> None:
    with pytest.raises(VigilError, match="none of the operator's verbs"):
        permit("knowledge launch")


def test_each_cell_is_as_the_table_says() -> None:
    counts = trial.run(3, True, lambda _: None)
    assert {name: counts[name] for name in trial.BREACHES} == dict.fromkeys(trial.BREACHES, 0)
    assert counts["matrix_cells"] == trial.SMALL
    assert counts["tamperings"] == counts["tamperings_found"] == trial.SMALL_TAMPERINGS


def test_a_vigil_that_is_too_generous_is_noticed() -> None:
    """Here a stranger is made a helper by mistake: the trial must be able to fail."""
    said: list[str] = []
    world_of_strangers = trial.run(3, True, said.append, generous=("S", "G"))
    assert world_of_strangers["matrix_breaches"] > 0
    assert any("matrix_breaches" in line for line in said)


def test_the_pages_answer_everybody_the_same_and_nothing_else() -> None:
    server = serve("127.0.0.1", 0, lambda: {"ok": True}, lambda: "metrics\n")
    try:
        for line in table.PAGES.strip().splitlines():
            method, path, *codes = line.split()
            connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
            connection.request(method, path)
            assert str(connection.getresponse().status) in codes, line
            connection.close()
    finally:
        server.shutdown()
        server.server_close()
