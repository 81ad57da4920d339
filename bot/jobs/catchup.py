"""Catch-up feeds the inbox from history: on start, after every reconnect and every few minutes, by the same insert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from bot.events import Deletion, Event, Reaction, Turn, natural_key
from bot.messages import Channel
from bot.models import VigilError
from bot.platforms.base import Platform
from bot.storage.base import Channels, Inbox, Threads

OVERLAP = 120.0
"""Seconds walked again each time, for events that were on their way when the walk ended."""
WALKED_THREADS, WALKED_AGAIN = 50, 8
"""Threads whose replies are read after a gap, and in the regular walk, for which the limits of the API must suffice."""
GAP = 900.0
"""Seconds without a walk after which the whole reach is walked: older messages may have been changed or deleted."""

log = structlog.get_logger("catchup")


class CatchUp:
    """Walks the channels' histories and the open threads. `clock` gives epoch seconds; `reach` is in hours."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        channels: Channels,
        threads: Threads,
        inbox: Inbox,
        reach: float,
        clock: Callable[[], float],
    ) -> None:
        self._platforms, self._channels, self._threads = platforms, channels, threads
        self._inbox, self._reach, self._clock = inbox, reach * 3600, clock

    def run(self) -> int:
        """Walk everything once; returns how many events were new. A platform that is down is left for the next time."""
        new = 0
        for platform in self._platforms.values():
            try:
                new += self._platform(platform)
            except VigilError as trouble:
                self._failed(platform.name, trouble)
        return new

    @staticmethod
    def _failed(where: str, trouble: VigilError) -> None:
        log.warning("catch-up failed", action="try again", where=where, error=str(trouble))

    def _platform(self, platform: Platform) -> int:
        now = self._clock()
        channels = platform.channels()
        self._channels.put(channels, now)
        new = 0
        for channel in channels:
            try:
                new += self._channel(platform, channel, now)
            except VigilError as trouble:  # one channel that cannot be read must not hide the others
                self._failed(channel.id, trouble)
        if new:
            log.info("caught up", action="catch up", platform=platform.name, events=new)
        return new

    def _channel(self, platform: Platform, channel: Channel, now: float) -> int:
        gap = now - self._channels.heard_until(channel.id) >= GAP
        since = now - self._reach if gap else self._channels.heard_until(channel.id) - OVERLAP
        known = self._threads.roots_since(channel.id, since)  # read first: what comes in meanwhile is not missing
        roots = list(platform.history(channel.id, since))
        new = self._put(roots, now) + self._missing(roots, known, now)
        walked = self._walked(channel.id, roots, set(known), now)
        for thread_id in walked[: WALKED_THREADS if gap else WALKED_AGAIN]:
            known = self._threads.replies_of(thread_id)
            replies = list(platform.replies(thread_id, 0.0))
            new += self._put(replies, now) + self._missing(replies, known, now)
        self._channels.heard(channel.id, now)
        return new

    def _walked(self, channel_id: str, roots: Iterable[Event], known: set[str], now: float) -> list[str]:
        """Threads whose replies may have been missed: new ones, then those known to be open, then all others."""
        waiting = [t.id for t in self._threads.listed(("open", "waiting on asker", "waiting on helper", "stale", "reopened", "accepted"), channel_id)
                 if t.last_at > now - self._reach]  # fmt: skip
        heard = [event.id for event in roots if isinstance(event, Turn)][::-1]
        new = [root for root in heard if root not in known]
        return list(dict.fromkeys([*new, *waiting, *heard]))

    def _put(self, events: Sequence[Event], now: float) -> int:
        """Put what is not known; a reaction that stands already would undo what people did since."""
        standing = self._threads.reacted([event.turn_id for event in events if isinstance(event, Reaction)])
        fresh = [e for e in events if not (isinstance(e, Reaction) and (e.turn_id, e.actor, e.name) in standing)]
        return sum(self._inbox.put(event, natural_key(event), (), now) for event in fresh)

    def _missing(self, heard: Sequence[Event], known: Sequence[str], now: float) -> int:
        """Turns that we know but the platform no longer has were deleted while we were away."""
        there = {event.id for event in heard if isinstance(event, Turn)}
        return self._put([Deletion(turn_id, now) for turn_id in known if turn_id not in there], now)
