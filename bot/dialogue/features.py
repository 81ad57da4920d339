"""What is known of a turn where it stands: who speaks, to whom, after what, and how the talk went before it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.dialogue.scenes import Scene
from bot.events import Turn
from bot.models import Role


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


def _whose(s: Scene) -> dict[str, float]:
    now = s.read(s.turn).own
    mine = [s.read(t).own * _near(s.minutes_since([t]), 600) for t in s.mine]
    other = [s.read(t).own * _near(s.minutes_since([t]), 600) * s.sure for t in s.other]
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
        "sounds in need after asking": now * _asked(s, s.mine),
        "asker sounds in need": now * float(s.reply and s.turn.author == s.thread.asker),
    }


def context(s: Scene) -> dict[str, float]:
    """Named values, mostly within 0..1, of the place of a turn in its talk; at most ten other turns are read."""
    return _who(s) | _when(s) | _talk(s) | _course(s) | _whose(s)
