"""What can go wrong with a language model's endpoint, beside what goes wrong with any call."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overloaded:
    """Answer 529, as a provider does whose machines are busy; `retry_after` 0 names no time."""

    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refuses:
    """Answer with this status and error type; `says` goes into the error's message."""

    status: int
    kind: str = "invalid_request_error"
    says: str = "refused by a fault"


@dataclass(frozen=True, slots=True, eq=False)
class Waits:
    """Answer only once `until` is set."""

    until: threading.Event


@dataclass(frozen=True, slots=True)
class Trickle:
    """Send the answer a few bytes at a time, with so many seconds between."""

    pause: float


@dataclass(frozen=True, slots=True)
class Garbage:
    """Answer 200 with something that is not a message: JSON cut in two, HTML, an endless stream of letters."""

    body: bytes = b'{"id": "msg_1", "content": [{"type": "te'


@dataclass(frozen=True, slots=True)
class OffShape:
    """A message whose text is JSON of another shape, or none at all."""

    text: str = '{"something": "else"}'


@dataclass(frozen=True, slots=True)
class Truncated:
    """Stop in the middle of the answer, because it has as many tokens as it may."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A message that ends with the stop reason "refusal"."""


@dataclass(frozen=True, slots=True)
class WrongTool:
    """Call this tool with this input, whatever was offered."""

    name: str = "delete_everything"
    input: str = "{}"


@dataclass(frozen=True, slots=True)
class Broken:
    """Of a stream: end it by an error event instead of its last events."""


@dataclass(frozen=True, slots=True)
class Empty:
    """A message without any content."""


ModelFault = (
    Overloaded | Refuses | Waits | Trickle | Garbage | OffShape | Truncated | Declined | WrongTool | Broken | Empty
)  # fmt: skip
