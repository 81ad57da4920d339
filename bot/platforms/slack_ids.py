"""Slack's own names for places and messages, Vigil's ids made of them, and permalinks; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from bot.models import VigilError

STAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")
NATIVE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
PERMALINK = re.compile(r"https?://[^\s<>|/]+/archives/([A-Z0-9]{2,32})/p([0-9]{7,18})(?:\?([^\s<>|)\]]*))?")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Vigil is in one workspace: the ids of the team, of its bot user, of its bot and (if known) of its app.

    `url` is the workspace's own address, from which the addresses of its messages are made; `enterprise` is the Grid
    that the workspace belongs to, "" for none.
    """

    team: str
    user: str
    bot: str = ""
    app: str = ""
    url: str = ""
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of an id: team, channel and, for a turn, its timestamp ("" for a channel)."""

    team: str
    channel: str
    ts: str = ""


def channel_id(team: str, channel: str) -> str:
    return f"slack:{team}:{channel}"


def turn_id(team: str, channel: str, ts: str) -> str:
    return f"slack:{team}:{channel}:{ts}"


def place(known: str) -> Place:
    """The parts of a channel's or turn's id; raises VigilError when it is none of Slack's."""
    parts = known.split(":")
    if parts[0] != "slack" or len(parts) not in (3, 4):
        raise VigilError(f"{known!r} is not an id of Slack's; expected slack:TEAM:CHANNEL or slack:TEAM:CHANNEL:TS")
    return Place(*parts[1:])


def seconds(ts: str) -> float:
    """A Slack timestamp in epoch seconds; 0 when it is none."""
    return float(ts) if STAMP.fullmatch(ts) else 0.0


def linked(text: str, team: str) -> tuple[str, str, str] | None:
    """The first permalink in `text` (any host) as (turn id, thread id, the text without it); None without one."""
    found = PERMALINK.search(text)
    if found is None:
        return None
    channel, digits, query = found.groups()
    ts = f"{digits[:-6]}.{digits[-6:]}"
    root = parse_qs((query or "").replace("&amp;", "&")).get("thread_ts", [""])[0]
    thread = root if STAMP.fullmatch(root) else ts
    rest = re.sub(r"<\s*(\|[^>]*)?>", " ", text[: found.start()] + text[found.end() :])
    return turn_id(team, channel, ts), turn_id(team, channel, thread), " ".join(rest.split())


def linked_turn(text: str, team: str) -> tuple[str, str] | None:
    """(turn id, thread id) of the first permalink in `text`."""
    found = linked(text, team)
    return (found[0], found[1]) if found else None
