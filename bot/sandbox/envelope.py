"""What travels over Socket Mode: an envelope, and the link it is sent on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.sandbox.models import Json


class Link(Protocol):
    """One open WebSocket, as the hub needs it; all are called on the server's loop and never block."""

    retired: bool

    def send(self, data: str | bytes) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


@dataclass(slots=True, eq=False)
class Envelope:
    """Something the app must acknowledge; `ids` are the envelope ids of its deliveries so far, newest last.

    `body` is the payload as JSON text, taken when it happened: what changes later must not show in it.
    """

    kind: str
    body: str
    ids: list[str] = field(default_factory=list)
    sent_at: float = 0.0
    acked: bool = False
    answer: Json = field(default_factory=dict)
    error: str = ""
    on_ack: Callable[[Json], None] | None = None

    @property
    def settled(self) -> bool:
        return self.acked or bool(self.error)

    @property
    def payload(self) -> Json:
        payload: Json = json.loads(self.body)
        return payload

    def frame(self) -> str:
        head: Json = {"envelope_id": self.ids[-1], "type": self.kind, "accepts_response_payload": True}
        if self.kind == "events_api":
            attempt = len(self.ids) - 1
            head |= {"accepts_response_payload": False, "retry_attempt": attempt}
            head["retry_reason"] = "timeout" if attempt else ""
        return f'{json.dumps(head)[:-1]}, "payload": {self.body}}}'


def read_ack(text: str) -> tuple[str, Json] | None:
    """The envelope id and the payload of an acknowledgement; None for any other frame."""
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    if not isinstance(frame, dict) or "envelope_id" not in frame:
        return None
    payload = frame.get("payload")
    return str(frame["envelope_id"]), payload if isinstance(payload, dict) else {}
