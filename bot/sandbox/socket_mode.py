"""Socket Mode without the socket: envelopes go out over links, come back acknowledged, or are sent again."""

import asyncio
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable

from bot.sandbox.envelope import Envelope, Link, read_ack
from bot.sandbox.faults import Cut, Delay, Drop, Duplicate, Faults, Reorder
from bot.sandbox.links import Links
from bot.sandbox.models import Json


class Hub:
    """Deals envelopes round robin to the open links and redelivers what stays unacknowledged.

    An event gets a new envelope id with each redelivery (its event_id stays), as Slack does it, and is dropped when
    `retry_after` is used up. Clicks and commands are sent once and fail after `ack_within` seconds.

    At most `window` events are on their way at once. Slack never sends faster than a client can read, and the stock
    client reads frames recursively: a burst of a thousand makes it lose its place in the stream.
    """

    def __init__(
        self,
        changed: threading.Condition,
        faults: Faults,
        retry_after: tuple[float, ...],
        ack_within: float,
        window: int,
    ) -> None:
        self.changed, self.faults = changed, faults
        self.retry_after, self.ack_within, self.window = retry_after, ack_within, window
        self.links = Links()
        self.open: dict[str, Envelope] = {}
        self.dropped: list[Envelope] = []
        self.ack_times: list[float] = []
        self.sent = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Envelope] = []
        self._held: list[Envelope] = []
        self._queue: deque[Envelope] = deque()
        self._flying: set[Envelope] = set()

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Take the server's loop when it starts (None when it stops); what waited meanwhile is delivered."""
        with self.changed:
            self._loop = loop
            self._queue.clear()
            self._flying.clear()
            if loop is not None:
                for envelope in [*self.unacked(), *self._waiting]:
                    loop.call_soon_threadsafe(self._deliver, envelope)
                self._waiting = []

    def offer(self, kind: str, payload: Json, on_ack: Callable[[Json], None] | None = None) -> Envelope:
        """Queue one envelope, from any thread; the order of calls is the order of sending."""
        envelope = Envelope(kind, json.dumps(payload), on_ack=on_ack)
        with self.changed:
            if self._loop is None:
                self._waiting.append(envelope)
            else:
                envelope.ids.append(str(uuid.uuid4()))
                self.open[envelope.ids[-1]] = envelope
                self._loop.call_soon_threadsafe(self._line_up, envelope)
        return envelope

    def unacked(self) -> list[Envelope]:
        with self.changed:
            return [*dict.fromkeys(self.open.values()), *self._waiting]

    def greet(self, link: Link) -> None:
        with self.changed:
            self.links.greet(link)
            self.changed.notify_all()

    def discard(self, link: Link) -> None:
        with self.changed:
            self.links.discard(link)
            self.changed.notify_all()

    def hear(self, text: str) -> None:
        """One frame from the app: an acknowledgement, or something to ignore as Slack ignores it."""
        if (ack := read_ack(text)) is not None:
            self.heard(*ack)

    def heard(self, envelope_id: str, answer: Json) -> None:
        """An acknowledgement came in; it counts unless a fault strikes it."""
        match self.faults.draw("ack"):
            case Drop():
                return
            case Delay(seconds) if self._loop is not None:
                self._loop.call_later(seconds, self._acknowledge, envelope_id, answer)
            case _:
                self._acknowledge(envelope_id, answer)

    def _acknowledge(self, envelope_id: str, answer: Json) -> None:
        with self.changed:
            envelope = self.open.get(envelope_id)
            if envelope is None:
                return
            self._close(envelope)
            envelope.acked, envelope.answer = True, answer
            self.ack_times.append(time.monotonic() - envelope.sent_at)
            if envelope.on_ack is not None:
                envelope.on_ack(answer)
            self.changed.notify_all()

    def _close(self, envelope: Envelope) -> None:
        for envelope_id in envelope.ids:
            self.open.pop(envelope_id, None)
        self._flying.discard(envelope)
        self._pump()

    def _deliver(self, envelope: Envelope) -> None:
        with self.changed:
            if envelope.settled:
                return
            envelope.ids.append(str(uuid.uuid4()))
            self.open[envelope.ids[-1]] = envelope
            self._flying.discard(envelope)
            self._line_up(envelope)

    def _line_up(self, envelope: Envelope) -> None:
        """Events wait for their turn; a click or command does not, since a person waits for it."""
        with self.changed:
            if envelope.kind == "events_api":
                self._queue.append(envelope)
                self._pump()
            else:
                self._send_first(envelope)

    def _pump(self) -> None:
        while self._queue and (len(self._flying) < self.window or not self.links):
            self._send_first(self._queue.popleft())

    def _send_first(self, envelope: Envelope) -> None:
        with self.changed:
            if self._loop is None or envelope.settled:
                return
            self._watch(envelope, self._loop)
            if not self.links:
                if envelope.kind != "events_api":
                    self._give_up(envelope, "dispatch_failed")
                return
            self._flying.add(envelope)
            match self.faults.draw("envelope"):
                case Drop():
                    return
                case Delay(seconds):
                    self._loop.call_later(seconds, self._send, envelope)
                case Reorder():
                    self._held.append(envelope)
                case Duplicate():
                    self._send(envelope)
                    self._send(envelope)
                case Cut():
                    self._send(envelope, cut=True)
                case _:
                    self._send(envelope)

    def _send(self, envelope: Envelope, cut: bool = False) -> None:
        link = self.links.choose()
        if link is None or envelope.settled:
            return
        self.sent += 1
        envelope.sent_at = time.monotonic()
        self._write(link, envelope)
        if cut:
            link.abort()
        held, self._held = self._held, []
        for late in held:
            if late is not envelope:
                self._send(late)

    def _write(self, link: Link, envelope: Envelope) -> None:
        link.send(envelope.frame())

    def _watch(self, envelope: Envelope, loop: asyncio.AbstractEventLoop) -> None:
        """Look again when the time for an acknowledgement is over."""
        attempt = len(envelope.ids) - 1
        if envelope.kind != "events_api":
            loop.call_later(self.ack_within, self._give_up, envelope, "operation_timeout")
        elif attempt < len(self.retry_after):
            loop.call_later(self.retry_after[attempt], self._deliver, envelope)
        else:
            last = self.retry_after[-1] if self.retry_after else self.ack_within
            loop.call_later(last, self._give_up, envelope, "not_acknowledged")

    def _give_up(self, envelope: Envelope, error: str) -> None:
        with self.changed:
            if envelope.settled:
                return
            self._close(envelope)
            envelope.error = error
            self.dropped.append(envelope)
            self.changed.notify_all()
