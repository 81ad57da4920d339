"""Between a listener and the inbox: commits what is heard, and knows since when that has been under way, and why it failed."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from bot.events import Event, Probe, natural_key
from bot.platforms.base import Put
from bot.tally import Tally

IN_HAND = 12.0
"""Seconds after which an event in hand is stuck: a locked database gives up after 10."""

log = structlog.get_logger("vigil.keeping")


class Kept:
    """Commits what is heard, and knows since when that has been under way, and why it last failed."""

    def __init__(
        self, put: Put, tally: Tally, redact: Callable[[str], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._put, self._tally, self._redact, self._clock = put, tally, redact, clock
        self._since: float | None = None
        self._failed = ""

    def put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> object:
        """Commit an event; False when it was known; raises what `put` raises."""
        self._since = self._clock()
        try:
            new = self._put(event, raw_id, aliases)
            self._failed = ""
            return new
        except Exception as error:
            self._tally.add("not_stored")
            self._failed = self._redact(str(error) or type(error).__name__)
            raise
        finally:
            self._since = None

    def probe(self, probe: Probe) -> None:
        """Commit a probe as if it had been heard."""
        try:
            self.put(probe, natural_key(probe), ())
        except Exception as error:  # noqa: BLE001 - the edge: that nothing can be stored is what the probe was to find out
            log.warning("probe not stored", action="try again", error=type(error).__name__)

    def trouble(self) -> str:
        """Why what is heard cannot be kept, in words; "" when it can."""
        since = self._since
        if since is not None and self._clock() - since > IN_HAND:
            return f"an event has been on its way into the store for {self._clock() - since:.0f} s"
        return f"nothing can be stored: {self._failed}" if self._failed else ""
