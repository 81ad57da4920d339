"""Slack's rate limits as token buckets: posts per channel and second, other methods by tier and minute."""

import time
from dataclasses import dataclass

from bot.sandbox.models import Refused


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
    """Refuses a call that comes too early; used only when the workspace has rate limits on."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def check(self, method: str, channel: str) -> None:
        """Take one token; raises Refused("ratelimited", retry_after=seconds) when there is none."""
        now = time.monotonic()
        if method == "chat.postMessage":
            key, size, rate = (method, channel), 1.0, 1.0
        else:
            per_minute = PER_MINUTE.get(method, TIER_3)
            key, size, rate = (method, ""), float(per_minute), per_minute / 60
        bucket = self._buckets.setdefault(key, Bucket(size, rate, size, now))
        bucket.level = min(bucket.size, bucket.level + (now - bucket.seen) * bucket.rate)
        bucket.seen = now
        if bucket.level < 1:
            raise Refused("ratelimited", retry_after=max(1, int((1 - bucket.level) / bucket.rate + 0.999)))
        bucket.level -= 1
