"""The port to a language model: a question with a typed answer, asked once or in steps with tools, and what a call cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Task(StrEnum):
    """What a model is asked for; models, prompts and figures go by it."""

    COMPOSE = "compose"
    JUDGE = "judge"
    EXTRACT = "extract"
    REWRITE = "rewrite"
    SUMMARISE = "summarise"
    STATUS = "status"
    FOLLOW_UP = "follow_up"
    CONVERSE = "converse"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Prose from bot/prompts; `version` (such as compose-1) is kept with every call that used it."""

    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Data:
    """Something from outside that the model reads and never obeys: a thread, a hit; `name` says what it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the model may look up while it thinks: `takes` is a frozen dataclass of plain fields. None changes anything."""

    name: str
    says: str
    takes: type[Any]


@dataclass(frozen=True, slots=True)
class Use:
    """One look-up that the model wants: `takes` is an instance of the tool's dataclass."""

    id: str
    tool: str
    takes: Any


@dataclass(frozen=True, slots=True)
class Step:
    """A former round of the same asking: what the model looked up, and what each found (in order)."""

    uses: tuple[Use, ...]
    found: tuple[str, ...]
    raw: Any = None
    """What the adapter needs to say the round again; opaque to everybody else."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """One request. `shape` is a frozen dataclass of plain fields and tuples, which the answer must fit.

    What is `stable` comes first and is cached by the provider; `data` follows. `tools` and `steps` are for answers found
    in several rounds. `channel_id` is where the cost is booked.
    """

    task: Task
    prompt: Prompt
    data: tuple[Data, ...]
    shape: type[T]
    channel_id: str
    most: int = 1024
    """Tokens that the answer may have."""
    stable: tuple[Data, ...] = ()
    tools: tuple[Tool, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What one request cost: tokens, seconds, money (in the currency of the prices that are set; 0 where none is).

    `read` are tokens in that were not cached, `cached` those that were, `kept` those that were put into the cache;
    `failure` is "" for an answer, else why there is none, in one word (see Speechless).
    """

    task: Task
    model: str
    prompt: str
    read: int = 0
    cached: int = 0
    kept: int = 0
    written: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """An answer: either `value`, or the look-ups that the model wants first (`step` without its findings)."""

    value: T | None
    call: Call
    uses: tuple[Use, ...] = ()
    raw: Any = None


class Speechless(Exception):
    """The model gave no answer that can be used; whoever asked goes on without.

    `why` is one of: off, budget, busy, timeout, unreachable, refused_key, limited, overloaded, failed, refused, cut, garbled.
    `call` is there where a request was made.
    """

    def __init__(self, why: str, what: str, call: Call | None = None) -> None:
        super().__init__(what)
        self.why, self.call = why, call


class Voice(Protocol):
    """A language model. Safe from any thread; a call blocks its caller only."""

    def ask(self, ask: Ask[T]) -> Reply[T]:
        """The model's answer in the shape that was asked for; raises Speechless."""


class Book(Protocol):
    """Where calls are written down as they are made, whatever becomes of what they were made for."""

    def add(self, call: Call, channel_id: str, at: float) -> None:
        """Write down a call."""

    def spent(self, since: float, channel_id: str | None = None, until: float = inf) -> tuple[int, float]:
        """(tokens in and out, cost) from a time to before another, in all or for one channel."""


Alive = Callable[[], None]
"""Called between tries: whoever watches over threads is told that this one goes on."""
