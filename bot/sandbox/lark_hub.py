"""Lark's long connection without the socket: frames go out over links, come back echoed, or are sent again."""

import base64
import binascii
import json
import random
import threading
import time

from bot.sandbox.envelope import Envelope, Link
from bot.sandbox.faults import Delay, Drop, Faults
from bot.sandbox.lark_frames import CONTROL, DATA, Frame, decode
from bot.sandbox.lark_workspace import Rules
from bot.sandbox.links import Links
from bot.sandbox.models import Json, SandboxError
from bot.sandbox.socket_mode import Hub

OK, FAILED = 200, 500


class LarkLinks(Links):
    """The open links; Lark greets nobody and gives each event to any one of them."""

    def __init__(self) -> None:
        super().__init__()
        self._dice = random.Random(0)

    def greet(self, link: Link) -> None:
        self._links.append(link)

    def choose(self) -> Link | None:
        return self._dice.choice(self._links) if self._links else None


class LarkHub(Hub):
    """Redelivers what stays unacknowledged or is answered with a failure; clicks go out once and fail soon.

    `refused` are the ids of events that the app answered with 500: they come again like those it never answered.
    """

    def __init__(self, changed: threading.Condition, faults: Faults, rules: Rules) -> None:
        super().__init__(changed, faults, rules.retry_after, rules.ack_within, rules.window)
        self.links: LarkLinks = LarkLinks()
        self.rules = rules
        self.refused: list[str] = []
        self.pings = 0
        self.garbage = 0

    def _write(self, link: Link, envelope: Envelope) -> None:
        for frame in framed(envelope, self.rules.frame_limit):
            link.send(frame.encode())

    def hear_frame(self, link: Link, data: bytes) -> None:
        """One frame from the app: a ping, an acknowledgement, or something to ignore as Lark ignores it."""
        try:
            frame = decode(data)
        except SandboxError:
            self.garbage += 1
            return
        if frame.method == CONTROL and frame.header("type") == "ping":
            self._pong(link, frame)
        elif frame.method == DATA:
            self._answered(frame)

    def _pong(self, link: Link, ping: Frame) -> None:
        with self.changed:
            self.pings += 1
            self.changed.notify_all()
        config = json.dumps(self.rules.reconnect.config()).encode()
        pong = Frame(CONTROL, (("type", "pong"),), config, ping.service).encode()
        match self.faults.draw("pong"):
            case Drop():
                return
            case Delay(seconds) if self._loop is not None:
                self._loop.call_later(seconds, link.send, pong)
            case _:
                link.send(pong)

    def _answered(self, frame: Frame) -> None:
        code, answer = read_answer(frame)
        message_id = frame.header("message_id")
        if code == OK:
            self.heard(message_id, answer)
            return
        with self.changed:
            envelope = self.open.get(message_id)
            if envelope is None:
                return
            self.refused.append(message_id)
            if envelope.kind != "events_api":
                self._give_up(envelope, "200671")  # what the client shows when a callback fails
            self.changed.notify_all()


def framed(envelope: Envelope, limit: int) -> list[Frame]:
    """The frames of one delivery: one, or several with sum and seq when the message is longer than `limit` bytes."""
    body = envelope.body.encode()
    pieces = [body[start : start + limit] for start in range(0, len(body), limit)]
    head = {"type": "event", "message_id": envelope.ids[-1], "trace_id": f"trace-{envelope.ids[-1]}"}
    head |= {"sum": str(len(pieces)), "timestamp": str(int(time.time() * 1000))}
    return [
        Frame(DATA, (*head.items(), ("seq", str(seq))), piece, service=SERVICE_ID, seq_id=seq + 1)
        for seq, piece in enumerate(pieces)
    ]


SERVICE_ID = 33_554_678


def read_answer(frame: Frame) -> tuple[int, Json]:
    """The code of an echoed frame and what a callback answered ({} for nothing); 500 when it cannot be read."""
    try:
        said = json.loads(frame.payload)
        code, data = int(said["code"]), said.get("data")
        answer = json.loads(base64.b64decode(data)) if data else {}
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return FAILED, {}
    return code, answer if isinstance(answer, dict) else {}
