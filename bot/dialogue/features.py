"""What is known of a turn where it stands: who speaks, to whom, after what, and how the talk went before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.dialogue.cues import INDEX
from bot.events import Turn
from bot.models import Role, Thread
from knowledge.base import Vectors

WINDOW = 30  # turns before the scored one that count as its context
ROOT_TALK = 180.0  # seconds for which root turns count as one talk where people answer in threads
OWN_BEFORE = 3  # messages of a person that tell what that person is about


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as read: cue values, how much it sounds like a request (0..1), its vector (zero: cannot be read)."""

    cues: tuple[float, ...]
    ask: float
    vector: Vectors

    def says(self, cue: str) -> float:
        """Value of one cue by its name."""
        return self.cues[INDEX[cue]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A turn and its context: the window before it, the speaker's own last turns, and the partner's.

    The partner is whoever the turn names among those who spoke before, else who last named the speaker, else the last
    other person.
    """

    turn: Turn
    thread: Thread
    before: tuple[Turn, ...]
    mine: tuple[Turn, ...]
    other: tuple[Turn, ...]
    names_somebody: bool
    names_partner: bool
    named_by: bool
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


def _stands(turn: Turn) -> bool:
    return not (turn.is_bot or turn.own or turn.deleted or turn.system) and bool(turn.text.strip())


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
    before = window(thread, turn)
    speaker = turn.author.lower()
    named = names(turn) | {name.lower() for name in turn.mentions}
    others = [t for t in before if t.author != turn.author]
    heard = [t for t in others if turn.sent_at - t.sent_at < ROOT_TALK] if apart(thread, turn) else others
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
        read=read,
    )


def _near(minutes: float, scale: float) -> float:
    return math.exp(-minutes / scale)


def _asked(scene: Scene, turns: Sequence[Turn]) -> float:
    """How much these turns sounded like a request, the strongest of them, fading over hours."""
    return max((scene.read(t).ask * _near(scene.minutes_since([t]), 600) for t in turns), default=0.0)


def _ever(scene: Scene, turns: Sequence[Turn], *cues: str) -> float:
    return max((scene.read(t).says(cue) for t in turns for cue in cues), default=0.0)


def _who(s: Scene) -> dict[str, float]:
    role = s.thread.role_of(s.turn)
    own = [t for t in s.before if t.author == s.turn.author]
    people = {t.author for t in s.before}
    return {
        "opens a thread": float(not s.reply),
        "the thread's asker speaks": float(s.reply and role is Role.ASKER),
        "a known helper speaks": float(s.turn.author in s.thread.helpers),
        "a known helper speaks in another's thread": float(s.reply and role is Role.HELPER),
        "joins another's thread": float(s.reply and role is not Role.ASKER and not own),
        "first words of this person here": float(not s.reply and not own),
        "speaker's share of the talk": len(own) / max(4, len(s.before)),
        "many messages so far": min(1.0, math.log1p(len(s.before)) / 3.5) * s.reply,
        "many people here": min(1.0, len(people) / 8),
        "only these two talk": float(len(people | {s.turn.author}) == 2),
        "speaker also spoke just before": float(bool(s.before) and s.before[-1].author == s.turn.author),
    }


def _when(s: Scene) -> dict[str, float]:
    silence = s.minutes_since(s.before)
    return {
        "silence before": min(1.0, math.log1p(silence) / 8),
        "minutes-old exchange with the other": _near(s.minutes_since(s.other), 5),
        "speaker wrote minutes ago": _near(s.minutes_since(s.mine), 5),
        "speaker goes on at once": float(
            bool(s.before) and s.before[-1].author == s.turn.author and silence < 3,
        ),
    }


def _talk(s: Scene) -> dict[str, float]:
    now = s.read(s.turn)
    mine, other = _asked(s, s.mine), _asked(s, s.other) * s.sure
    to_room = (1 - float(s.names_somebody)) * (1 - float(s.reply))
    last_mine = _asked(s, s.mine[-1:])
    last_other = _asked(s, s.other[-1:]) * s.sure
    root = s.read(s.thread.root).ask if s.reply else 0.0
    asker = float(s.turn.author == s.thread.asker) if s.reply else 0.0
    return {
        "sounds like a request": now.ask,
        "speaker was asking": mine,
        "speaker's last message asked": last_mine,
        "the other was asking": other,
        "the other's last message asked": last_other,
        "asks in own open matter": now.ask * mine,
        "asks while the other was asking": now.ask * other * (1 - mine),
        "names the other": float(s.names_partner),
        "names somebody who was asking": float(s.names_partner) * other,
        "was named by the other": float(s.named_by),
        "was named while asking": float(s.named_by) * mine,
        "names somebody": float(s.names_somebody),
        "speaks to the room": to_room,
        "asks the whole room": to_room * now.ask,
        "goes on to the room about own matter": to_room * mine,
        "the thread began with a question": root,
        "asker's thread began with a question": root * asker,
        "asker sounds asking": now.ask * asker,
        "not the asker, sounds asking": now.ask * float(s.reply) * (1 - asker),
        "helper sounds asking": now.ask * float(s.turn.author in s.thread.helpers),
    }


def _course(s: Scene) -> dict[str, float]:
    now = s.read(s.turn)
    question = now.says("has a question mark")
    you = max(now.says("speaks to you"), now.says("asks the other for details"))
    trouble = max(now.says("reports a failure"), now.says("says it does not work"), now.says("error trace or log line"))
    asked = _asked(s, s.mine)
    advised = _ever(s, s.other[-1:], "advises")
    return {
        "speaker advised before": _ever(s, s.mine, "advises"),
        "speaker explained before": _ever(s, s.mine, "explains"),
        "speaker thanked or solved it before": _ever(s, s.mine, "thanks", "says it is solved"),
        "the other advised": advised,
        "the other asked for details": _ever(s, s.other[-1:], "asks the other for details"),
        "the other thanked": _ever(s, s.other[-1:], "thanks", "says it is solved"),
        "trouble after advice": trouble * advised,
        "trouble in own matter": trouble * asked,
        "question to the other person": question * you * (s.reply or s.names_partner),
        "question in own matter": question * asked,
        "a question to the room": question * (1 - you),
        "unanswered": float(len(s.mine) > 0 and bool(s.before) and s.before[-1].author == s.turn.author) * asked,
    }


def context(s: Scene) -> dict[str, float]:
    """Named values, mostly within 0..1, of the place of a turn in its talk; at most ten other turns are read."""
    return _who(s) | _when(s) | _talk(s) | _course(s)
