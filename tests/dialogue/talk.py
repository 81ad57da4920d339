"""Small conversations for tests, written as a chat script: `"amy: it fails", "+5 bob: try this"`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config import Rules
from bot.events import Reaction, Turn
from bot.models import Mark, Score, Thread
from knowledge.models import Audience, Case, Entry, Hit, Kind, Status

START = datetime(2026, 11, 18, 10, 0, tzinfo=ZoneInfo("UTC")).timestamp()  # a Wednesday morning
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
CHANNEL = "slack:T1:C1"
HELPERS = frozenset({"bob", "kim"})
RULES = Rules(mode="public", threshold=0.5)
LINE = re.compile(r"(?:\+(\d+)\s+)?(\w+)(!?)\s*:\s*(.*)", re.DOTALL)


def thread(*lines: str, helpers: frozenset[str] = HELPERS, marks: tuple[Mark, ...] = ()) -> Thread:
    """A thread from lines `[+minutes] who: text`; `vigil` is Vigil itself, `who!` addresses it, `alarm` is a bot."""
    at, turns = START, []
    for number, line in enumerate(lines):
        found = LINE.fullmatch(line)
        assert found, line
        minutes, who, loud, text = found.groups()
        at += float(minutes or (1 if number else 0)) * MINUTE
        turns.append(
            Turn(
                f"{CHANNEL}:{number + 1}",
                f"{CHANNEL}:1",
                CHANNEL,
                who,
                text,
                at,
                is_bot=who in ("vigil", "alarm"),
                own=who == "vigil",
                addressed=bool(loud),
            )
        )
    return Thread(f"{CHANNEL}:1", CHANNEL, tuple(turns), helpers, marks)


def marked(talk: Thread, name: str, at: float | None = None, until: float | None = None) -> Thread:
    """The thread with one more mark, by default set just after its last turn."""
    when = talk.last.sent_at + 1 if at is None else at
    return replace(talk, marks=(*talk.marks, Mark(name, "kim", when, until)))


def reacted(talk: Thread, number: int, name: str, added: bool = True, actor: str = "amy") -> Thread:
    """The thread with a reaction to its turn of that number (from 1)."""
    reaction = Reaction(talk.turns[number - 1].id, actor, name, added, talk.last.sent_at + 1 + len(talk.reactions))
    return replace(talk, reactions=(*talk.reactions, reaction))


def score(talk: Thread, need: float = 0.9, addressed: bool = False, number: int = 0, query: str = "") -> Score:
    """A score for the turn of that number (from 1), by default the last."""
    turn = talk.turns[number - 1] if number else talk.last
    return Score(need, (("asks a question", 0.4),), query or talk.root.text, turn.id, addressed)


def hit(
    resolution: str, helpful: float = 0.8, kind: Kind = Kind.SECTION, id: int = 1, title: str = "Disk full",
    problem: str = "Storage > Disk full", passage: str = "", source: str = "", cause: str = "",
) -> Hit:  # fmt: skip
    """A found entry, as the knowledge library hands it over."""
    case = Case(
        kind,
        title,
        problem,
        resolution,
        Audience.everyone(),
        source or f"file:{id}.md#a",
        f"https://docs.example/{id}",
        cause=cause,
        happened_at=START - 12 * DAY,
    )
    entry = Entry(id, case, 1, Status.LIVE, id, START - 12 * DAY)
    return Hit(entry, 0.03, helpful, passage or f"{problem}\n{resolution}", 0.5, 3.0)
