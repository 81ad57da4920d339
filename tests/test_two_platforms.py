"""Slack and Lark in one `vigil run`: one knowledge base, secrets kept apart, and what is said on one never shown on the other."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.lark_manifest import scopes
from bot.sandbox import BOT_ID, LarkSandbox, LarkWorkspace, Sandbox, Workspace
from bot.sandbox.lark_card_checks import every
from tests.processes import QUESTION, Processes

BOT, APP, SECRET = "xoxb-canary-of-slack", "xapp-canary-of-slack", "canary-secret-of-lark"
CANARY = "the hatch code of the blue vault is quokka seven"


class Both(Processes):
    """One Vigil on a Slack workspace and a Lark tenant, whose people and channels have the same names."""

    def __init__(self, slack: Sandbox, lark: LarkSandbox, folder: Path) -> None:
        super().__init__(slack, folder, hold_minutes=0.0)
        self.lark, self.tokens = lark, (BOT, APP)
        section = f'[lark]\nenabled = true\ndomain = "{lark.url}"\napp_id = "{lark.app_id}"\ntimeout_seconds = 3.0\npace = 1000.0\n'
        helpers = json.dumps(["U0ANA", lark.open_id("ana")])
        desk = f'helpers = {helpers}\nhelpers_channel = "helpers"\n'
        private = '[channels.topics]\nmode = "private"\n'
        self.config.write_text(f"{self.config.read_text()}{desk}{section}{private}")

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "LARK_APP_SECRET": SECRET}

    def listener(self, platform: str) -> int:
        """The process that hears a platform."""
        assert self.run is not None
        children = Path(f"/proc/{self.run.pid}/task/{self.run.pid}/children").read_text().split()
        lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in children}
        return next(pid for pid, line in lines.items() if "_listen" in line and platform in line)

    def said(self) -> dict[str, list[str]]:
        """All that Vigil said, by platform."""
        slack = [json.dumps(m, ensure_ascii=False) for c in list(self.box.workspace.channels)
                 for m in self.box.all_messages(c) if m.get("bot_id") == BOT_ID]  # fmt: skip
        slack += [json.dumps(m, ensure_ascii=False) for m in (*self.box.ephemerals, *self.box.responses)]
        mine = self.lark.workspace.app
        lark = [m.content for m in list(self.lark.workspace.messages.values()) if m.sender == mine]
        return {"slack": slack, "lark": lark}


@pytest.fixture(scope="module")
def vigil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    tenant = LarkWorkspace.small(app_secret=SECRET, scopes=scopes())
    with Sandbox(Workspace.small(bot_token=BOT, app_token=APP)) as slack, LarkSandbox(tenant) as lark:
        found = Both(slack, lark, tmp_path_factory.mktemp("both"))
        found.teach()
        found.start()
        try:
            found.until(found.healthy, "a healthy start")
            yield found
        finally:
            found.stop()


def test_each_platform_has_a_listener_of_its_own_that_knows_no_other_secret(vigil: Both) -> None:
    assert {"slack", "lark", "worker"} <= set(vigil.health()["children"])
    seen = {name: Path(f"/proc/{vigil.listener(name)}/environ").read_bytes().decode() for name in ("slack", "lark")}
    assert (BOT in seen["slack"], APP in seen["slack"], SECRET in seen["slack"]) == (True, True, False)
    assert (BOT in seen["lark"], APP in seen["lark"], SECRET in seen["lark"]) == (False, False, True)


def test_both_are_answered_from_one_document(vigil: Both) -> None:
    vigil.box.say("help", "ben", QUESTION.format("slack"))
    vigil.lark.say("help", "ben", QUESTION.format("lark"))
    assert "max_upload_mb" in json.dumps(vigil.box.wait_message("help", timeout=60))
    assert "max_upload_mb" in vigil.lark.wait_message("help", timeout=60).content


def test_a_command_of_one_shows_nothing_that_was_said_on_the_other(vigil: Both) -> None:
    """Public or private, resolved or not: what a place of one platform holds is found there only."""
    before = {name: len(lines) for name, lines in vigil.said().items()}
    asked, told = "what is the hatch code of the blue vault?", f"{CANARY}, turn the handle twice and press the hatch."
    for box, chat in ((vigil.box, "help"), (vigil.lark, "secret")):
        mark = "S" if box is vigil.box else "L"
        root = box.say(chat, "ben", f"{asked} {mark}-side")
        box.say(chat, "ana", f"{told} {mark}-side", root)
        react = "white_check_mark" if box is vigil.box else "DONE"
        box.react(chat, root, react, "ben")
    store = vigil.memory()
    vigil.until(
        lambda: len(store.database.read("SELECT 1 FROM threads WHERE state='resolved'")) >= 2, "two resolved threads"
    )
    vigil.until(
        lambda: store.database.value("SELECT count(*) FROM threads WHERE shelved<version") == 0, "both on the shelf"
    )
    vigil.box.command("help", "cleo", "/vigil", "search hatch code of the blue vault")
    vigil.lark.command("help", "cleo", "/vigil", "search hatch code of the blue vault")
    vigil.until(lambda: all(len(lines) > before[name] + 1 for name, lines in vigil.said().items()), "answers to both")
    said = vigil.said()
    assert not any("L-side" in line for line in said["slack"])
    assert not any("S-side" in line for line in said["lark"])
    assert any("S-side" in line for line in said["slack"]), "where it was said, it is found"
    posts = store.database.read("SELECT key, error FROM outbox WHERE state='failed'")
    assert posts == [], "nothing was written for the other platform in the first place"


def test_one_deaf_platform_does_not_harm_the_other(vigil: Both) -> None:
    vigil.box.stop()
    try:
        root = vigil.lark.say("help", "cleo", QUESTION.format("while Slack is away"))
        assert "max_upload_mb" in vigil.lark.wait_message("help", root, timeout=60).content
        vigil.until(lambda: not vigil.healthy(), "a reason for concern")
        assert any("slack" in why for why in vigil.health()["why"])
        assert not any("lark" in why for why in vigil.health()["why"])
    finally:
        vigil.box.start()
    vigil.until(vigil.healthy, "health", 90)
    root = vigil.box.say("help", "cleo", QUESTION.format("after that"))
    assert "max_upload_mb" in json.dumps(vigil.box.wait_message("help", root, timeout=60))


@pytest.mark.parametrize("words", ["help", "search upload limit", "cases", "nonsense"])
def test_a_command_is_answered_alike(vigil: Both, words: str) -> None:
    heard = len(vigil.box.responses)
    before = {message.id for message in vigil.lark.whispers}
    vigil.box.command("help", "ben", "/vigil", words)
    vigil.lark.command("help", "ben", "/vigil", words)
    vigil.until(lambda: len(vigil.box.responses) > heard, "Slack's answer")
    vigil.until(lambda: any(m.id not in before for m in vigil.lark.whispers), "Lark's answer")
    slack = str(vigil.box.responses[-1]["body"]["text"])
    lark = next(m for m in reversed(vigil.lark.whispers) if m.id not in before)
    assert lark.visible_to == vigil.lark.open_id("ben")
    assert spelt(shown(lark.card)) == spelt(slack)


def test_the_menu_and_a_direct_message_answer_too(vigil: Both) -> None:
    direct = vigil.lark.open_im("cleo")
    vigil.lark.menu("cleo", "help")
    assert "search" in vigil.lark.wait_message(direct, timeout=60).content
    asked = vigil.lark.say(direct, "cleo", QUESTION.format("to you alone"))
    vigil.lark.wait_message(
        direct, where=lambda m: "max_upload_mb" in m.content and m.id != asked and m.card, timeout=60
    )


def test_reactions_and_buttons_of_both_are_the_same_feedback(vigil: Both) -> None:
    store = vigil.memory().database
    root = vigil.lark.say("help", "cleo", QUESTION.format("with thumbs"))
    said = vigil.lark.wait_message("help", root, timeout=60)
    vigil.lark.react("help", said.id, "THUMBSUP", "cleo")
    rated = "SELECT actor, helpful FROM feedback WHERE actor=?"
    cleo = vigil.lark.open_id("cleo")
    vigil.until(lambda: store.read(rated, (cleo,)) == [(cleo, 1)], "a thumb up")
    vigil.lark.unreact("help", said.id, "THUMBSUP", "cleo")
    vigil.until(lambda: store.read(rated, (cleo,)) == [], "it is taken back")
    vigil.lark.click("help", said.id, "vigil_helpful", "cleo").wait()
    vigil.until(lambda: store.read(rated, (cleo,)) == [(cleo, 1)], "the button says the same")
    vigil.lark.react("help", root, "DONE", "cleo")
    state = "SELECT state FROM threads WHERE id LIKE ?"
    vigil.until(lambda: store.value(state, (f"%:{root}",)) == "resolved", "a resolved thread")


def test_a_draft_goes_to_the_helpers_of_its_own_platform(vigil: Both) -> None:
    """Both have a channel called helpers; in a topic group everything is a thread."""
    vigil.lark.say("topics", "ben", QUESTION.format("in private"))
    draft = vigil.lark.wait_message("helpers", timeout=60)
    assert "max_upload_mb" in draft.content
    assert "Draft for a thread" in draft.content
    assert "Draft for a thread" not in str(vigil.own("C0HELPERS"))
    vigil.lark.click("helpers", draft.id, "vigil_draft_publish", "ana").wait()
    vigil.lark.wait_message("topics", timeout=60)


def shown(card: Any) -> str:
    """What a card says, without its buttons."""
    title = card.get("header", {}).get("title", {}).get("content", "")
    said = [str(element["content"]) for _, element in every(card) if element["tag"] == "markdown"]
    return "\n".join([title, *said])


def spelt(text: str) -> list[str]:
    """Its words, whatever marks them."""
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://[^\s|>)]+|</?font[^>]*>|&[a-z]+;", " ", text))


def test_metrics_and_doctor_know_both(vigil: Both) -> None:
    lines = vigil.command("doctor", "--json").stdout.splitlines()
    names = {json.loads(line)["what"] for line in lines}
    assert {"Slack", "Lark", "Slack scopes", "Lark permissions"} <= names
    assert os.path.exists(vigil.config)
