"""Commands that put a standing sign on a thread or take it off: resolve, reopen, mute, unmute, snooze."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.config import Rules
from bot.dialogue import answers, commands, lifecycle, replies
from bot.events import Command
from bot.models import Mark, Thread
from bot.outcomes import Outcome

SETS = {"resolve": "resolved", "mute": "muted", "snooze": "snoozed", "reopen": "reopened"}
TAKES = {"reopen": "resolved", "unmute": "muted"}
VERBS = frozenset((*SETS, *TAKES))
RIVALS = ({"resolve", "reopen"}, {"mute", "unmute"}, {"snooze"})
"""Commands of which the last one given counts, in whatever order they are heard."""


def mark(command: Command, thread: Thread, verb: str, argument: str, rules: Rules, now: float) -> Outcome:
    """The outcome of one of VERBS; a snooze needs a length of time, a mute may have one."""
    length = commands.duration(argument) if verb in commands.TIMED else None
    if verb == "snooze" and length is None:
        return replies.say(command, answers.refusal("duration", rules))
    at = command.at
    newest = not _overtaken(thread, verb, at)
    marks = (Mark(SETS[verb], command.actor, at, at + length if length else None),) if newest and verb in SETS else ()
    older = {mark.name for mark in thread.marks if mark.at <= at}
    unmark = (TAKES[verb],) if newest and TAKES.get(verb) in older else ()
    gone = {*unmark, *(mark.name for mark in marks)}
    left = replace(thread, marks=(*(mark for mark in thread.marks if mark.name not in gone), *marks))
    if length:
        timed = {"mute": "mute_for", "snooze": "snooze_until"}[verb]
        message = answers.receipt(timed, rules, until=moment(at + length, rules))
    else:
        message = answers.receipt(verb, rules)
    return replace(
        replies.say(command, message), thread_id=thread.id, channel_id=thread.channel_id, version=thread.version,
        marks=marks, unmark=unmark, state=lifecycle.state(left, now, rules), cancel=verb in ("resolve", "mute"),
    )  # fmt: skip


def _overtaken(thread: Thread, verb: str, at: float) -> bool:
    """Whether the opposite, or the same again, was said to Vigil or done by a reaction later than `at`."""
    rivals = next(group for group in RIVALS if verb in group)
    said = (turn for turn in thread.human_turns() if turn.addressed and turn.sent_at > at)
    name = SETS.get(verb) or TAKES[verb]
    return any(commands.parse(turn.text)[0] in rivals for turn in said) or any(
        mark.at > at for mark in thread.marks if mark.name == name
    )


def moment(at: float, rules: Rules) -> str:
    """A time in the channel's own zone, such as `2026-11-18 14:30 (Europe/Madrid)`."""
    try:
        zone = ZoneInfo(rules.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M} ({zone.key})"
