"""Keeps Slack's pace: how fast each method may be called, and how long Slack asked to wait, by method and channel."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from bot.platforms.base import Facts

POST = "chat.postMessage"
# Calls a minute, from Slack's reference: tier 2 is 20, tier 3 is 50 (what is not named here), tier 4 is 100.
TIER_3 = 50
# Posts a minute in one channel: a little less than one a second, since calls do not arrive as evenly as they leave.
POSTS = 54
PER_MINUTE = {
    "auth.test": 300,
    "apps.connections.open": 30,
    "conversations.members": 100,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.info": 100,
    "views.open": 100,
    "views.publish": 100,
}
# What may come at once after a quiet time: half a minute's calls. Posts to one channel come one by one.
BURST_MINUTES = 0.5
MOMENT, LONGEST = 0.001, 3600.0
MANY = 2000
PAUSES = "slack pauses"
Key = tuple[str, str]


class Pace:
    """Tells how long a call must wait. Safe to use from several threads; what Slack asked for is kept over a restart.

    Posts are limited by channel, everything else by method alone. Slack does not say which limit a refusal is about:
    one about a post holds up its channel; when a second channel is refused meanwhile, or Slack's words are about the app
    or the team, it holds up all channels.
    """

    def __init__(
        self,
        facts: Facts | None = None,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`share` of Slack's limits is used; `clock` never goes back; by `wall`, in epoch seconds, `facts` keep pauses."""
        self._facts, self._share, self._clock, self._wall = facts, share, clock, wall
        self._lock = threading.Lock()
        self._full: dict[Key, float] = {}  # by when the allowance will be whole again
        self._paused = _standing(facts.fact(PAUSES) if facts else "", wall(), clock())

    def wait(self, method: str, channel: str, patience: float = 0.0) -> float:
        """Seconds until the call may be made, in the order of asking; if `patience` suffices, it counts as made."""
        with self._lock:
            now, key = self._clock(), _key(method, channel)
            start = max(now, self._until(method, channel))
            each, most = (seconds / self._share for seconds in _allowance(method))
            full = max(self._full.get(key, start), start) + each
            wait = max(start, full - most) - now
            wait = wait if wait > MOMENT else 0.0
            if wait <= patience:
                self._full[key] = full
                self._tidy(now)
            return wait

    def paused(self, method: str, channel: str) -> float:
        """Seconds for which Slack still asks to wait."""
        with self._lock:
            return max(0.0, self._until(method, channel) - self._clock())

    def _until(self, method: str, channel: str) -> float:
        return max(self._paused.get(key, 0.0) for key in (_key(method, channel), (method, "")))

    def refused(self, method: str, channel: str, seconds: float, everywhere: bool) -> None:
        """Slack asked to wait; `everywhere` when it said so of all channels."""
        with self._lock:
            now, key = self._clock(), _key(method, channel)
            self._paused = {key: until for key, until in self._paused.items() if until > now}
            if everywhere or any(other[0] == method and other != key for other in self._paused):
                key = (method, "")
            self._paused[key] = max(self._paused.get(key, 0.0), now + min(seconds, LONGEST))
            kept = json.dumps([[*key, self._wall() + until - now] for key, until in self._paused.items()])
        if self._facts is not None:
            self._facts.remember(PAUSES, kept)

    def _tidy(self, now: float) -> None:
        if len(self._full) > MANY:
            self._full = {key: full for key, full in self._full.items() if full > now}


def _key(method: str, channel: str) -> Key:
    return method, channel if method == POST else ""


def _allowance(method: str) -> tuple[float, float]:
    """(seconds that a call uses up, seconds that may be used up at once)."""
    if method == POST:
        return 60 / POSTS, 60 / POSTS
    return 60 / PER_MINUTE.get(method, TIER_3), 60 * BURST_MINUTES


def _standing(kept: str, wall: float, now: float) -> dict[Key, float]:
    """Pauses as remembered, by a clock that shows `now`."""
    rows: list[Any] = json.loads(kept) if kept else []
    return {(method, channel): now + min(until - wall, LONGEST) for method, channel, until in rows if until > wall}
