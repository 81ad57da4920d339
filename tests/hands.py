"""Hands for tests of the surface: type commands, click, use shortcuts, and read what came back to whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.sandbox.models import Json
from bot.sandbox.timeline import Timeline
from bot.sandbox.workspace import read_channel
from tests.harness import PEOPLE, Live

HELP, PRIVATE = "C0HELP", "C0VAULT"
QUESTION = "the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?"


class Hands:
    """What people do in front of one Vigil; every deed lets it come to rest, and time passes in between."""

    def __init__(self, live: Live) -> None:
        self.live, self.box = live, live.box
        self.box._core.ephemerals.clear()
        self.box._core.views.clear()

    def say(self, who: str, text: str, thread: str | None = None, channel: str = HELP) -> str:
        """The message's ts."""
        ts = self.box.say(channel, PEOPLE[who], text, thread)
        self._rest()
        return ts

    def asked(self, channel: str = HELP) -> tuple[str, Json]:
        """(thread, suggestion) after Amy asked and nobody answered within the hold."""
        ts = self.say("amy", QUESTION, channel=channel)
        self.live.clock.move(600)
        self._rest()
        return ts, self.posts(ts, channel)[-1] if self.posts(ts, channel) else {}

    def slash(self, who: str, text: str, channel: str = HELP) -> list[Json]:
        """What Vigil whispers back."""
        return self._heard(who, lambda: self.box.command(channel, PEOPLE[who], "/vigil", text).wait())

    def click(self, message: Json, action: str, who: str, value: str | None = None, channel: str = HELP) -> list[Json]:
        """What Vigil whispers back."""
        place = message.get("channel") or message.get("in") or channel
        return self._heard(who, lambda: self.box.click(place, message["ts"], action, PEOPLE[who], value).wait())

    def shortcut(self, who: str, ts: str, name: str, channel: str = HELP) -> list[Json]:
        """What Vigil whispers back."""
        return self._heard(who, lambda: self.box.shortcut(channel, ts, name, PEOPLE[who]).wait())

    def form(self, who: str) -> Json:
        """The modal that has opened for somebody."""
        views = self.box.wait_for(lambda box: [v for v in box._core.views.values() if v.user == PEOPLE[who]])
        return dict(views[-1].view)

    def submit(self, who: str, **values: str) -> list[Json]:
        """Fill in the open modal and send it; what Vigil whispers or writes back."""
        given = {name: {"value": text} for name, text in values.items()}
        view_id = self.form(who)["id"]
        return self._heard(who, lambda: self.box.submit_view(view_id, PEOPLE[who], given).wait())

    def posts(self, thread: str, channel: str = HELP) -> list[Json]:
        """Vigil's messages in a thread."""
        return [m for m in self.live.own(channel) if m.get("thread_ts") == thread]

    def cards(self, channel: str = "C0DESK") -> list[Json]:
        """Vigil's messages in the helpers' channel."""
        return self.live.own(channel)

    def direct(self, who: str) -> list[Json]:
        """What Vigil wrote to somebody alone."""
        return self.live.own(self.box.open_im(PEOPLE[who]))

    def link(self, ts: str, channel: str = HELP) -> str:
        """A permalink as people paste it."""
        return f"https://test.slack.com/archives/{channel}/p{ts.replace('.', '')}"

    def audit(self) -> list[tuple[str, str, bool]]:
        """(person, deed, allowed) as recorded, oldest first."""
        rows = self.live.memory.database.read("SELECT actor, action, allowed FROM audit ORDER BY seq")
        return [(row[0], row[1], bool(row[2])) for row in rows]

    def value(self, sql: str) -> Any:
        """One value of the store."""
        return self.live.memory.database.value(sql)

    def _rest(self) -> None:
        self.live.settle()
        self.live.clock.move(1.0)

    def _heard(self, who: str, deed: Any) -> list[Json]:
        before = len(self.box.ephemerals), len(self.direct(who))
        deed()
        self._rest()
        whispered = [m for m in self.box.ephemerals[before[0] :] if m.get("user") in (PEOPLE[who], None, "U0VIGIL")]
        return [*whispered, *self.direct(who)[before[1] :]]


def text_of(messages: list[Json]) -> str:
    """All that messages show, buttons and choices left out."""
    said = []
    for message in messages:
        blocks = [b["text"]["text"] for b in message.get("blocks", []) if b["type"] == "section"]
        said.append("\n".join(blocks) or message["text"])
    return "\n".join(said)


def actions_of(message: Json) -> list[str]:
    """The action ids of a message's buttons and choices."""
    return [e["action_id"] for b in message.get("blocks", []) if b["type"] == "actions" for e in b["elements"]]


def options_of(message: Json) -> list[tuple[str, str]]:
    """(label, value) of the first choice of a message."""
    elements = [e for b in message.get("blocks", []) if b["type"] == "actions" for e in b["elements"]]
    return [(o["text"]["text"], o["value"]) for e in elements if "options" in e for o in e["options"]]


@contextmanager
def private_channel(hands: Hands, *members: str) -> Iterator[str]:
    """A private channel with Vigil and these people in it, gone afterwards."""
    workspace = hands.box.workspace
    ids = [*(PEOPLE[name] for name in members), "U0VIGIL"]
    workspace.channels[PRIVATE] = read_channel(
        {"id": PRIVATE, "name": "vault", "is_private": True, "members": ids}
    )  # fmt: skip
    workspace.timelines[PRIVATE] = Timeline()
    yield PRIVATE
    del workspace.channels[PRIVATE], workspace.timelines[PRIVATE]
