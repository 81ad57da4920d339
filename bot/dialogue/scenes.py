"""Where a turn stands: the talk before it, the speaker's own last words, and the other person's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.dialogue.cues import INDEX
from bot.events import Turn
from bot.models import Thread
from knowledge.base import Vectors

WINDOW = 30  # turns before the scored one that count as its context
OWN_BEFORE = 3  # messages of a person that tell what that person is about


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as read: its cue values and its vector (zero: cannot be read).

    `ask` tells how much it sounds like a request (0..1), `own` like the one whose matter is talked about, asking or not.
    """

    cues: tuple[float, ...]
    ask: float
    own: float
    vector: Vectors

    def says(self, cue: str) -> float:
        """Value of one cue by its name."""
        return self.cues[INDEX[cue]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A turn and its context: the window before it, the speaker's own last turns, and the partner's.

    The partner is whoever the turn names among those who spoke before, else who last named the speaker, else the last
    other person; of a turn that opens a matter of its own only a named one, however soon after another it comes.
    """

    turn: Turn
    thread: Thread
    before: tuple[Turn, ...]
    mine: tuple[Turn, ...]
    other: tuple[Turn, ...]
    names_somebody: bool
    names_partner: bool
    named_by: bool
    names: Callable[[Turn], frozenset[str]]
    read: Callable[[Turn], Seen]

    @property
    def voices(self) -> tuple[Turn, ...]:
        """The turns whose reading the features need."""
        return (self.turn, self.thread.root, *self.mine, *self.other)

    @property
    def reply(self) -> bool:
        """Whether the turn stands in a thread that somebody opened before it."""
        return self.turn.id != self.thread.id

    @property
    def sure(self) -> float:
        """How surely the partner is known (0..1): by name, else by how few others were heard lately."""
        if self.names_partner or self.named_by:
            return 1.0
        return 1 / max(1, len({t.author for t in self.before[-5:]} - {self.turn.author}))

    def minutes_since(self, turns: Sequence[Turn]) -> float:
        """Minutes from the last of `turns` to this one; a day when there is none."""
        return max(0.0, self.turn.sent_at - turns[-1].sent_at) / 60 if turns else 1440.0


Back = tuple[Scene | None, Scene | None]
"""The scenes of the speaker's last message and of the partner's; None: there is no such message."""


def _stands(turn: Turn) -> bool:
    return turn.human and bool(turn.text.strip())


def window(thread: Thread, turn: Turn) -> tuple[Turn, ...]:
    """What people said before the turn: in its thread, or for a root turn in the channel nearby; oldest first."""
    place = thread.nearby if turn.id == thread.id else thread.turns
    earlier = (t for t in reversed(place) if t.id != turn.id and t.sent_at <= turn.sent_at and _stands(t))
    return tuple(islice(earlier, WINDOW))[::-1]


def apart(thread: Thread, turn: Turn) -> bool:
    """Whether the turn opens a matter of its own, as root turns do where people answer in threads."""
    return thread.threaded and turn.id == thread.id


def scene(thread: Thread, turn: Turn, names: Callable[[Turn], frozenset[str]], read: Callable[[Turn], Seen]) -> Scene:
    """Put the turn into its context; `names` gives whom a turn names, `read` its reading (asked for `voices` only)."""
    return _set(thread, turn, window(thread, turn), names, read)


def looking_back(place: Scene) -> Back:
    """The scenes of the speaker's last message and of the partner's, as far as `place` shows what was before them."""
    mine, other = (_earlier(place, turns[-1]) if turns else None for turns in (place.mine, place.other))
    return mine, other


def _earlier(place: Scene, turn: Turn) -> Scene:
    root = turn.is_root or turn.id == place.thread.id
    if root and place.reply:
        before = window(place.thread, place.thread.root)
    else:
        before = place.before[: next(i for i, t in enumerate(place.before) if t is turn)]
    thread = replace(place.thread, id=turn.id, turns=(turn,)) if root else place.thread
    return _set(thread, turn, before, place.names, place.read)


def _set(
    thread: Thread,
    turn: Turn,
    before: tuple[Turn, ...],
    names: Callable[[Turn], frozenset[str]],
    read: Callable[[Turn], Seen],
) -> Scene:
    speaker = turn.author.lower()
    named = names(turn) | {name.lower() for name in turn.mentions}
    others = [t for t in before if t.author != turn.author]
    heard = [] if apart(thread, turn) else others
    called = [t for t in others if t.author.lower() in named]
    calling = [t for t in others[-10:] if speaker in names(t) or turn.author in t.mentions]
    known = called or calling or heard
    theirs = [t for t in others if known and t.author == known[-1].author]
    return Scene(
        turn=turn,
        thread=thread,
        before=before,
        mine=tuple(t for t in before if t.author == turn.author)[-OWN_BEFORE:],
        other=tuple(theirs[-OWN_BEFORE:]),
        names_somebody=bool(named),
        names_partner=bool(called),
        named_by=bool(calling),
        names=names,
        read=read,
    )
