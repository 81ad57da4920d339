"""What is known of a turn where it stands: who speaks, to whom, after what, and how the talk went before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.scenes import Scene, Seen
from bot.models import Role


@dataclass(frozen=True, slots=True)
class _Heard:
    """Readings that many features are made of: of the turn, and of the speaker's and the partner's last messages.

    `asked` and `told` tell how much these sounded like a request and like the one in need, the strongest of them, fading
    over hours; the partner's by how surely the partner is known.
    """

    now: Seen
    mine: tuple[Seen, ...]
    other: tuple[Seen, ...]
    asked: float
    other_asked: float
    last_asked: float
    other_last_asked: float
    told: tuple[float, ...]
    other_told: tuple[float, ...]
    root: Seen | None

    @staticmethod
    def of(s: Scene) -> _Heard:
        mine, other = ([(s.read(t), _near(s.minutes_since([t]), 600)) for t in turns] for turns in (s.mine, s.other))
        asked = [seen.ask * fades for seen, fades in mine]
        other_asked = [seen.ask * fades * s.sure for seen, fades in other]
        return _Heard(
            now=s.read(s.turn),
            mine=tuple(seen for seen, _ in mine),
            other=tuple(seen for seen, _ in other),
            asked=max(asked, default=0.0),
            other_asked=max(other_asked, default=0.0),
            last_asked=asked[-1] if asked else 0.0,
            other_last_asked=other_asked[-1] if other_asked else 0.0,
            told=tuple(seen.own * fades for seen, fades in mine),
            other_told=tuple(seen.own * fades * s.sure for seen, fades in other),
            root=s.read(s.thread.root) if s.reply else None,
        )


def _near(minutes: float, scale: float) -> float:
    return math.exp(-minutes / scale)


def _ever(seen: Sequence[Seen], *cues: str) -> float:
    return max((one.says(cue) for one in seen for cue in cues), default=0.0)


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


def _talk(s: Scene, h: _Heard) -> dict[str, float]:
    ask = h.now.ask
    to_room = (1 - float(s.names_somebody)) * (1 - float(s.reply))
    root = h.root.ask if h.root else 0.0
    asker = float(s.turn.author == s.thread.asker) if s.reply else 0.0
    return {
        "sounds like a request": ask,
        "speaker was asking": h.asked,
        "speaker's last message asked": h.last_asked,
        "the other was asking": h.other_asked,
        "the other's last message asked": h.other_last_asked,
        "asks in own open matter": ask * h.asked,
        "asks while the other was asking": ask * h.other_asked * (1 - h.asked),
        "names the other": float(s.names_partner),
        "names somebody who was asking": float(s.names_partner) * h.other_asked,
        "was named by the other": float(s.named_by),
        "was named while asking": float(s.named_by) * h.asked,
        "names somebody": float(s.names_somebody),
        "speaks to the room": to_room,
        "asks the whole room": to_room * ask,
        "goes on to the room about own matter": to_room * h.asked,
        "the thread began with a question": root,
        "asker's thread began with a question": root * asker,
        "asker sounds asking": ask * asker,
        "not the asker, sounds asking": ask * float(s.reply) * (1 - asker),
        "helper sounds asking": ask * float(s.turn.author in s.thread.helpers),
    }


def _course(s: Scene, h: _Heard) -> dict[str, float]:
    now = h.now
    question = now.says("has a question mark")
    you = max(now.says("speaks to you"), now.says("asks the other for details"))
    trouble = max(now.says("reports a failure"), now.says("says it does not work"), now.says("error trace or log line"))
    advised = _ever(h.other[-1:], "advises")
    return {
        "speaker advised before": _ever(h.mine, "advises"),
        "speaker explained before": _ever(h.mine, "explains"),
        "speaker thanked or solved it before": _ever(h.mine, "thanks", "says it is solved"),
        "the other advised": advised,
        "the other asked for details": _ever(h.other[-1:], "asks the other for details"),
        "the other thanked": _ever(h.other[-1:], "thanks", "says it is solved"),
        "trouble after advice": trouble * advised,
        "trouble in own matter": trouble * h.asked,
        "question to the other person": question * you * (s.reply or s.names_partner),
        "question in own matter": question * h.asked,
        "a question to the room": question * (1 - you),
        "unanswered": float(bool(h.mine) and bool(s.before) and s.before[-1].author == s.turn.author) * h.asked,
    }


def _whose(s: Scene, h: _Heard) -> dict[str, float]:
    now, mine, other = h.now.own, h.told, h.other_told
    own, theirs = max(mine, default=0.0), max(other, default=0.0)
    return {
        "sounds like the one in need": now,
        "speaker sounded like the one in need": own,
        "speaker's last message sounded in need": mine[-1] if mine else 0.0,
        "speaker mostly sounded in need": sum(mine) / max(1, len(mine)),
        "the other sounded like the one in need": theirs,
        "the other's last message sounded in need": other[-1] if other else 0.0,
        "sounds in need as before": now * own,
        "sounds in need and the other does not": now * (1 - theirs),
        "sounds in need in a thread": now * float(s.reply),
        "sounds in need after asking": now * h.asked,
        "asker sounds in need": now * float(s.reply and s.turn.author == s.thread.asker),
    }


def _adds(s: Scene, h: _Heard) -> dict[str, float]:
    """How much the message brings: a long one in an open matter seldom only thanks, and a short one adds little to it."""
    length = h.now.says("how long, code and all")
    return {
        "much is added to own question": length * h.asked,
        "much is said in own question": h.now.says("how many words") * h.asked,
        "much is said by the one in need": length * max((seen.own for seen in h.mine), default=0.0),
        "much is said in a voice of need": length * h.now.own,
        "much is said after being asked for details": length * _ever(h.other[-1:], "asks the other for details"),
        "much is said after advice": length * _ever(h.other[-1:], "advises"),
        "much is said by the thread's asker": length * float(s.reply and s.turn.author == s.thread.asker),
    }


def _alike(h: _Heard) -> dict[str, float]:
    """How near the message's meaning is to what was said before (-1..1; 0 where one of them cannot be read)."""
    now = h.now.vector
    mine, other = ([float(now @ seen.vector) for seen in them] for them in (h.mine, h.other[-1:]))
    return {
        "like the speaker's last message": mine[-1] if mine else 0.0,
        "like one of the speaker's last messages": max(mine, default=0.0),
        "like the other's last message": other[-1] if other else 0.0,
        "like the thread's beginning": float(now @ h.root.vector) if h.root else 0.0,
    }


def context(s: Scene) -> dict[str, float]:
    """Named values, mostly within 0..1, of the place of a turn in its talk; at most eight turns are read."""
    h = _Heard.of(s)
    return _who(s) | _when(s) | _talk(s, h) | _course(s, h) | _whose(s, h) | _adds(s, h) | _alike(h)
