"""What a Messages endpoint sends back: a body or a stream, an error in its envelope, and what faults make of either."""

import json
import threading
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.faults import Cut, Delay, Drop, Fault, Hang, RateLimit, ServerError
from bot.sandbox.messages_events import error_event, events_of
from bot.sandbox.messages_faults import Garbage, Overloaded, Refuses, Trickle, Waits
from bot.sandbox.models import Json

KINDS = {429: "rate_limit_error", 500: "api_error", 503: "api_error", 504: "timeout_error", 529: "overloaded_error"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes back: after `wait` seconds, and once `until` is set, the chunks with `pause` between; then, with `abort`,
    the connection ends without a word. `length` is what the header says, None for a stream."""

    status: int
    headers: dict[str, str]
    chunks: list[bytes]
    wait: float = 0.0
    until: threading.Event | None = None
    pause: float = 0.0
    abort: bool = False
    length: int | None = None


def refusal(fault: Fault | None, number: str) -> Outgoing | None:
    """The answer of a fault that keeps the model from being asked; None for the others."""
    match fault:
        case Overloaded(after):
            return failure(529, KINDS[529], "Overloaded", number, after)
        case RateLimit(after):
            return failure(429, KINDS[429], "This request would exceed your rate limit.", number, after)
        case ServerError(status):
            return failure(status, KINDS.get(status, "api_error"), "Internal server error", number)
        case Refuses(status, kind, says):
            return failure(status, kind, says, number)
        case Garbage(body):
            return Outgoing(200, _headers(number), [body], length=len(body))
        case Drop():
            return Outgoing(200, {}, [], abort=True)
        case Hang(seconds):
            return Outgoing(200, {}, [], wait=seconds, abort=True)
        case _:
            return None


def struck(out: Outgoing, fault: Fault | None) -> Outgoing:
    """The answer as a fault of the line changes it."""
    match fault:
        case Cut():
            sent = b"".join(out.chunks)
            return replace(out, chunks=[sent[: len(sent) // 2]], abort=True)
        case Delay(seconds):
            return replace(out, wait=seconds)
        case Waits(until):
            return replace(out, until=until)
        case Trickle(pause):
            sent = b"".join(out.chunks)
            return replace(out, chunks=[sent[at : at + 8] for at in range(0, len(sent), 8)], pause=pause)
        case _:
            return out


def failure(status: int, kind: str, message: str, number: str, after: float = 0.0) -> Outgoing:
    """An error in the envelope that all errors have."""
    error: Json = {"type": "error", "error": {"type": kind, "message": message}, "request_id": number}
    out = whole(error, number, status)
    out.headers.update({"retry-after": f"{after:g}"} if after else {})
    return out


def broken_stream(message: Json, number: str) -> Outgoing:
    """A stream that ends in an error event instead of its last events."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    chunks = list(events_of(message))[:-2]
    return Outgoing(200, _headers(number, "text/event-stream"), [*chunks, error_event(error)])


def whole(body: Any, number: str, status: int = 200) -> Outgoing:
    """A JSON body, sent at once."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    return Outgoing(status, _headers(number), [raw], length=len(raw))


def streamed(message: Json, number: str) -> Outgoing:
    """A message as server-sent events."""
    return Outgoing(200, _headers(number, "text/event-stream"), list(events_of(message)))


def _headers(number: str, kind: str = "application/json") -> dict[str, str]:
    return {"content-type": kind, "request-id": number, "anthropic-organization-id": "org_sandbox"}
