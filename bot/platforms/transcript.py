"""A recorded channel becomes turns as a platform would deliver them: in order, with ids, threads and mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.events import Turn
from bot.messages import Channel
from bot.platforms.slack_text import plain
from bot.platforms.transcript_export import read_export
from bot.platforms.transcript_resolved import Resolved, read_resolved
from bot.platforms.transcript_rows import OnBad, Row, TranscriptError, read_jsonl

FLAT = ("irc_", "gitter_", "slack_racket", "slack_elm", "slack_clojurians")
SLACK = "slack_"
DISORDER = 0.05
LATE = 3600.0
TICK = 0.001
TAGGED = re.compile(r"<@([^<>|\s]{1,80})(?:\|[^<>\n]{0,80})?>")
AT = re.compile(r"(?<![\w@.])@(?:\*\*([^*\n]{1,80})\*\*|([\w.\-|\[\]`^{}]{2,60}))")
CALLED = re.compile(r"\s*([^\s:,<>]{2,60})[:,](?:\s|$)")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A recording: its channels and its turns in order of time; `flat` has no threads, every turn is its own root.

    Texts are as recorded: whoever plays them redacts them first. `marks` are reactions' names (and "resolved") by turn id,
    as they stood when the recording was made: later than the turn, so never to be shown to whoever judges it.
    `resolved` are marks whose time is known, to be played as the events they were.
    """

    name: str
    channels: tuple[Channel, ...]
    turns: tuple[Turn, ...]
    flat: bool
    marks: Mapping[str, frozenset[str]]
    resolved: tuple[Resolved, ...] = ()


def read_transcript(path: Path, on_bad: OnBad, as_filed: bool = False) -> Transcript:
    """Read a recording (JSONL, plain or .gz, or a Slack export zip); raises TranscriptError in one line.

    `as_filed` takes one whose time runs back in the order of the file, each step back beginning another talk an hour on.
    """
    export = path.name.lower().endswith(".zip")
    rows = list((read_export if export else read_jsonl)(path, on_bad))
    if not rows:
        raise TranscriptError(f"{path}: holds no message; each line needs channel, user, ts and text")
    if as_filed:
        rows = list(_onward(rows))
    _in_order(path, rows)
    name = stem(path)
    flat = not export and (name.startswith(FLAT) or any(row.labelled for row in rows))
    rows = [_storable(row) for row in sorted(rows, key=lambda row: row.at)]
    turns = tuple(_turns(name, rows, flat))
    named = {turn.channel_id: row.channel for turn, row in zip(turns, rows, strict=True)}
    channels = tuple(Channel(key, called, team=_team(name)) for key, called in named.items())
    marks = {turn.id: row.marks for turn, row in zip(turns, rows, strict=True) if row.marks}
    roots = {row.thread: turn.thread_id for turn, row in zip(turns, rows, strict=True) if row.thread and not flat}
    return Transcript(name, channels, turns, flat, marks, () if as_filed else read_resolved(path, roots))


def stem(path: Path) -> str:
    """The file's name without its endings, fit to be a part of an id."""
    name = re.sub(r"(\.jsonl|\.ndjson|\.json|\.zip)?(\.gz)?$", "", path.name)
    return _part(name) or "transcript"


def _storable(row: Row) -> Row:
    """The row without halves of characters, which JSON can carry and a database cannot."""
    broken = [name for name in ("channel", "author", "text") if not getattr(row, name).isascii()]
    whole = {name: getattr(row, name).encode("utf-8", "replace").decode("utf-8") for name in broken}
    return replace(row, **whole) if broken else row


def _part(text: str) -> str:
    return re.sub(r"[:\s]+", "-", text.strip())


def _team(name: str) -> str:
    return f"transcript:{name}"


def _in_order(path: Path, rows: Sequence[Row]) -> None:
    """A few rows may stand late; a file whose time runs back again and again was not recorded in this order.

    An export is written channel by channel: there each channel must be in order by itself.
    """
    newest: dict[str, float] = {}
    late = 0
    for row in rows:
        lane = row.channel if row.slack else ""
        late += row.at < newest.get(lane, row.at) - LATE
        newest[lane] = max(row.at, newest.get(lane, row.at))
    if late > max(3, DISORDER * len(rows)):
        raise TranscriptError(
            f"{path}: not in order of time ({late} of {len(rows)} messages are over an hour older than one before them), "
            "so it cannot be played as it happened"
        )


def _onward(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, moved to later times where the time ran back."""
    newest, ahead = rows[0].at, 0.0
    for row in rows:
        if row.at + ahead < newest - LATE:
            ahead = newest + LATE - row.at
        at = newest = max(newest, row.at + ahead)
        yield replace(row, at=at)


def _turns(name: str, rows: Iterable[Row], flat: bool) -> Iterable[Turn]:
    """Turns in order; a moment is added where two share a time, so that what came later stays later."""
    roots: dict[tuple[str, str], str] = {}
    people: dict[str, dict[str, str]] = {}
    at = 0.0
    for row in rows:
        at = max(row.at, at + TICK)
        channel_id = f"{_team(name)}:{_part(row.channel)}"
        turn_id = f"{channel_id}:{row.place}"
        known = people.setdefault(row.channel, {})
        root = turn_id if flat or not row.thread else roots.setdefault((row.channel, row.thread), turn_id)
        turn = Turn(turn_id, root, channel_id, row.author, row.text, at, row.is_bot, system=row.system, files=row.files)
        yield replace(
            turn,
            text=plain(row.text) if row.slack or name.startswith(SLACK) else row.text,
            mentions=_mentions(row, known, flat),
        )
        if not row.system:
            known.setdefault(row.author.lower(), row.author)


def _mentions(row: Row, known: dict[str, str], flat: bool) -> tuple[str, ...]:
    """Whom the text names: tagged people, `@name`, and in a flat channel a leading `name:` of somebody heard there."""
    found = [tag[1] for tag in TAGGED.finditer(row.text)]
    found += [name for at in AT.finditer(row.text) if (name := known.get((at[1] or at[2]).rstrip(".-").lower()))]
    called = CALLED.match(row.text) if flat else None
    if called and called[1].lower() in known:
        found.append(known[called[1].lower()])
    return tuple(dict.fromkeys(found))
