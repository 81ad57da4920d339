"""Slack's rate limits: posts per channel and second, other methods by tier and minute, and storms that a test lets loose."""

import math
import threading
import time
from dataclasses import dataclass

from bot.sandbox.models import Refused

POST = "chat.postMessage"
ON_ITS_WAY = 0.25
"""Seconds after a refusal in which a call does not count as early: it had left before it could know."""


@dataclass(slots=True)
class Bucket:
    """`level` tokens are left; `rate` come back each second, up to `size`."""

    size: float
    rate: float
    level: float
    seen: float


# Calls a minute; a method not named here is of tier 3.
PER_MINUTE = {
    "apps.connections.open": 60,
    "auth.test": 600,
    "conversations.list": 20,
    "users.list": 20,
    "usergroups.list": 20,
    "conversations.members": 100,
    "users.info": 100,
    "reactions.get": 100,
    "views.open": 100,
    "views.update": 100,
    "views.publish": 100,
    "chat.postEphemeral": 100,
    "chat.getPermalink": 600,
}
TIER_3 = 50


class Limits:
    """Refuses a call that comes too early, and counts the `early` ones: made though Retry-After was not over."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._storms: dict[tuple[str, str], tuple[float, str]] = {}  # until when, in what words
        self._told: dict[tuple[str, str], tuple[float, float]] = {}  # (from when, till when) the app must be quiet
        self._lock = threading.Lock()
        self.early: list[tuple[str, str]] = []

    def storm(self, method: str, seconds: float, channel: str = "", says: str = "") -> None:
        """Let every call of the method, in that channel or in all, be refused for so long; `says` is the error's code."""
        with self._lock:
            code = says or ("ratelimited" if channel else "rate_limited")
            self._storms[(method, channel)] = (time.monotonic() + seconds, code)

    def arrived(self, method: str, channel: str) -> None:
        """A call came in: it is early when the app was told to wait longer; in a storm it is refused."""
        now = time.monotonic()
        with self._lock:
            for key in ((method, channel), (method, "")):
                since, until = self._told.get(key, (now, now))
                if since + ON_ITS_WAY < now < until:
                    self.early.append(key)
            for key in ((method, channel), (method, "")):
                until, code = self._storms.get(key, (now, ""))
                if until > now:
                    raise Refused(code, retry_after=math.ceil(until - now), everywhere=not key[1])

    def told(self, method: str, channel: str, seconds: float, everywhere: bool = False) -> None:
        """The app was told to wait: with a post in its channel (or `everywhere`), else with the method."""
        now = time.monotonic()
        key = (method, channel if method == POST and not everywhere else "")
        with self._lock:
            since, until = self._told.get(key, (now, now))
            self._told[key] = (since if now < until else now, max(until, now + seconds))

    def check(self, method: str, channel: str) -> None:
        """Take one token; raises Refused("ratelimited", retry_after=seconds) when there is none."""
        now = time.monotonic()
        if method == POST:
            key, size, rate = (method, channel), 1.0, 1.0
        else:
            per_minute = PER_MINUTE.get(method, TIER_3)
            key, size, rate = (method, ""), float(per_minute), per_minute / 60
        with self._lock:
            bucket = self._buckets.setdefault(key, Bucket(size, rate, size, now))
            bucket.level = min(bucket.size, bucket.level + (now - bucket.seen) * bucket.rate)
            bucket.seen = now
            if bucket.level < 1:
                raise Refused("ratelimited", retry_after=max(1, math.ceil((1 - bucket.level) / bucket.rate)))
            bucket.level -= 1
