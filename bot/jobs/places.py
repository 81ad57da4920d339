"""Follows what kind of place each channel is: made private, shared or opened, what was learned there follows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from bot.events import platform_of
from bot.messages import Channel
from bot.models import VigilError
from bot.platforms.base import Facts, Platform
from bot.storage.base import Channels
from knowledge.models import Audience

EVERY = 60.0
"""Seconds between two looks; news of a channel comes at once, and what is searched or sent meanwhile is held to it."""

log = structlog.get_logger("places")


class Rescoping(Protocol):
    """What was learned where, and who may read it."""

    def places(self) -> list[str]:
        """The containers of cases and earlier threads."""

    def rescope(self, container: str, audience: Audience) -> int:
        """Give that audience to all that was learned there; returns how many entries had another one."""


class Readership(Protocol):
    """Who reads what; see bot.jobs.readership."""

    def saw(self, channels: Sequence[Channel]) -> None:
        """The platform has just listed these channels, as they stand now."""

    def audience(self, channel_id: str) -> Audience:
        """Who may read what is said there."""


class Places:
    """Run it often. `clock` gives epoch seconds."""

    def __init__(
        self, platforms: Mapping[str, Platform], channels: Channels, rescoping: Rescoping, facts: Facts,
        readership: Readership, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._platforms, self._channels, self._rescoping, self._facts = platforms, channels, rescoping, facts
        self._readership, self._clock = readership, clock

    def run(self) -> int:
        """Look at every channel, and give what was learned there its audience of now; returns how many entries changed."""
        for platform in self._platforms.values():
            try:
                listed = platform.channels()
            except VigilError as trouble:
                log.warning("channels not listed", action="next time", where=platform.name, error=str(trouble))
                continue
            self._channels.put(listed, self._clock())
            self._readership.saw(listed)
        homes = [place for place in self._rescoping.places() if platform_of(place) in self._platforms]
        return sum(map(self._follow, homes))

    def _follow(self, home: str) -> int:
        """Entries of a place that cannot be asked about stay as they are: the search holds them back meanwhile."""
        audience, key = self._readership.audience(home), f"audience {home}"
        told = " ".join(sorted(audience.scopes))
        if not told or self._facts.fact(key) == told:
            return 0
        changed = self._rescoping.rescope(home, audience)
        self._facts.remember(key, told)
        log.info("a place has other readers", action="hold what was learned to them", place=home, entries=changed)
        return changed
