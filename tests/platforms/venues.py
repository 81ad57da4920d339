"""What people and Vigil do on a chat platform, in no platform's own words: the contract is tried through this alone."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TypeVar

from bot.config import Slack
from bot.events import Click, Command, Event
from bot.messages import Form, Message, Post, Target
from bot.platforms.base import Listener, Platform
from bot.sandbox import Sandbox, Workspace
from tests.platforms.ears import Loud

T = TypeVar("T")
SLACK_EMOJIS = {"helpful": "+1", "unhelpful": "-1", "resolved": "white_check_mark"}
PATIENCE = 20.0


class Cannot(Exception):
    """There is nothing like this on the platform."""


def clean(text: str) -> str:
    return text.replace("hunter2", "[secret]")


class Venue(ABC):
    """One platform with people on it: ana and hugo help, ben and cleo ask; Vigil is in #help, #helpers and #secret."""

    name: str
    platform: Platform
    listener: Listener

    def __init__(self) -> None:
        self.heard: list[tuple[Event, str, tuple[str, ...]]] = []
        self.form: Form | None = None
        self.changed = threading.Condition()
        self.tally = Loud(self.changed)
        self.greeted = 0
        self._posts = 0
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Hear what is said from now on, in this process."""
        self._thread = threading.Thread(target=self._run, name=f"{self.name} listener")
        self._thread.start()
        self.until(lambda: self.greeted, "a greeting")

    def _run(self) -> None:
        self.listener.run(self._put, lambda _: self.form, self._beat)

    def _put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> bool:
        with self.changed:
            known = any(raw_id == raw or set(aliases) & set(others) for _, raw, others in self.heard)
            if not known:
                self.heard.append((event, raw_id, aliases))
            self.changed.notify_all()
            return not known

    def _beat(self, fresh: bool, trouble: str, waits: bool) -> None:
        with self.changed:
            self.greeted += fresh
            self.changed.notify_all()

    def until(self, ready: object, what: str) -> None:
        assert callable(ready)
        with self.changed:
            assert self.changed.wait_for(ready, PATIENCE), f"waited in vain for {what}; heard {self.heard}"

    def wait(self, kind: type[T], count: int = 1) -> list[T]:
        """The events of that kind, once there are so many."""

        def found() -> list[T]:
            return [event for event, _, _ in self.heard if isinstance(event, kind)]

        self.until(lambda: len(found()) >= count, f"{count} {kind.__name__}")
        return found()

    def clear(self) -> None:
        with self.changed:
            self.heard.clear()
        self.form = None

    def close(self) -> None:
        """End the listener; whoever overrides it ends the workspace first."""
        if self._thread is not None:
            self.listener.stop()
            self._thread.join(20)
            assert not self._thread.is_alive()

    def post(self, target: Target, message: Message, **fields: str) -> tuple[Post, str]:
        """What Vigil says, each time under a key of its own, and the turn id of it."""
        self._posts += 1
        channel = fields.pop("channel_id", self.channel("help"))
        post = Post(f"contract-{self._posts}/x", target, channel, message, **fields)  # type: ignore[arg-type]
        return post, self.platform.post(post)

    @abstractmethod
    def person(self, who: str) -> str:
        """Somebody's id."""

    @abstractmethod
    def channel(self, name: str) -> str:
        """Vigil's id of a channel."""

    @abstractmethod
    def say(self, who: str, text: str, thread: str = "", channel: str = "help") -> str:
        """Somebody says something (`@vigil` mentions Vigil), in the thread of a turn; the turn's id."""

    @abstractmethod
    def edit(self, turn: str, text: str) -> None:
        """Its author changes a message."""

    @abstractmethod
    def delete(self, turn: str) -> None:
        """Its author deletes a message."""

    @abstractmethod
    def react(self, turn: str, who: str, meaning: str, added: bool = True) -> None:
        """Somebody reacts to a message, or takes it back; meanings are those of SLACK_EMOJIS."""

    @abstractmethod
    def click(self, turn: str, action: str, who: str) -> None:
        """Somebody clicks a button under Vigil's message."""

    @abstractmethod
    def command(self, who: str, text: str) -> None:
        """Somebody types `/vigil` and this in #help."""

    @abstractmethod
    def whispered(self, who: str) -> list[str]:
        """What Vigil said to somebody alone, in #help or in their direct messages."""

    @abstractmethod
    def seen(self, turn: str) -> str | None:
        """What a message says that stands, None when it is gone."""

    @abstractmethod
    def fill_in(self, who: str, **fields: str) -> None:
        """Somebody fills in the form that Vigil has shown them, and sends it."""


class SlackVenue(Venue):
    """A small Slack workspace."""

    name = "slack"

    def __init__(self) -> None:
        super().__init__()
        from bot.platforms.slack import SlackPlatform
        from bot.platforms.slack_listener import SlackListener

        self.box = Sandbox(Workspace.small(retry_after=(0.3,) * 8)).start()
        settings = Slack(base_url=self.box.api_url, timeout_seconds=5.0, pace=1000.0, bot_token="xoxb-sandbox",
                         app_token="xapp-sandbox")  # fmt: skip
        self.platform = SlackPlatform(settings, clean)
        self.listener = SlackListener(settings, clean, ping_seconds=0.5, tally=self.tally)
        self.listen()

    def close(self) -> None:
        self.box.stop()
        super().close()

    def person(self, who: str) -> str:
        return f"U0{who.upper()}"

    def channel(self, name: str) -> str:
        return f"slack:T0SMALL:C0{name.upper()}"

    def say(self, who: str, text: str, thread: str = "", channel: str = "help") -> str:
        ts = self.box.say(channel, who, text.replace("@vigil", "<@U0VIGIL>"), _last(thread) or None)
        return f"{self.channel(channel)}:{ts}"

    def edit(self, turn: str, text: str) -> None:
        self.box.edit(_place(turn), _last(turn), text)

    def delete(self, turn: str) -> None:
        self.box.delete(_place(turn), _last(turn))

    def react(self, turn: str, who: str, meaning: str, added: bool = True) -> None:
        deed = self.box.react if added else self.box.unreact
        deed(_place(turn), _last(turn), SLACK_EMOJIS[meaning], who)

    def click(self, turn: str, action: str, who: str) -> None:
        self.box.click(_place(turn), _last(turn), action, who)

    def command(self, who: str, text: str) -> None:
        self.box.command("help", who, "/vigil", text)

    def whispered(self, who: str) -> list[str]:
        direct = self.box.messages(self.box.open_im(who))
        return [
            str(m["text"]) for m in (*self.box.ephemerals, *direct) if m.get("user") in (self.person(who), "U0VIGIL")
        ]

    def seen(self, turn: str) -> str | None:
        found = (m for m in self.box.all_messages(_place(turn)) if m["ts"] == _last(turn))
        return next((str(m["text"]) for m in found), None)

    def fill_in(self, who: str, **fields: str) -> None:
        view = self.box.wait_for(
            lambda box: next((i for i, v in box._core.views.items() if v.user == self.person(who)), "")
        )
        self.box.submit_view(view, who, {name: {"value": text} for name, text in fields.items()})


def _place(turn: str) -> str:
    return turn.split(":")[2]


def _last(turn: str) -> str:
    return turn.rpartition(":")[2]


__all__ = ["Cannot", "Click", "Command", "SlackVenue", "Venue", "clean"]
