"""The stage of a fault trial: a sandbox workspace that writes down everything that happens, in order of time."""

from __future__ import annotations

import random
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from faults_load import ASKERS, CHANNELS, HELPERS

from bot.platforms.slack_manifest import events, scopes
from bot.sandbox import BOT_ID, Sandbox, Workspace
from bot.sandbox.envelope import Envelope
from bot.sandbox.faults import Fault
from bot.sandbox.models import Json

RETRIES = (1.0,) * 600
"""Seconds between redeliveries of what is not acknowledged: Slack's own hour, compressed, and long enough for any outage here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history: seconds since the beginning, the story it belongs to (None: all of them), and what happened."""

    at: float
    story: int | None
    words: str


@dataclass(slots=True)
class Posted:
    """A message of the bot's: where it stands, the key it carries, when it came and when it went."""

    channel: str
    ts: str
    thread: str
    key: str
    kind: str
    born: float
    died: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An envelope that the bot was sent, and the story it comes from (None: the bot's own echo)."""

    story: int | None
    envelope: Envelope


@dataclass(slots=True)
class Records:
    """What was written down; lists only grow."""

    lines: list[Line] = field(default_factory=list)
    posts: list[Posted] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    threads: dict[str, int] = field(default_factory=dict)
    by_thread: dict[str, list[Posted]] = field(default_factory=lambda: defaultdict(list))


class Stage(Sandbox):
    """A sandbox with the people and channels of the load. Everything is safe from any thread."""

    def __init__(self) -> None:
        workspace = Workspace.from_dict(world(), scopes=scopes(), events=events(), retry_after=RETRIES)
        super().__init__(workspace, port=lasting_port())
        self.records, self._began = Records(), time.monotonic()
        self._doing: int | None = None
        self._sent: Envelope | None = None
        self._core.watchers.append(self._watch)
        self._core.hub.offer = self._noting(self._core.hub.offer)  # type: ignore[method-assign]
        self._core.hub._send_first = self._sending(self._core.hub._send_first)  # type: ignore[method-assign, assignment]
        self.faults.draw = self._striking(self.faults.draw)  # type: ignore[method-assign, assignment]

    def clock(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def note(self, words: str, story: int | None = None) -> None:
        """Write a line into the history."""
        self.records.lines.append(Line(self.clock(), story, words))

    @contextmanager
    def doing(self, story: int) -> Iterator[None]:
        """What is done meanwhile belongs to that story."""
        with self._core.changed:
            self._doing = story
            try:
                yield
            finally:
                self._doing = None

    def answers(self, thread: str, kind: str = "vigil_suggestion") -> list[Posted]:
        """The bot's messages of a kind that stand in a thread now."""
        with self._core.changed:
            return [post for post in self.records.by_thread[thread] if post.died is None and post.kind == kind]

    def by_key(self) -> dict[str, list[Posted]]:
        """The bot's messages, gone ones too, by the key they carry."""
        found: dict[str, list[Posted]] = defaultdict(list)
        with self._core.changed:
            for post in self.records.posts:
                found[post.key].append(post)
        return found

    def answered_twice(self) -> list[str]:
        """Commands and clicks that were answered more than once, for the eyes of who asked."""
        with self._core.changed:
            uses = [(url.user, url.channel, url.uses) for url in self._core.urls.values()]
        return [f"{user} was answered {count} times in {channel}" for user, channel, count in uses if count > 1]

    def _noting(self, offer: Callable[..., Envelope]) -> Callable[..., Envelope]:
        def noting(kind: str, payload: Json, on_ack: Callable[[Json], None] | None = None) -> Envelope:
            envelope = offer(kind, payload, on_ack)
            self.records.told.append(Told(self._doing, envelope))
            return envelope

        return noting

    def _sending(self, send: Callable[[Envelope], None]) -> Callable[[Envelope], None]:
        def sending(envelope: Envelope) -> None:
            self._sent = envelope
            send(envelope)

        return sending

    def _striking(self, draw: Callable[[str], Fault | None]) -> Callable[[str], Fault | None]:
        def striking(point: str) -> Fault | None:
            fault = draw(point)
            if fault is not None and point == "envelope":
                story = next((told.story for told in reversed(self.records.told) if told.envelope is self._sent), None)
                self.note(f"{fault} strikes its envelope", -1 if story is None else story)
            elif fault is not None and point != "ack":  # whose acknowledgement it was is not known here
                self.note(f"{fault} strikes {point}")
            return fault

        return striking

    def _watch(self, change: Json) -> None:
        message: Json = change.get("message", {})
        if change["kind"] == "message":
            self._came(str(change["channel"]), message)
        elif change["kind"] == "deleted":
            self._went(str(change["channel"]), str(change["ts"]))
        elif change["kind"] == "changed" and message.get("subtype") == "tombstone":
            self._went(str(change["channel"]), str(message["ts"]))

    def _came(self, channel: str, message: Json) -> None:
        ts, thread = str(message["ts"]), str(message.get("thread_ts") or message["ts"])
        if message.get("bot_id") != BOT_ID:
            if self._doing is not None:
                self.records.threads.setdefault(thread, self._doing)
            return
        meta: Json = message.get("metadata") or {}
        key = str((meta.get("event_payload") or {}).get("key") or "")
        post = Posted(channel, ts, thread, key, str(meta.get("event_type", "")), self.clock())
        self.records.posts.append(post)
        self.records.by_thread[thread].append(post)
        self.note(
            f"the bot posts {post.kind} {key} ({ts}): {message.get('text')!r:.200}", self.records.threads.get(thread)
        )

    def _went(self, channel: str, ts: str) -> None:
        for post in reversed(self.records.posts):
            if (post.channel, post.ts) == (channel, ts) and post.died is None:
                post.died = self.clock()
                self.note(f"the message {ts} of the bot's is gone", self.records.threads.get(post.thread))
                return


def lasting_port() -> int:
    """A free port that the system gives to no outgoing connection: it must be had again after an outage."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def world() -> Json:
    """Forty askers, two helpers, an on-call group, and a channel for each way of answering."""
    people = [_person(user, "asker") for user in ASKERS] + [_person(user, "helper") for user in HELPERS]
    everybody = [*ASKERS, *HELPERS, "U0VIGIL"]
    channels = [{"id": channel, "name": name, "members": everybody} for channel, name in CHANNELS.items()]
    channels.append({"id": "C0DESK", "name": "desk", "members": [*HELPERS, "U0VIGIL"]})
    return {
        "team": {"id": "T0SMALL", "name": "Small", "domain": "small", "url": "https://small.slack.com/"},
        "users": people, "channels": channels,
        "usergroups": [{"id": "S0ONCALL", "handle": "oncall", "users": list(HELPERS)}],
    }  # fmt: skip


def _person(user: str, role: str) -> dict[str, Any]:
    return {"id": user, "name": user.lower(), "real_name": f"Person {user[2:]}", "role": role}
