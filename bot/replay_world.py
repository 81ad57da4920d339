"""The world that a replay pretends: a clock that jumps from turn to turn, and a workspace open to all its people."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.config import Config, Rules
from bot.events import Event
from bot.messages import Channel, Standing
from bot.models import Mode
from bot.outcomes import Outcome
from bot.platforms.transcript import Transcript
from bot.stages import Stages
from bot.storage.base import Lease, Leased
from bot.storage.inbox import SqliteInbox
from bot.storage.ledger import SqliteLedger
from bot.storage.sqlite import Database
from knowledge.models import EVERYONE, Audience, Case

PLATFORM = "platform"
CHECK_MARK = "white_check_mark"
"""Resolves a thread in a replay, whatever else the configuration takes for it."""


class SimulatedClock:
    """Epoch seconds of the time that is played; it never runs back."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def move_to(self, at: float) -> None:
        """It is later now."""
        self.at = max(self.at, at)


class OwnTime(Stages):
    """Stages that nest without counting a second twice: it belongs to the innermost stage. For one thread only."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._since = 0.0

    def __call__(self, name: str) -> _Inner:  # type: ignore[override]
        return _Inner(self, name)

    def enter(self, name: str) -> None:
        """From now on the time is this stage's."""
        self._book()
        self._open.append(name)

    def leave(self) -> None:
        """From now on the time is that of the stage around."""
        self._book()
        self._open.pop()

    def _book(self) -> None:
        now = time.perf_counter()
        if self._open:
            name = self._open[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


class _Inner:
    __slots__ = ("_name", "_time")

    def __init__(self, own: OwnTime, name: str) -> None:
        self._time, self._name = own, name

    def __enter__(self) -> None:
        self._time.enter(self._name)

    def __exit__(self, *_: object) -> None:
        self._time.leave()


class TimedInbox(SqliteInbox):
    """An inbox whose time is booked as the stage "inbox"."""

    def __init__(self, database: Database, stages: Stages) -> None:
        super().__init__(database)
        self._stages = stages

    def put(self, event: Event, raw_id: str, aliases: Sequence[str], now: float) -> bool:
        with self._stages("inbox"):
            return super().put(event, raw_id, aliases, now)

    def claim(self, owner: str, now: float, quick: bool, limit: int = 1) -> list[Leased]:
        with self._stages("inbox"):
            return super().claim(owner, now, quick, limit)


class TimedLedger(SqliteLedger):
    """A ledger whose time is booked as the stage "commit"."""

    def __init__(self, database: Database, stages: Stages) -> None:
        super().__init__(database)
        self._stages = stages

    def commit(self, outcome: Outcome, now: float, lease: Lease | None = None) -> None:
        with self._stages("commit"):
            super().commit(outcome, now, lease)


class TranscriptDirectory:
    """The recording's workspace as bot.dialogue.base.Directory: public channels, learned helpers only, always shadow."""

    def __init__(self, config: Config, transcript: Transcript) -> None:
        self._names = {channel.name: channel.id for channel in transcript.channels}
        self._channels = {channel.id: channel for channel in transcript.channels}
        self._rules = {c.id: _shadow(config.rules(c.id, c.name)) for c in transcript.channels}
        self._otherwise = _shadow(config.defaults)
        self.scope = f"workspace:{transcript.channels[0].team}"
        self._audience = Audience.of(self.scope)
        self._flat = transcript.flat
        self._readers = {c.id: Audience.of(EVERYONE, self.scope, f"channel:{c.id}") for c in transcript.channels}
        self._people = {c.id: frozenset(t.author for t in transcript.turns if t.channel_id == c.id)
                        for c in transcript.channels}  # fmt: skip

    def rules(self, channel_id: str) -> Rules:
        """The configured rules, in shadow."""
        return self._rules.get(channel_id, self._otherwise)

    def helpers(self, channel_id: str) -> frozenset[str]:
        """Nobody: who helps is learned from what happens."""
        return frozenset()

    def people(self, names: Sequence[str], channel_id: str) -> frozenset[str]:
        """People go by what the recording calls them; there are no groups."""
        return frozenset(names)

    def administrators(self) -> frozenset[str]:
        """The platform itself: it let somebody mark a thread as resolved, and the recording does not tell whom."""
        return frozenset({PLATFORM})

    def audience(self, channel_id: str) -> Audience:
        """The whole workspace."""
        return self._audience if channel_id in self._rules else Audience()

    def readers(self, channel_id: str) -> Audience:
        """What everybody in the workspace holds; nothing for a channel that is not in the recording."""
        return self._readers.get(channel_id, Audience())

    def threaded(self, channel_id: str) -> bool:
        """See bot.dialogue.base.Directory."""
        return not self._flat

    def members(self, channel_id: str) -> frozenset[str]:
        """Those who speak in the recording."""
        return self._people.get(channel_id, frozenset())

    def open_to(self, channel_id: str, person: str) -> bool:
        """Every channel of the recording is open to all."""
        return channel_id in self._rules

    def standing(self, channel_id: str, person: str) -> Standing:
        """Whoever speaks in a recording belongs there."""
        return Standing.MEMBER

    def at_this_moment(self, channels: Iterable[str]) -> TranscriptDirectory:
        """Nothing changes here."""
        return self

    def forget(self, channel_id: str, person: str = "") -> None:
        """Nothing changes here."""

    def saw(self, channels: Sequence[Channel]) -> None:
        """The recording lists none."""

    def shows(self, case: Case, readers: Audience) -> bool:
        """By what stands in it."""
        return case.audience.opens_to(readers)

    def may_pass(self, source: str, destination: str) -> bool:
        """Within the recording, everything may."""
        return source in self._rules and destination in self._rules

    def permalink(self, turn_id: str) -> str:
        """A recording has no addresses."""
        return ""

    def resolve(self, channel_name: str, beside: str) -> str | None:
        """The id of a channel by name or id."""
        return channel_name if channel_name in self._rules else self._names.get(channel_name.lstrip("#"))

    def group(self, name: str, channel_id: str) -> str | None:
        """There are no groups."""
        return None

    def channel(self, channel_id: str) -> Channel:
        """A channel of the recording."""
        return self._channels.get(channel_id) or Channel(channel_id, "", private=True, member=False)

    def channels(self) -> Sequence[Channel]:
        """All channels of the recording."""
        return tuple(self._channels.values())

    def name(self, person: str, channel_id: str) -> str:
        """People go by what the recording calls them."""
        return person

    def linked(self, text: str, channel_id: str) -> tuple[str, str] | None:
        """A recording has no addresses."""
        return None


def _shadow(rules: Rules) -> Rules:
    return replace(rules, mode=Mode.SHADOW.value, resolved_reactions=(*rules.resolved_reactions, CHECK_MARK))
