"""What thinking leads to: an Outcome to be written as one, and the small rows that thinking reads."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events import Reaction, Turn
from bot.messages import Post
from bot.models import Decision, Feedback, Mark, State, VigilError


class NotYet(VigilError):
    """The event rests on something that has not been heard yet: try again in a moment."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A suggestion that was decided upon earlier; `asked` means somebody had addressed Vigil."""

    at: float
    thread_id: str
    channel_id: str
    person: str
    entry_ids: tuple[int, ...]
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Nudge:
    """A follow-up sent for a thread in one of its states, while `turn_id` was the last turn."""

    state: str
    at: float
    turn_id: str


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a list: no turns, only where it stands."""

    id: str
    channel_id: str
    asker: str
    title: str
    state: str
    need: float
    opened_at: float
    last_at: float
    version: int


@dataclass(frozen=True, slots=True)
class Unmet:
    """A question that people answered and Vigil had nothing for: its thread, and its precedent's entry.

    `drafted` says that a case from this very thread is live or waits for approval.
    """

    thread_id: str
    channel_id: str
    state: str
    asked_at: float
    entry_id: int
    drafted: bool


@dataclass(frozen=True, slots=True)
class WakeUp:
    """Think again about a turn at `due` (epoch seconds)."""

    turn_id: str
    due: float


PROPOSED, MERGED, REFUSED = "case proposed", "case merged", "case refused: "
"""Actions of the librarian in the audit log, whose object is the thread; the last one is followed by the reason."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Entries (id, version) that a decision shows for a question (its unit vector), and the chance it promised to help.

    `promised` is 0 where nothing was promised, `public` False for a draft.
    """

    decision_id: str
    thread_id: str
    channel_id: str
    at: float
    entries: tuple[tuple[int, int], ...]
    vector: tuple[float, ...]
    promised: float
    public: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of the watch's: how many of what `name` says there were on a day (days since 1970, UTC) in a channel.

    `part` divides the name: a tier, a model, a step of a scale.
    """

    day: int
    channel_id: str
    name: str
    part: str
    number: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The question that opened a thread, as it now stands."""

    thread_id: str
    channel_id: str
    asker: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Disliked:
    """An entry that was shown so often, helped and did not help so often by people's word; `people` said it did not."""

    entry_id: int
    shown: int
    helpful: int
    unhelpful: int
    people: int


@dataclass(frozen=True, slots=True)
class Act:
    """A line for the audit log: who did, or was refused, what on which object."""

    actor: str
    action: str
    object: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be erased: `kind` is turn, thread or person, `object` its id, `why` one of
    deleted, edited, forgotten, requested, retention; `actor` is who wanted it.

    As stored it has an id and a time; `gone` holds the words to look for until they are `searched`.
    """

    kind: str
    object: str
    why: str
    actor: str = ""
    id: int = 0
    at: float = 0.0
    gone: str = ""
    searched: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """A new answer proposed for a case as it stood at `version`, by `author`, in a thread.

    `why` is answered, edited or unhelpful; `turn_id` is the turn whose words it takes up, "" where a form holds them.
    """

    id: str
    entry_id: int
    version: int
    resolution: str
    author: str
    why: str
    thread_id: str
    turn_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything one event leads to, written in one transaction or not at all.

    `version` is the thread's version the thinking rests on (None: no thread is touched). `wake_up` sets the thread's
    hold, `cancel` takes it away. `unread` are reactions taken back, `unmark` marks taken off, `erased` turns and threads
    whose text goes for good. `raise_by` makes the channel's threshold higher;
    `counts` adds (entry id, helpful, unhelpful); `shown` notes what people's feedback will be about; `revisions` are
    proposed, `settled` are the ids of those that are approved or rejected.
    """

    thread_id: str = ""
    channel_id: str = ""
    version: int | None = None
    turns: tuple[Turn, ...] = ()
    erased: tuple[Erasure, ...] = ()
    marks: tuple[Mark, ...] = ()
    unmark: tuple[str, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    decisions: tuple[Decision, ...] = ()
    posts: tuple[Post, ...] = ()
    wake_up: WakeUp | None = None
    cancel: bool = False
    feedback: tuple[Feedback, ...] = ()
    nudge: Nudge | None = None
    state: State | None = None
    need: float | None = None
    learned: bool = False
    raise_by: float = 0.0
    counts: tuple[tuple[int, int, int], ...] = ()
    shown: tuple[Shown, ...] = ()
    acts: tuple[Act, ...] = ()
    revisions: tuple[Revision, ...] = ()
    settled: tuple[str, ...] = ()
