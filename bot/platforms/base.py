"""The port behind which every chat platform stands: hear events, post, look back, and know who may read what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.events import Click, Command, Event, Turn
from bot.messages import Channel, Form, Person, Post
from bot.models import VigilError

Asking = Callable[[str], object]
"""Told of every call to a platform ("call"), and of what some are answered with ("limited", "refused")."""
Put = Callable[[Event, str, tuple[str, ...]], object]
AskForm = Callable[[Click | Command], Form | None]
Beat = Callable[[bool, str, bool], None]
"""What a Listener calls; `Listener.run` says when."""


class SendRefused(VigilError):
    """The platform will never take this post as it is (unknown channel, not a member, message gone)."""


class SendExpired(SendRefused):
    """The address for an answer to one person is used up and nothing was posted: a direct message may still go."""


class SendUnknown(VigilError):
    """The request may or may not have been carried out: look before sending again."""


class SendLater(VigilError):
    """The platform asks to wait; nothing was posted."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Facts(Protocol):
    """Where an adapter keeps what must outlast its process."""

    def fact(self, key: str) -> str:
        """A small remembered fact, "" when unknown."""

    def remember(self, key: str, value: str) -> None:
        """Keep a small fact."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A message as the history has it now: the turn, who reacted with what (person, name), and what hangs on it.

    `cut` names the reactions of which the platform does not list everybody; `replies` and `newest_reply` (epoch seconds)
    tell of the replies under a root, without asking for them.
    """

    turn: Turn
    reactions: frozenset[tuple[str, str]] = frozenset()
    cut: frozenset[str] = frozenset()
    replies: int = 0
    newest_reply: float = 0.0


@dataclass(frozen=True, slots=True)
class Stranger:
    """Something heard that is not for us: whose it is (a person's id, as far as told), why it is refused, and what it was."""

    actor: str
    why: str
    kind: str


Refused = Callable[[Stranger], object]
"""Told of everything heard that is of another team, tenant or app."""


class Platform(Protocol):
    """Calls out to one platform; each has a timeout and raises VigilError (writes: one of the three above)."""

    name: str
    history_per_minute: int
    """How often a minute `history` and `replies` may be called: less than is granted, since posts are looked for too."""

    def post(self, post: Post) -> str:
        """Send it; returns the turn id of the new or changed message ("" where the platform gives none)."""

    def find(self, post: Post, since: float) -> str | None:
        """The turn id of the message that carries this post's key, if it was sent after `since` (epoch seconds)."""

    def history(self, channel_id: str, since: float) -> Iterator[Standing]:
        """Root turns of a channel after `since`, oldest first; a call for every 200."""

    def replies(self, thread_id: str, since: float) -> Iterator[Standing]:
        """The turns of one thread after `since`, oldest first, none when it is gone; a call for every 200."""

    def channels(self) -> Sequence[Channel]:
        """The channels in which Vigil is a member."""

    def channel(self, channel_id: str) -> Channel:
        """What is known of one channel."""

    def members(self, channel_id: str) -> frozenset[str]:
        """Ids of everyone who can read the channel."""

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        """(ids of the workspace's full members, ids of its guests and of strangers from elsewhere)."""

    def forget(self, channel_id: str) -> None:
        """The channel changed, or its members did: remember nothing of it."""

    def person(self, person_id: str) -> Person:
        """Who that is."""

    def group(self, group_id: str) -> frozenset[str]:
        """Ids of a user group's people."""

    def is_group(self, name: str) -> bool:
        """Whether a name in the configuration is the id of a user group, and not of a person; nobody is asked."""

    def group_named(self, handle: str) -> str | None:
        """The id of the user group with that handle (without @), None when there is none."""

    def permalink(self, turn_id: str) -> str:
        """An address that opens the message, "" when there is none."""

    def linked(self, text: str) -> tuple[str, str] | None:
        """(turn id, thread id) of the first link to a message in `text`, None without one."""


class Listener(Protocol):
    """One platform's ears; runs in a process of its own."""

    def run(self, put: Put, form: AskForm, beat: Beat) -> None:
        """Listen until `stop`.

        `put(event, raw_id, aliases)` commits the event and returns (False: it was known), or raises, in which case nothing
        is acknowledged. `form` says which modal, if any, a click or shortcut opens at once. `beat(fresh, trouble, waits)` is
        called several times a second: `fresh` when a new connection was greeted, so that what was missed must be caught
        up, `trouble` with why nothing is heard or kept, "" when all is well, `waits` when the platform asked to wait.
        """

    def stop(self) -> None:
        """End `run`; may be called from any thread."""
