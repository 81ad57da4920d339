"""The sandbox workspaces in which Vigil is shown, behind one small port: who says what, and what Vigil said, on any platform."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import BOT_ID, LarkSandbox, LarkWorkspace, Sandbox, Workspace
from bot.sandbox.box import Box
from bot.sandbox.lark_card_checks import every
from bot.sandbox.lark_page_view import EMOJIS
from bot.sandbox.lark_workspace import bot_app

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-sandbox", "SLACK_APP_TOKEN": "xapp-sandbox"}
LINK = re.compile(r"<(?P<url>https?://[^|>]+)(?:\|(?P<label>[^>]*))?>")
CARD_LINK = re.compile(r"\[(?P<label>[^\]]*)\]\((?P<url>[^)]*)\)")
PERSON = re.compile(r"<@(?P<id>[A-Z0-9]+)>|<at id=(?P<open>\w+)></at>")
MARKUP = re.compile(r"</?font[^>]*>|\*+")
LARK_EMOJIS = {**EMOJIS, "see_no_evil": "SHHH", "wastebasket": "CrossMark", "rocket": "Fire", "tada": "PARTY"}


@dataclass(frozen=True, slots=True)
class Said:
    """A message of Vigil's that stands: the platform's own ids of it, of its channel and of its thread's root."""

    id: str
    channel: str
    root: str
    text: str


class World(Protocol):
    """A workspace as the demo holds it; people and channels go by the ids that they have in the sample."""

    name: str

    @property
    def box(self) -> Box:
        """The workspace itself."""

    @property
    def url(self) -> str:
        """Where its page is."""

    def config(self) -> str:
        """The section of the configuration that leads there."""

    def tokens(self) -> dict[str, str]:
        """The variables of the environment that hold its secrets."""

    def person(self, user: str) -> str:
        """Somebody's, a group's or a bot's id, as the configuration names it."""

    def say(self, channel: str, user: str, text: str, thread: str | None = None, *, at: float | None = None) -> str:
        """Somebody says something, in a thread if one is given; the platform's id of it. With `at` it is old history."""

    def react(self, channel: str, message: str, name: str, user: str) -> None:
        """Somebody reacts; emojis go by Slack's names."""

    def click(self, channel: str, message: str, action: str, user: str) -> Any:
        """Somebody clicks a button under Vigil's message."""

    def turn_id(self, channel: str, message: str) -> str:
        """Vigil's id of a message."""

    def own(self) -> list[Said]:
        """Vigil's messages, by channel and time."""


class SlackWorld:
    """The sample as a Slack workspace."""

    name = "slack"

    def __init__(self, box: Sandbox) -> None:
        self.box, self.say, self.react, self.click = box, box.say, box.react, box.click

    @property
    def url(self) -> str:
        return self.box.url

    def config(self) -> str:
        return f'[slack]\nbase_url = "{self.box.api_url}"\n'

    def tokens(self) -> dict[str, str]:
        return TOKENS

    def person(self, user: str) -> str:
        return user

    def turn_id(self, channel: str, message: str) -> str:
        return f"slack:{self.box.workspace.team['id']}:{channel}:{message}"

    def own(self) -> list[Said]:
        found = ((c, m) for c in list(self.box.workspace.channels) for m in self.box.all_messages(c))
        return [
            Said(m["ts"], channel, m.get("thread_ts") or m["ts"], m["text"])
            for channel, m in found if m.get("bot_id") == BOT_ID
        ]  # fmt: skip


class LarkWorld:
    """The sample as a Lark tenant."""

    name = "lark"

    def __init__(self, box: LarkSandbox) -> None:
        self.box, self.say, self.click = box, box.say, box.click

    @property
    def url(self) -> str:
        return self.box.url

    def config(self) -> str:
        where = f'domain = "{self.box.url}"\napp_id = "{self.box.app_id}"'
        return f"[slack]\nenabled = false\n[lark]\nenabled = true\n{where}\n"

    def tokens(self) -> dict[str, str]:
        return {"LARK_APP_SECRET": self.box.app_secret}

    def person(self, user: str) -> str:
        workspace = self.box.workspace
        if user.startswith("S0"):
            group = {"S0ONCALL": "oncall", "S0HELPERS": "helpers"}[user]
            return next(found.id for found in workspace.groups if found.handle == group)
        found = workspace.person(user)
        return bot_app(found.id) if found.is_bot else found.id

    def react(self, channel: str, message: str, name: str, user: str) -> None:
        self.box.react(channel, message, LARK_EMOJIS.get(name, "SMILE"), user)

    def turn_id(self, channel: str, message: str) -> str:
        return f"lark:{self.box.workspace.tenant_key}:{self.box.chat_id(channel)}:{message}"

    def own(self) -> list[Said]:
        app = self.box.workspace.app
        found = (m for chat in list(self.box.workspace.chats) for m in self.box.all_messages(chat))
        return [
            Said(m.id, m.chat_id, m.root_id or m.id, _words(m.card or {}) or m.text)
            for m in found if m.sender == app and not m.deleted
        ]  # fmt: skip


def _words(card: Mapping[str, Any]) -> str:
    """What a card says, without its buttons."""
    said = [str(element["content"]) for _, element in every(dict(card)) if element["tag"] == "markdown"]
    return "\n".join(said)


def plain(text: str, names: Mapping[str, str]) -> str:
    """A platform's markup as a person would read it."""
    text = LINK.sub(lambda m: m["label"] or m["url"], CARD_LINK.sub(lambda m: m["label"], text))
    text = PERSON.sub(lambda m: "@" + names.get(m["id"] or m["open"], m["id"] or m["open"]), text)
    return MARKUP.sub("", html.unescape(text))


@contextmanager
def world(platform: str, sample: Path, port: int) -> Iterator[World]:
    """The sample workspace on a platform, listening on loopback."""
    if platform == "lark":
        with LarkSandbox(LarkWorkspace.from_json(sample), port=port) as tenant:
            yield LarkWorld(tenant)
        return
    with Sandbox(Workspace.from_json(sample, scopes=scopes(), events=events()), port=port) as box:
        yield SlackWorld(box)
