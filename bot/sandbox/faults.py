"""The faults that a test can switch on: what goes wrong, at which point, how often."""

import random
import threading
from dataclasses import dataclass, field

from bot.sandbox.lark_faults import LarkFault
from bot.sandbox.messages_faults import ModelFault


@dataclass(frozen=True, slots=True)
class Drop:
    """Lose it: a call gets no reply and is not applied, an envelope is not sent, an ack is not heard."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Apply a call at once but reply late; send an envelope late; hear an ack late; greet a socket late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Send an envelope twice."""


@dataclass(frozen=True, slots=True)
class Reorder:
    """Hold an envelope back until the next one has passed."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Accept and apply a call, then abort the connection before the reply; send an envelope, then abort the socket."""


@dataclass(frozen=True, slots=True)
class Late:
    """Abort a call's connection at once and apply the call only so much later, as a proxy does that keeps it in a queue."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Answer 429 with this Retry-After; not applied."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """Answer with a 5xx page; applied or not, as an overloaded front end leaves it open."""

    status: int = 500
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Keep a call waiting and then close it unanswered; at "socket", go silent after the greeting for so long."""

    seconds: float
    applied: bool = False


@dataclass(frozen=True, slots=True)
class NoHello:
    """At "socket": open the WebSocket and never greet."""


@dataclass(frozen=True, slots=True)
class HangOpen:
    """At "socket": accept the connection and never answer the WebSocket handshake."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """At "socket": turn the new connection away because the app had too many open, whether it did or not."""


SlackFault = (
    Drop | Delay | Duplicate | Reorder | Cut | Late | RateLimit | ServerError | Hang | NoHello | HangOpen | TooMany
)
Fault = SlackFault | ModelFault | LarkFault

# Points that are not Web API methods; "*" stands for every Web API method and never for these. A language model is asked
# at "messages", a task of it at "messages.compose" and so on; "endpoint" and "pong" are Lark's.
OTHER_POINTS = frozenset({"envelope", "ack", "socket", "response_url", "messages", "endpoint", "pong"})


@dataclass(slots=True)
class Plan:
    """One fault waiting at a point: the next `left` times, or each time with probability `p` (`left` is None)."""

    point: str
    fault: Fault
    left: int | None
    p: float = 1.0
    dice: random.Random = field(default_factory=lambda: random.Random(0))

    def matches(self, point: str) -> bool:
        return self.point == point or (self.point == "*" and point.split(".")[0] not in OTHER_POINTS)

    def strikes(self) -> bool:
        if self.left is None:
            return self.dice.random() < self.p
        self.left -= 1
        return True


class Faults:
    """The faults now switched on; safe from any thread."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._lock = threading.Lock()
        self.struck: list[tuple[str, Fault]] = []

    def next(self, point: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` passages of `point` (a Web API method, "envelope", "ack", "socket", "*") fail so."""
        with self._lock:
            self._plans.append(Plan(point, fault, times))

    def chance(self, point: str, fault: Fault, p: float, seed: int = 0) -> None:
        """Let each passage of `point` fail so with probability `p`, the same way for the same seed."""
        with self._lock:
            self._plans.append(Plan(point, fault, None, p, random.Random(seed)))

    def clear(self) -> None:
        with self._lock:
            self._plans.clear()

    def draw(self, point: str) -> Fault | None:
        """The fault that strikes this passage of `point`, if any; the first plan that strikes wins."""
        with self._lock:
            for plan in self._plans:
                if plan.matches(point) and plan.strikes():
                    self._plans = [p for p in self._plans if p.left is None or p.left > 0]
                    self.struck.append((point, plan.fault))
                    return plan.fault
        return None
