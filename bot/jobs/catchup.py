"""Catch-up feeds the inbox from history: on start, after every reconnect and every few minutes, by the same insert."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.events import Event, Turn, natural_key
from bot.jobs import caught_up
from bot.jobs.caught_up import CaughtUp
from bot.jobs.missing import Held, missed, unseen
from bot.jobs.pace import Ended, Pace
from bot.messages import Channel
from bot.models import VigilError
from bot.platforms.base import Facts, Platform, SendRefused, Standing
from bot.storage.base import Channels, Inbox, Threads

OVERLAP = 120.0
"""Seconds walked again each time, for events that were on their way when the walk ended."""
GAP = 900.0
"""Seconds without a walk after which the whole reach is walked: older messages may have been changed or deleted."""
ROOTS = 150
"""Root turns of a channel that every walk compares: they fit into one call."""
WAITING = ("open", "waiting on asker", "waiting on helper", "stale", "reopened", "accepted")

log = structlog.get_logger("catchup")


@dataclass(frozen=True, slots=True)
class Depth:
    """How many threads of a channel are read beyond those known to lack replies: for edits, deletions and reactions there."""

    channel: int
    together: int


EVERY_FEW_MINUTES, RECONNECTED, AFTER_A_GAP = Depth(2, 20), Depth(8, 60), Depth(50, 400)


@dataclass(slots=True)
class _Walk:
    """What one walk has met so far."""

    at: float
    depth: Depth
    since: float
    counts: Counter[str] = field(default_factory=Counter)
    channels: int = 0
    threads: int = 0
    failed: list[str] = field(default_factory=list)


class CatchUp:
    """Walks one platform's channels and threads. `clock` gives epoch seconds; `reach` is in hours.

    `late` is after how many seconds a message is filed and not answered. One walk at a time; `stop` ends it early.
    `alive` is called while a walk waits for the platform, `saw` is told of the channels that a platform lists.
    """

    def __init__(
        self,
        platform: Platform,
        channels: Channels,
        threads: Threads,
        inbox: Inbox,
        held: Held,
        facts: Facts,
        reach: float,
        late: float,
        clock: Callable[[], float],
        pace: Pace | None = None,
        alive: Callable[[], object] = lambda: None,
        saw: Callable[[Sequence[Channel]], object] = lambda _: None,
        keeping: threading.Lock | None = None,
    ) -> None:
        """`keeping` is held while it is noted what was found: others note that too."""
        self._platform, self._channels, self._threads, self._inbox = platform, channels, threads, inbox
        self._held, self._facts, self._reach, self._late, self._clock = held, facts, reach * 3600, late, clock
        self._stopped, self._one = threading.Event(), threading.Lock()
        self._alive, self._saw = alive, saw
        self._pace = pace or Pace(time.monotonic, self._pause, platform.history_per_minute)
        self._walked: set[str] | None = None
        self._members: set[str] | None = None
        self._keeping = keeping or threading.Lock()

    def run(self) -> int:
        """Walk everything once; returns how many events were new. While the platform is down that is none."""
        return self._all(EVERY_FEW_MINUTES)

    def after_outage(self) -> int:
        """The same after Vigil started or was cut off: more threads are read, and `current` tells how far it has come."""
        self.lost_touch()
        return self._all(RECONNECTED)

    def lost_touch(self) -> None:
        """From now on something may have been missed everywhere, until it is walked."""
        self._walked, self._members = set(), None

    def current(self, channel_id: str) -> bool:
        """Whether all that was said in a channel has been heard, as far as can be told."""
        if self._walked is None or channel_id in self._walked:
            return True
        return self._members is not None and channel_id not in self._members

    def stop(self) -> None:
        """End a walk that waits for the platform."""
        self._stopped.set()

    def _pause(self, seconds: float) -> bool:
        """Wait in short pieces, so that a wait does not look like a standstill; True when the walk is to end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopped.is_set():
            self._alive()
            self._stopped.wait(min(left, 2.0))
        return self._stopped.is_set()

    def _all(self, depth: Depth) -> int:
        with self._one:
            walk, calls = _Walk(self._clock(), depth, self._clock()), self._pace.calls
            try:
                self._walk(walk)
            except VigilError as trouble:
                self._failed(walk, self._platform.name, trouble)
            if not walk.failed:
                self._walked = None
            done = CaughtUp(walk.at, walk.since, round(self._clock() - walk.at, 3), self._pace.calls - calls,
                            walk.channels, walk.threads, dict(walk.counts), tuple(walk.failed))  # fmt: skip
            with self._keeping:
                caught_up.keep(self._facts, done, self._platform.name)
            if done.mended:
                log.info("caught up", action="catch up", missed=done.line(), events=done.mended)
            return done.mended

    @staticmethod
    def _failed(walk: _Walk, where: str, trouble: VigilError) -> None:
        walk.failed.append(where)
        log.warning("catch-up failed", action="try again", where=where, error=str(trouble))

    def _walk(self, walk: _Walk) -> None:
        channels = self._pace.ask(self._platform.channels)
        self._channels.put(channels, walk.at)
        self._saw(channels)
        self._members = {channel.id for channel in channels}
        for channel in channels:
            try:
                self._channel(channel, walk, len(channels))
                walk.channels += 1
            except Ended:
                raise
            except VigilError as trouble:  # one channel that cannot be read must not hide the others
                self._failed(walk, channel.id, trouble)
                if not isinstance(trouble, SendRefused):
                    continue
            if self._walked is not None:
                self._walked.add(channel.id)

    def _channel(self, channel: Channel, walk: _Walk, of: int) -> None:
        now, heard = self._clock(), self._channels.heard_until(channel.id)
        gap = not -GAP < now - heard < GAP  # a clock set back counts as one
        since = now - self._reach
        if not gap:
            since = max(since, min(heard - OVERLAP, self._held.nth_root(channel.id, ROOTS)))
        walk.since = min(walk.since, heard)
        replied, mark, known = (
            self._held.replied(channel.id, since),
            self._held.mark(),
            self._held.roots(channel.id, since),
        )
        shown = self._pace.ask(lambda: self._platform.history(channel.id, since))
        lacking = [
            one.turn.id for one in shown if one.turn.is_root and unseen(one, replied.get(one.turn.id, (0, 0, 0.0)))
        ]
        left = {turn_id: turn for turn_id, turn in known.items() if turn_id not in lacking}
        roots = [one for one in shown if one.turn.is_root and one.turn.id not in lacking]
        # A reply that was sent to the channel too is compared in its thread; here it is only not to be missed.
        echoes = [one.turn for one in shown if not one.turn.is_root]
        self._put([*missed(left, roots, self._held, mark, now), *echoes], walk)
        depth = AFTER_A_GAP if gap else walk.depth
        others = self._recent(channel.id, roots, now)
        for thread_id in dict.fromkeys([*lacking[::-1], *others[: min(depth.channel, max(1, depth.together // of))]]):
            self._thread(thread_id, walk)
        self._channels.heard(channel.id, now)

    def _thread(self, thread_id: str, walk: _Walk) -> None:
        """A whole thread at once, root first, so that nobody answers a root whose replies were missed too."""
        mark, known = self._held.mark(), self._held.thread(thread_id)
        shown = self._pace.ask(lambda: self._platform.replies(thread_id, 0.0))
        walk.threads += 1
        self._put(missed(known, shown, self._held, mark, self._clock()), walk)

    def _recent(self, channel_id: str, roots: Sequence[Standing], now: float) -> list[str]:
        """Threads in which something may have changed that the channel's history does not show, the last active first."""
        shown = {one.turn.id for one in roots}
        active = {one.turn.id: one.newest_reply for one in roots if one.replies}
        waiting = self._threads.listed(WAITING, channel_id, active_since=now - self._reach)
        active.update({thread.id: thread.last_at for thread in waiting if thread.id not in shown})
        return sorted(active, key=lambda thread_id: -active[thread_id])

    def _put(self, events: Sequence[Event], walk: _Walk) -> None:
        now = self._clock()
        for event, new in zip(events, self._inbox.put_all([(e, natural_key(e)) for e in events], now), strict=True):
            if new:
                walk.counts[caught_up.kind_of(event)] += 1
                walk.counts["late"] += isinstance(event, Turn) and event.human and now - event.sent_at > self._late
