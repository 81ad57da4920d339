"""Rows of a Slack export zip: a folder a channel, a file a day, and the people in users.json."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from bot.platforms.transcript_rows import OnBad, Row, TranscriptError, marks, seconds

MOST_FILES = 100_000
MOST_BYTES = 2 * 1024**3
MEMBER_BYTES = 64 * 1024**2
MOST_RATIO = 200
RATIO_FREE = 1024**2  # small members may be very repetitive and do no harm
DAY = re.compile(r"(?P<channel>[^/]+)/(?P<day>\d{4}-\d{2}-\d{2})\.json")
SPOKEN = ("", "thread_broadcast", "file_share", "me_message", "bot_message")


def read_export(path: Path, on_bad: OnBad) -> Iterator[Row]:
    """The messages of every channel, day by day; raises TranscriptError when it is no usable export."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(path, archive)
            bots = {
                user["id"] for user in _objects(archive, "users.json", on_bad) if user.get("is_bot") and "id" in user
            }
            days = [found for name in sorted(archive.namelist()) if (found := DAY.fullmatch(name))]
            if not days:
                raise TranscriptError(f"{path}: not a Slack export: no CHANNEL/YYYY-MM-DD.json in it")
            for day in days:
                yield from _day(archive, day, frozenset(bots), on_bad)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as trouble:
        raise TranscriptError(f"{path}: the zip is damaged: {trouble}") from None


def _check(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack without end, or names files outside itself; nothing is ever written."""
    members = archive.infolist()
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > MOST_BYTES:
        raise TranscriptError(f"{path}: the zip would unpack too big")
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts:
            raise TranscriptError(f"{path}: the zip names files outside itself")
        if member.flag_bits & 1:
            raise TranscriptError(f"{path}: the zip is encrypted")
        dense = member.file_size > MOST_RATIO * max(1, member.compress_size) and member.file_size > RATIO_FREE
        if dense or member.file_size > MEMBER_BYTES:
            raise TranscriptError(f"{path}: the zip would unpack too big ({member.filename[:60]})")


def _objects(archive: zipfile.ZipFile, name: str, on_bad: OnBad) -> list[dict[str, Any]]:
    """The JSON objects listed in a member, [] where it is missing or no such list."""
    if name not in archive.NameToInfo:
        return []
    with archive.open(name) as stream:
        data = stream.read(MEMBER_BYTES + 1)
    try:
        rows = json.loads(data) if len(data) <= MEMBER_BYTES else None
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        on_bad(name, "not a list in JSON")
        return []
    return [row for row in rows if isinstance(row, dict)]


def _day(archive: zipfile.ZipFile, day: re.Match[str], bots: frozenset[str], on_bad: OnBad) -> Iterator[Row]:
    for number, body in enumerate(_objects(archive, day[0], on_bad)):
        why = _lacks(body)
        if why:
            on_bad(f"{day[0]} message {number + 1}", why)
        elif body["text"].strip() or body.get("files"):
            yield _row(f"{day['day']}.{number}", day["channel"], body, bots)


def _lacks(body: Mapping[str, Any]) -> str:
    if not isinstance(body.get("text"), str):
        return "no text"
    if not (isinstance(body.get("user"), str) or isinstance(body.get("bot_id"), str)):
        return "no user"
    try:
        seconds(str(body.get("ts")))
    except (ValueError, OverflowError):
        return "no ts"
    return ""


def _row(place: str, channel: str, body: Mapping[str, Any], bots: frozenset[str]) -> Row:
    author = str(body.get("user") or body.get("bot_id"))
    subtype = str(body.get("subtype") or "")
    listed = body.get("files")
    files = [str(f.get("name") or "file") for f in listed if isinstance(f, dict)] if isinstance(listed, list) else []
    return Row(
        place=place,
        channel=channel,
        author=author,
        text=body["text"],
        at=seconds(str(body["ts"])),
        thread=str(body.get("thread_ts") or body["ts"]),
        is_bot=bool(body.get("bot_id")) or author in bots,
        system=subtype not in SPOKEN,
        slack=True,
        files=tuple(files),
        marks=marks(body),
    )
