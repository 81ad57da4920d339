"""Lark's rate limits: five messages a second to a chat, five updates to a message, so many calls of a method in all."""

import math
import time

from bot.sandbox.lark_models import Denied
from bot.sandbox.limits import Bucket, Limits

SENDS = frozenset(("im.message.create", "im.message.reply"))
UPDATES = frozenset(("im.message.patch", "im.message.update"))
A_SECOND, CALLS_A_SECOND, CALLS_A_MINUTE = 5.0, 50.0, 1000.0


class LarkLimits(Limits):
    """Refuses what comes too fast; `early` counts calls made though x-ogw-ratelimit-reset was not over."""

    def told(self, method: str, channel: str, seconds: float, everywhere: bool = False) -> None:
        super().told(method, "", seconds, everywhere=True)

    def check(self, method: str, channel: str) -> None:
        """Take a token for the method (`channel` "": the app's limits), or for this chat or message; raises Denied."""
        now = time.monotonic()
        with self._lock:
            if channel:
                if not self._take((method, channel), A_SECOND, A_SECOND, now):
                    raise Denied(230020)
                return
            for name, size, rate in (("s", CALLS_A_SECOND, CALLS_A_SECOND), ("m", CALLS_A_MINUTE, CALLS_A_MINUTE / 60)):
                if not self._take((f"{method}/{name}", ""), size, rate, now):
                    reset = 1 if name == "s" else max(1, math.ceil(60 / CALLS_A_MINUTE))
                    raise Denied(99991400, limit=int(size), reset=reset)

    def _take(self, key: tuple[str, str], size: float, rate: float, now: float) -> bool:
        bucket = self._buckets.setdefault(key, Bucket(size, rate, size, now))
        bucket.level = min(bucket.size, bucket.level + (now - bucket.seen) * bucket.rate)
        bucket.seen = now
        if bucket.level < 1:
            return False
        bucket.level -= 1
        return True
