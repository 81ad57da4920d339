"""The stage of a fault trial: a sandbox that writes down everything that happens, in order of time, on any platform."""

from __future__ import annotations

import random
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from faults_load import ASKERS, CHANNELS, HELPERS

from bot.sandbox.box import Box
from bot.sandbox.envelope import Envelope
from bot.sandbox.faults import Fault
from bot.sandbox.models import Json
from bot.storage.sqlite import Database

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


class Stage(Box):
    """A sandbox with the people and channels of the load, who go by the load's own names. Safe from any thread.

    What differs from platform to platform is in the methods that raise NotImplementedError.
    """

    name: str
    manual: str  # the point at which only this platform's adapter can die, and none of another's
    chances: Sequence[tuple[tuple[str, ...], Fault, float]]  # what may happen to its calls
    troubles: Mapping[str, int]  # what may go wrong besides kills, with its weight

    def begin(self) -> None:
        """Write everything down from now on."""
        self.records, self._began = Records(), time.monotonic()
        self._doing: int | None = None
        self._sent: Envelope | None = None
        self._core.watchers.append(self._watch)
        self._core.hub.offer = self._noting(self._core.hub.offer)
        self._core.hub._send_first = self._sending(self._core.hub._send_first)
        self.faults.draw = self._striking(self.faults.draw)  # type: ignore[method-assign, assignment]

    def section(self) -> str:
        """The part of the configuration that leads here."""
        raise NotImplementedError

    def secrets(self) -> dict[str, str]:
        """The variables of the environment that hold the bot's secrets."""
        raise NotImplementedError

    def id_of(self, name: str) -> str:
        """Somebody's or a group's id, as the configuration and the store have it."""
        raise NotImplementedError

    def who(self, person: str) -> str:
        """The load's name for somebody whose id stands in the store."""
        raise NotImplementedError

    def meant(self, emoji: str) -> str:
        """The load's name for an emoji that stands in the store."""
        raise NotImplementedError

    def turn_id(self, channel: str, message: str) -> str:
        """Vigil's id of a message."""
        raise NotImplementedError

    def typed(self, channel: str, who: str, words: str, root: str) -> Any:
        """Somebody types `/vigil` and these words, with a link to that thread if there is one; what to wait for, or None."""
        raise NotImplementedError

    def understood(self, envelope: Envelope) -> Any:
        """What Vigil's own reading makes of an envelope, with `event`, `raw_id` and `aliases`; None for nothing."""
        raise NotImplementedError

    def answered_twice(self) -> list[str]:
        """Commands and clicks that were answered more than once, for the eyes of who asked."""
        raise NotImplementedError

    def _watch(self, change: Json) -> None:
        raise NotImplementedError

    def know(self, store: Database) -> None:
        """This is the bot's store, in which may stand what its messages do not tell."""

    def settle_names(self) -> None:
        """Find out what the bot's messages are whose keys cannot be read off them."""

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
        self.settle_names()
        with self._core.changed:
            return [post for post in self.records.by_thread[thread] if post.died is None and post.kind == kind]

    def by_key(self) -> dict[str, list[Posted]]:
        """The bot's messages, gone ones too, by the key they carry."""
        self.settle_names()
        found: dict[str, list[Posted]] = defaultdict(list)
        with self._core.changed:
            for post in self.records.posts:
                found[post.key].append(post)
        return found

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
