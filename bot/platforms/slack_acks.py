"""What became of each envelope, counted where the acknowledgement leaves; and the probes that go the way of envelopes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from bot.events import Probe
from bot.platforms.chat_keeping import Kept
from bot.tally import Tally

SLACK = "slack"
RETRY = "x-slack-retry-num"
LOST = 12.0
"""Seconds after which a probe should have been taken up by the thread that works off frames."""

log = structlog.get_logger("vigil.slack")


class Acks:
    """Counts in a tally: `redelivered`, what became of envelopes, and `dropped`.

    An envelope is stored, known (a duplicate), nothing_to_us, sent_back (a form with blanks), foreign or not_stored.
    `dropped` are those that were acknowledged though none of the first five had been settled: it is counted where the frame leaves, so
    that it also shows an acknowledgement that the libraries below sent on their own. The same thread hears and acknowledges.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._fate = threading.local()

    def watch(self, client: Any) -> None:
        """Stand between the SDK's client and its socket."""
        send = client.send_socket_mode_response

        def counted(response: Any) -> None:
            fate, self._fate.now = getattr(self._fate, "now", ""), ""
            if not fate:
                self._tally.add("dropped")
            send(response)
            self._tally.add("acknowledged")

        client.send_socket_mode_response = counted

    def begin(self, headers: Mapping[str, Sequence[str]]) -> None:
        """An envelope came in."""
        self._fate.now = ""
        tries = headers.get(RETRY) or ["0"]
        self._tally.add("redelivered", 1 if tries[0] not in ("", "0") else 0)

    def settle(self, fate: str) -> None:
        """It is settled: from now on it may be acknowledged."""
        self._fate.now = fate
        self._tally.add(fate)


class Probes:
    """Puts a probe among the frames every `every` seconds, 0 for never; only one is ever on its way.

    It takes the queue, the thread and the commit that a frame takes. It does not come over the socket, of which
    greeting, frames and pongs tell: nothing can be sent to oneself there without posting where people read.
    """

    def __init__(self, client: Any, kept: Kept, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._kept, self._every, self._clock = client, kept, every, clock
        self._sent: float | None = None
        self._next = self._taken_at = clock()
        client.message_listeners.append(self._taken)

    def send(self) -> None:
        """Send one if it is time."""
        now = self._clock()
        if not self._every or self._sent is not None or now < self._next:
            return
        self._sent, self._next = now, now + self._every
        self._client.enqueue_message(json.dumps({"type": "vigil_probe", "at": time.time()}))

    def trouble(self) -> str:
        """Why frames are not worked off, in words; "" when they are."""
        sent = self._sent
        if sent is None or self._clock() - sent < LOST or self._clock() - self._taken_at < LOST:
            return ""
        return f"frames have not been worked off for {self._clock() - sent:.0f} s"

    def _taken(self, client: Any, message: Mapping[str, Any], raw: str | None = None) -> None:
        """The SDK hands on every frame in turn, ours among them."""
        self._taken_at = self._clock()
        if message.get("type") == "vigil_probe":
            self._kept.probe(Probe(SLACK, float(message["at"])))
            self._sent = None
