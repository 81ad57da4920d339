"""Slack export zips: each thread of a public channel that somebody else answered becomes a precedent."""

from __future__ import annotations

import html
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import re2

from knowledge.documents import Document, OnSkip, Place, UnreadableError, whole
from knowledge.models import Case, Kind

_MOST_FILES = 100_000
_MOST_BYTES = 2 * 1024 * 1024 * 1024
_MEMBER_BYTES = 64 * 1024 * 1024
_MOST_RATIO = 200
_RATIO_FREE = 1024 * 1024  # small members may be very repetitive and do no harm
_MARK: Any = re2.compile(r"<([^<>\n]+)>")
_DAY: Any = re2.compile(r"\d{4}-\d{2}-\d{2}\.json")
_SPOKEN = ("", "thread_broadcast", "file_share", "me_message")

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Export:
    place: Place
    archive: zipfile.ZipFile
    users: Mapping[str, str]
    days: Mapping[str, list[str]]  # by channel's name


def read_export(place: Place, on_skip: OnSkip) -> Iterator[Document]:
    """One document for each public channel; bad days are reported. Raises UnreadableError when it is no export."""
    try:
        with zipfile.ZipFile(place.path) as archive:
            _check(archive)
            users = {u["id"]: _name(u) for u in _objects(archive, "users.json") if isinstance(u.get("id"), str)}
            export = _Export(place, archive, users, _days(archive))
            if "channels.json" not in archive.NameToInfo:
                raise UnreadableError("the zip is not a Slack export: it holds no channels.json")
            for channel in _objects(archive, "channels.json"):
                if isinstance(channel.get("id"), str) and isinstance(channel.get("name"), str):
                    yield _channel(export, channel["id"], channel["name"], on_skip)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadableError(f"the zip file is damaged ({error})") from error


def _check(archive: zipfile.ZipFile) -> None:
    """Refuses archives that would unpack without end or that name files outside themselves; nothing is written."""
    members = archive.infolist()
    if len(members) > _MOST_FILES or sum(m.file_size for m in members) > _MOST_BYTES:
        raise UnreadableError("the zip would unpack too big")
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise UnreadableError("the zip names files outside itself")
        if member.flag_bits & 1:
            raise UnreadableError("the zip is encrypted")
        dense = member.file_size > _MOST_RATIO * max(1, member.compress_size) and member.file_size > _RATIO_FREE
        if dense or member.file_size > _MEMBER_BYTES:
            raise UnreadableError(f"the zip would unpack too big ({member.filename[:60]})")


def _days(archive: zipfile.ZipFile) -> Mapping[str, list[str]]:
    """The days of each channel, in order; an archive may hold a hundred thousand of both."""
    found: dict[str, list[str]] = {}
    for member in sorted(archive.NameToInfo):
        channel, _, day = member.partition("/")
        if _DAY.fullmatch(day):
            found.setdefault(channel, []).append(member)
    return found


def _objects(archive: zipfile.ZipFile, name: str) -> list[Message]:
    """The JSON objects listed in a member, [] when it is not there; raises UnreadableError when it is no such list."""
    if name not in archive.NameToInfo:
        return []
    with archive.open(name) as stream:
        data = stream.read(_MEMBER_BYTES + 1)
    try:
        rows = json.loads(data) if len(data) <= _MEMBER_BYTES else None
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        raise UnreadableError(f"{name} is not a list in JSON")
    return [row for row in rows if isinstance(row, dict)]


def _name(user: Message) -> str:
    profile = user.get("profile") if isinstance(user.get("profile"), dict) else {}
    return str((profile or {}).get("display_name") or user.get("name") or user["id"])


def _channel(export: _Export, channel_id: str, name: str, on_skip: OnSkip) -> Document:
    messages: list[Message] = []
    complete = True
    for member in export.days.get(name, ()):
        try:
            messages += (m for m in _objects(export.archive, member) if _is_spoken(m))
        except UnreadableError as error:
            complete = False
            on_skip(export.place.path, str(error))
    container = f"{export.place.container}#{channel_id}"
    cases = tuple(case for thread in _threads(messages) if (case := _case(export, channel_id, container, thread)))
    return Document(container, cases, complete)


def _is_spoken(message: Message) -> bool:
    """Whether a person said it: not a bot, not a note of the system, and with words in it."""
    ts, text = message.get("ts"), message.get("text")
    said = isinstance(text, str) and bool(text.strip()) and isinstance(message.get("user"), str)
    human = not message.get("bot_id") and message.get("subtype", "") in _SPOKEN
    return said and human and isinstance(ts, str) and _seconds(ts) > 0


def _threads(messages: Iterable[Message]) -> list[list[Message]]:
    """Messages by thread, root first, in order of time; threads without a root or a reply are left out."""
    threads: dict[str, dict[str, Message]] = {}
    for message in sorted(messages, key=lambda m: _seconds(m["ts"])):
        threads.setdefault(str(message.get("thread_ts") or message["ts"]), {})[message["ts"]] = message
    return [list(turns.values()) for root, turns in threads.items() if root in turns and len(turns) > 1]


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0


def _case(export: _Export, channel_id: str, container: str, thread: list[Message]) -> Case | None:
    """The thread as a precedent, None when only its asker spoke."""
    root, asker = thread[0], thread[0]["user"]
    replies = [plain(m["text"], export.users) for m in thread if m["user"] != asker]
    if not any(replies):
        return None
    problem = plain(root["text"], export.users)
    base = export.place.base_url.rstrip("/")
    anchor = f"{channel_id}/{root['ts']}"
    return Case(
        Kind.PRECEDENT,
        _title(problem),
        problem,
        "\n\n".join(reply for reply in replies if reply),
        export.place.audience,
        source=f"{export.place.container}#{anchor}",
        url=f"{base}/archives/{channel_id}/p{root['ts'].replace('.', '')}" if base else export.place.url(anchor),
        authors=tuple(dict.fromkeys(m["user"] for m in thread)),
        happened_at=_seconds(thread[-1]["ts"]),
        turns=tuple(f"{channel_id}:{m['ts']}" for m in thread),
        container=container,
    )


def _title(problem: str) -> str:
    line = next((line.strip() for line in problem.splitlines() if line.strip()), "")
    return line if len(line) <= 80 else f"{line[:79].rsplit(' ', 1)[0]}…"


def plain(text: str, users: Mapping[str, str]) -> str:
    """Slack's mrkdwn as plain text: links as `label (address)`, mentions as names, entities as characters."""
    return whole(html.unescape(_MARK.sub(lambda match: _mark(match.group(1), users), whole(text)))).strip()


def _mark(inner: str, users: Mapping[str, str]) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return f"@{label or users.get(target[1:], target[1:])}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    return f"{label} ({target})" if label and label != target and not target.endswith(label) else target
