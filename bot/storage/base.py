"""What Vigil asks of its memory, as verbs: inbox, threads, outcomes, outbox, decisions, channels, runs and audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.events import Event, Turn
from bot.messages import Channel, Post
from bot.models import Thread, VigilError
from bot.outcomes import Nudge, Outcome, Spoken, ThreadRow, WakeUp

NEARBY = 30
"""Root turns of its channel that come with a thread."""
HELPS_AFTER = 3
"""Threads of others that somebody has replied in by the time they count as a helper."""


class StaleThread(VigilError):
    """The thread changed while it was thought about: load it and think again."""


class LeaseLost(VigilError):
    """Somebody else holds, or has finished, this piece of work."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one row until a time (epoch seconds); `row` is its id, `attempts` counts this one too."""

    row: int
    owner: str
    until: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Leased:
    """An event taken from the inbox."""

    lease: Lease
    event: Event
    received_at: float


@dataclass(frozen=True, slots=True)
class Sending:
    """A post taken from the outbox; `unknown` means an earlier try may have gone out: look first."""

    lease: Lease
    post: Post
    unknown: bool
    created_at: float


class Inbox(Protocol):
    """Events as heard, each once."""

    def put(self, event: Event, raw_id: str, aliases: Sequence[str], now: float) -> bool:
        """Commit an event; False when it (or an alias of it) is there already."""

    def claim(self, owner: str, now: float, quick: bool, limit: int = 1) -> list[Leased]:
        """Lease the oldest open events, at most one a lane; `quick` chooses clicks and commands."""

    def retry(self, lease: Lease, error: str, not_before: float, give_up: bool) -> None:
        """Put an event back (or aside for good) after an error."""


class Threads(Protocol):
    """Conversations as they stand."""

    def load(self, thread_id: str, channel_id: str, at: float, nearby: bool = True) -> Thread:
        """The thread with roles, marks, reactions and (unless not `nearby`) the channel's NEARBY root turns before `at`.

        Without turns when it is new.
        """

    def thread_of(self, turn_id: str) -> str | None:
        """Which thread a turn belongs to."""

    def turn(self, turn_id: str) -> Turn | None:
        """One turn."""

    def listed(
        self, states: Sequence[str], channel_id: str | None = None, limit: int = 500, active_since: float = 0.0
    ) -> list[ThreadRow]:
        """Threads in these states with a sign of life since then, the most recently active first."""

    def due(self, now: float, limit: int = 50) -> list[tuple[str, str, float]]:
        """(thread id, turn id, due) of holds that have fallen due."""

    def next_due(self) -> float | None:
        """When the next hold falls due."""

    def helpers(self, channel_id: str) -> frozenset[str]:
        """The configured helpers, and people who replied in three or more threads that they did not open."""

    def held(self, thread_id: str) -> WakeUp | None:
        """The hold that waits for this thread, if one does."""

    def unshelved(self, limit: int = 100) -> list[str]:
        """Ids of threads that changed since their precedent was last put on the shelf."""

    def shelved(self, versions: Sequence[tuple[str, int]]) -> None:
        """These threads' precedents are as of these versions."""

    def roots_since(self, channel_id: str, since: float) -> list[str]:
        """Ids of the channel's root turns since then that are not deleted."""

    def replies_of(self, thread_id: str) -> list[str]:
        """Ids of the thread's turns that are not deleted."""

    def reacted(self, turn_ids: Sequence[str]) -> set[tuple[str, str, str]]:
        """(turn id, actor, name) of the reactions that stand on these turns."""

    def nudges(self, thread_id: str) -> list[Nudge]:
        """Follow-ups sent so far."""

    def unlearned(self, limit: int = 50) -> list[ThreadRow]:
        """Resolved threads that changed since they were last learned from."""


class Ledger(Protocol):
    """The one place where outcomes are written."""

    def commit(self, outcome: Outcome, now: float, lease: Lease | None = None) -> None:
        """Write everything in one transaction; raises StaleThread or LeaseLost and then writes nothing."""


class Outbox(Protocol):
    """Posts on their way out."""

    def claim(self, owner: str, now: float) -> Sending | None:
        """Lease the oldest post that may go now, one at a time for each channel."""

    def sent(self, lease: Lease, turn_id: str, now: float) -> None:
        """It is out."""

    def again(self, lease: Lease, error: str, not_before: float, unknown: bool) -> None:
        """Not (surely) out: try later; `unknown` asks to look first."""

    def failed(self, lease: Lease, error: str) -> None:
        """It will never go out; kept with its reason."""

    def decision_of(self, turn_id: str) -> str | None:
        """The decision behind an own message."""

    def messages_of(self, decision_id: str) -> list[tuple[str, str]]:
        """(turn id, key) of own messages sent for a decision."""


class Decisions(Protocol):
    """What was decided, silence too."""

    def get(self, decision_id: str) -> dict[str, Any] | None:
        """One decision as recorded."""

    def listed(
        self, thread_id: str | None = None, channel_id: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Decisions as recorded, newest first."""

    def spoken(self, channel_id: str, thread_id: str, person: str, since: float, lately: float) -> list[Spoken]:
        """Suggestions decided upon `since` then in the thread or for the person, and `lately` in the channel."""

    def citing(self, entry_id: int) -> list[tuple[str, str]]:
        """(decision id, channel id) of decisions whose suggestion rests on an entry."""

    def feedback_of(self, decision_id: str, actor: str) -> bool | None:
        """What the person said of the decision's suggestion, None when nothing (any more)."""

    def stats(self, channel_id: str | None, since: float) -> dict[str, float]:
        """Counts for `/vigil stats` and the metrics."""


class Channels(Protocol):
    """Where Vigil listens and who helps there."""

    def put(self, channels: Sequence[Channel], now: float) -> None:
        """Remember what is known of channels."""

    def get(self, channel_id: str) -> Channel | None:
        """One channel, None when it is unknown."""

    def listed(self) -> list[Channel]:
        """All known channels."""

    def heard_until(self, channel_id: str) -> float:
        """Up to when the channel's history was walked, epoch seconds; 0 for never."""

    def heard(self, channel_id: str, until: float) -> None:
        """The channel's history was walked up to then."""

    def raised(self, channel_id: str) -> float:
        """By how much people asked Vigil to speak less here: added to the threshold."""


STARTING = "starting"
"""Note of a heartbeat by which a process says that it lives but is not at work yet."""


class Runs(Protocol):
    """Claims of scheduled work, heartbeats and small facts."""

    def claim(self, job: str, slot: int, owner: str, now: float) -> bool:
        """Whether this run is ours: true once for a job and slot."""

    def done(self, job: str, slot: int, now: float) -> None:
        """The run ended well."""

    def beat(self, name: str, now: float, note: str = "") -> None:
        """A sign of life."""

    def beats(self) -> dict[str, tuple[float, str]]:
        """All signs of life: name -> (epoch seconds, note)."""


Wake = Callable[[], None]
