"""Counts the tokens of a Messages request roughly, and keeps its marked beginnings as a prompt cache does."""

import hashlib
import json
import time
from collections.abc import Callable

from bot.llm.scripted_request import tokens_of
from bot.sandbox.messages_checks import blocks_in_order
from bot.sandbox.models import Json

LEAST = 1024
"""Tokens that a beginning must have to be kept at all; shorter ones are read anew each time, marked or not."""
LIVES = 300.0
"""Seconds for which a beginning is kept after it was last read."""


class Kept:
    """What each model read of late, up to each mark; not safe from several threads at once."""

    def __init__(self, least: int = LEAST, clock: Callable[[], float] = time.monotonic) -> None:
        self.least, self._clock = least, clock
        self._until: dict[str, float] = {}

    def count(self, body: Json) -> Json:
        """The usage of a request: tokens read, read from the cache, and put into it; nothing is written yet."""
        total, marked = 0, list[tuple[int, str]]()
        beginning = hashlib.sha256(json.dumps([body["model"], body.get("output_config")]).encode())
        for block in blocks_in_order(body):
            plain = {key: value for key, value in block.items() if key != "cache_control"}
            text = json.dumps(plain, ensure_ascii=False)
            beginning.update(text.encode("utf-8", "replace"))
            total += tokens_of(text)
            if block.get("cache_control") and total >= self.least:
                marked.append((total, beginning.hexdigest()))
        total += tokens_of(json.dumps(body.get("output_config") or ""))
        return self._usage(total, marked)

    def _usage(self, total: int, marked: list[tuple[int, str]]) -> Json:
        now = self._clock()
        hit = max((tokens for tokens, key in marked if self._until.get(key, 0.0) > now), default=0)
        last = max((tokens for tokens, _ in marked), default=0)
        self._until |= {key: now + LIVES for _, key in marked}
        return {
            "input_tokens": total - last,
            "cache_read_input_tokens": hit,
            "cache_creation_input_tokens": last - hit,
            "cache_creation": {"ephemeral_5m_input_tokens": last - hit, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 0,
            "service_tier": "standard",
        }


def counted(body: Json) -> int:
    """The tokens that count_tokens tells of a request."""
    usage = Kept(least=1 << 60).count(body)
    return int(usage["input_tokens"])
