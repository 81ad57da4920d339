"""The frozen values that travel through Vigil; none holds a client or a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import attrgetter

from bot.events import Reaction, Turn
from bot.llm.base import Call
from knowledge.models import Audience, Hit

ID = attrgetter("id")


class VigilError(Exception):
    """Something Vigil cannot do; the message is one line that says what to do about it."""


class Role(StrEnum):
    """What a person is to a thread or a channel."""

    ASKER = "asker"
    HELPER = "helper"
    STRANGER = "stranger"
    BOT = "bot"


class State(StrEnum):
    """Where a thread stands, derived from its turns and marks; accepted is what the asker's words say and nobody confirmed."""

    OPEN = "open"
    WAITING_ON_ASKER = "waiting on asker"
    WAITING_ON_HELPER = "waiting on helper"
    STALE = "stale"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Action(StrEnum):
    """What a Decision says to do."""

    SILENT = "silent"
    HOLD = "hold"
    DRAFT = "draft"
    PRIVATE = "private"
    PUBLIC = "public"


class Mode(StrEnum):
    """How a channel lets Vigil speak: only record, draft to the helpers, or post in the thread."""

    SHADOW = "shadow"
    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Mark:
    """A standing sign on a thread (resolved, muted, snoozed, not-a-request, human-needed), who set it and when."""

    name: str
    actor: str
    at: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as it stands: turns in order, people by role, marks, and the channel's recent root turns nearby.

    `version` rises with every stored change; a commit names the version it was thought on. `threaded` says that people
    here answer in threads, so that root turns close together are mostly separate matters.
    """

    id: str
    channel_id: str
    turns: tuple[Turn, ...]
    helpers: frozenset[str] = frozenset()
    marks: tuple[Mark, ...] = ()
    nearby: tuple[Turn, ...] = ()
    version: int = 0
    audience: Audience = field(default_factory=Audience)
    reactions: tuple[Reaction, ...] = ()
    threaded: bool = False
    _people: tuple[Turn, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def root(self) -> Turn:
        return self.turns[0]

    @property
    def withdrawn(self) -> bool:
        """Whether the question itself was deleted; that it has not been heard yet is no sign of it."""
        return self.root.is_root and self.root.deleted

    @property
    def last(self) -> Turn:
        return self.turns[-1]

    @property
    def asker(self) -> str:
        return self.root.author

    def human_turns(self) -> tuple[Turn, ...]:
        """Turns that people wrote and that still stand, oldest first."""
        people = self._people
        if people is None:  # asked several times of every thread, and threads grow long
            people = tuple([turn for turn in self.turns if turn.human])
            object.__setattr__(self, "_people", people)
        return people

    def role_of(self, turn: Turn) -> Role:
        """Who speaks: bot, the thread's asker, a helper, or a stranger to both."""
        if turn.is_bot or turn.own:
            return Role.BOT
        if turn.author == self.asker:
            return Role.ASKER
        return Role.HELPER if turn.author in self.helpers else Role.STRANGER

    def marked(self, name: str) -> Mark | None:
        """The mark of that name, if it stands."""
        return next((mark for mark in self.marks if mark.name == name), None)

    def with_turn(self, turn: Turn) -> Thread:
        """The same thread with `turn` added in order of time (or replacing its older self)."""
        return replace(self, turns=following(self.turns, turn, self.id))


def ordered(turns: Sequence[Turn], thread_id: str) -> tuple[Turn, ...]:
    """Turns with the root first, then by time; of two with one id only the later stays."""
    unique = {turn.id: turn for turn in turns}
    return tuple(sorted(unique.values(), key=lambda t: (t.id != thread_id, t.sent_at, t.id)))


def following(turns: tuple[Turn, ...], turn: Turn, thread_id: str) -> tuple[Turn, ...]:
    """`turns` (ordered) with one more or with a newer self of one of them, ordered again; cheap where it is the newest."""
    newest = bool(turns) and turn.id != thread_id and (turns[-1].id == thread_id or turns[-1].sent_at < turn.sent_at)
    if newest and turn.id not in map(ID, turns):
        return (*turns, turn)
    return ordered((*turns, turn), thread_id)


@dataclass(frozen=True, slots=True)
class Score:
    """How much a thread needs help right now: 0..1, named reasons (name, weight), and the question to search with.

    The question is "" until somebody searches.
    """

    need: float
    reasons: tuple[tuple[str, float], ...]
    query: str
    turn_id: str
    addressed: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """When to speak: now, after a hold until `due` (epoch seconds), or never (both false), with the reason."""

    speaks: bool
    due: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer in plain Markdown with the hits it rests on; confidence is P(helpful) in 0..1."""

    text: str
    citations: tuple[Hit, ...]
    confidence: float
    enough: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What Vigil decided about one turn and why; silence is one too. `id` is stable for the same turn and pass.

    `took` is how many seconds finding an answer took, None where none was looked for; `calls` are those made to a
    language model on the way.
    """

    id: str
    turn_id: str
    thread_id: str
    channel_id: str
    action: Action
    score: float
    threshold: float
    reasons: tuple[str, ...]
    at: float
    kind: str = "suggestion"
    due: float | None = None
    suggestion: Suggestion | None = None
    entry_ids: tuple[int, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    person: str = ""
    took: float | None = None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person says of a suggestion: helpful or not, with a reason; removed=True takes it back.

    `said` is False for what a person did with it (published, edited, dismissed) instead of saying it.
    """

    decision_id: str
    actor: str
    helpful: bool
    reason: str
    at: float
    removed: bool = False
    said: bool = True
