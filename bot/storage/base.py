"""What Vigil asks of its memory, as verbs: inbox, threads, outcomes, outbox, decisions, channels, runs and audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.events import Event, Reaction, Turn
from bot.messages import Channel, Post
from bot.models import Thread, VigilError
from bot.outcomes import Nudge, Outcome, Spoken, ThreadRow, WakeUp

NEARBY = 30  # root turns of its channel that come with a thread
HELPS_AFTER = 3  # threads of others that somebody has replied in by the time they count as a helper
Row = dict[str, Any]


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
    """An event taken from the inbox, `waited` times set aside; those of one `lane` must be worked off one by one."""

    lease: Lease
    event: Event
    received_at: float
    lane: str
    waited: int = 0


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

    def put_all(self, events: Sequence[tuple[Event, str]], now: float) -> list[bool]:
        """Commit (event, raw id) together; tells of each whether it was new."""

    def claim(self, owner: str, now: float, quick: bool, limit: int = 1) -> list[Leased]:
        """Lease the oldest open events, in order; `quick` chooses clicks and commands."""

    def renew(self, leases: Sequence[Lease], now: float) -> None:
        """Let leases that still stand run on from now."""

    def retry(self, lease: Lease, error: str, not_before: float, give_up: bool, tried: bool = True) -> None:
        """Put an event back (or aside for good) after an error; unless `tried` it does not count as an attempt."""

    def probed(self, leased: Leased, now: float) -> None:
        """A probe came through: note how long it took, and forget it, so that there is room for the next."""

    def set_aside(self, lease: Lease, reason: str, not_before: float) -> None:
        """Put an event back that rests on one not heard yet: no failed try, and from now on it holds up no other."""


class Threads(Protocol):
    """Conversations as they stand."""

    def load(self, thread_id: str, channel_id: str, at: float, nearby: bool = True) -> Thread:
        """The thread, without turns when it is new, and (if `nearby`) the channel's NEARBY root turns before `at`."""

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

    def pending(self, thread_id: str, now: float) -> bool:
        """Whether events of the thread have been heard and nobody has thought about them yet."""

    def coming(self, thread_id: str) -> bool:
        """Whether something was said there that has been heard and not yet been thought about."""

    def outdated(self, reaction: Reaction) -> bool:
        """Whether the person put it on, or took it back, again later, as far as that was heard."""

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

    def claim(self, owner: str, now: float, platform: str = "") -> Sending | None:
        """Lease the oldest post that may go now, one at a time for each channel; of that platform only, if one is named."""

    def sent(self, lease: Lease, turn_id: str, now: float) -> None:
        """It is out."""

    def again(self, lease: Lease, error: str, not_before: float, unknown: bool, tried: bool = True) -> None:
        """Not (surely) out: try later; `unknown` asks to look first; unless `tried` it does not count as an attempt."""

    def failed(self, lease: Lease, error: str) -> None:
        """It will never go out; kept with its reason."""

    def decision_of(self, turn_id: str) -> str | None:
        """The decision behind an own message."""

    def messages_of(self, decision_id: str) -> list[tuple[str, str]]:
        """(turn id, key) of own messages sent for a decision."""


class Decisions(Protocol):
    """What was decided, silence too."""

    def get(self, decision_id: str) -> Row | None:
        """One decision as recorded."""

    def listed(self, thread_id: str | None = None, channel_id: str | None = None, limit: int = 100) -> list[Row]:
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


class Runs(Protocol):
    """Claims of scheduled work, moments and small facts."""

    def claim(self, job: str, slot: int, owner: str, now: float) -> bool:
        """Whether this run is ours: true once for a job and slot."""

    def done(self, job: str, slot: int, now: float) -> None:
        """The run ended well."""

    def beat(self, name: str, now: float, note: str = "") -> None:
        """It happened now: a probe came through, a catch-up ended; the note says what came of it."""

    def beats(self) -> dict[str, tuple[float, str]]:
        """When each of these last happened: name -> (epoch seconds, note)."""
