"""Writes a thread down for a language model: a line a turn, people by role and number, the middle of a long one left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.dialogue.cues import NAME
from bot.events import Turn
from bot.models import Role, Thread

LIMIT = 12_000  # characters of a transcript
TURN = 3_000  # of one turn
CUT = "[… {count} turns left out …]"
MENTION = re.compile(rf"(?<![\w.@])(?:{NAME.pattern})")
ID = re.compile(r"[UW][A-Z0-9]{3,20}|o[nu]_\w{4,80}")  # of a person, on one platform or the other


def of(thread: Thread, names: Mapping[str, str] | None = None, limit: int = LIMIT) -> str:
    """The thread's standing turns as `[t3] asker, 14:02: words`, labels as `labels` gives them, times in UTC.

    People appear by role and number (`asker`, `helper 1`), or as `names` (by id) calls them. Of a thread longer than
    `limit` characters the opening and the last turns stay.
    """
    called = {**people(thread), **(names or {})}
    ids = {turn.id: label for label, turn in labels(thread).items()}
    lines = [_line(turn, ids[turn.id], called) for turn in thread.turns if turn.id in ids]
    if sum(map(len, lines)) + len(lines) <= limit or len(lines) < 3:
        return "\n".join(lines)
    room, kept = limit - len(lines[0]) - len(CUT), list[str]()
    for line in reversed(lines[1:]):
        room -= len(line) + 1
        if room < 0 and kept:
            break
        kept.append(line)
    left = len(lines) - 1 - len(kept)
    return "\n".join([lines[0], *([CUT.format(count=left)] if left else []), *reversed(kept)])


def labels(thread: Thread) -> dict[str, Turn]:
    """What each standing turn is called in the transcript: t1, t2 ... in order; the numbers never depend on the limit."""
    standing = [turn for turn in thread.turns if not turn.deleted and not turn.system and turn.text.strip()]
    return {f"t{number}": turn for number, turn in enumerate(standing, 1)}


def people(thread: Thread) -> dict[str, str]:
    """Each author's role, numbered where several have it: `asker`, `helper 1`, `person 2`, `vigil`, `bot 1`."""
    called, counts = dict[str, str](), dict[str, int]()
    for turn in thread.turns:
        if turn.author in called:
            continue
        name = _role(thread, turn)
        counts[name] = counts.get(name, 0) + 1
        called[turn.author] = name if name in ("asker", "vigil") else f"{name} {counts[name]}"
    return called


def _role(thread: Thread, turn: Turn) -> str:
    if turn.own:
        return "vigil"
    role = thread.role_of(turn)
    return "person" if role is Role.STRANGER else str(role)


def _line(turn: Turn, label: str, called: Mapping[str, str]) -> str:
    at = datetime.fromtimestamp(turn.sent_at, UTC)
    said = MENTION.sub(lambda found: _mention(found, called), turn.text.strip())
    said = said if len(said) <= TURN else f"{said[: 2 * TURN // 3].rstrip()} … {said[-TURN // 3 :].lstrip()}"
    words = "\n    ".join(
        said.splitlines()
    )  # so that no line of a message, however it is broken, looks like another turn
    return f"[{label}] {called[turn.author]}, {at:%H:%M}: {words}"


def _mention(found: re.Match[str], called: Mapping[str, str]) -> str:
    """A mention as the role of whom it means, if that person speaks here; `(@angular/core` is none and stays."""
    written = found.group()
    person = written.strip("<@>").partition("|")[0].strip("*")
    known = next((name for author, name in called.items() if author == person or author.endswith(f":{person}")), None)
    if known:
        return f"@{known}"
    alone = written[1] in "@*" or not found.start() or found.string[found.start() - 1].isspace()
    return "@somebody" if alone or ID.fullmatch(person.rstrip(".-")) else written
