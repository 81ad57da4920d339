"""Commands that put a standing sign on a thread or take it off: resolve, reopen, mute, unmute, snooze."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.config import Rules
from bot.dialogue import answers, commands, replies
from bot.events import Command
from bot.models import Mark, State, Thread
from bot.outcomes import Outcome

SETS = {"resolve": "resolved", "mute": "muted", "snooze": "snoozed", "reopen": "reopened"}
TAKES = {"reopen": "resolved", "unmute": "muted"}
VERBS = frozenset((*SETS, *TAKES))
STATES = {"resolve": State.RESOLVED, "reopen": State.REOPENED}


def mark(command: Command, thread: Thread, verb: str, argument: str, rules: Rules, now: float) -> Outcome:
    """The outcome of one of VERBS; a snooze needs a length of time, a mute may have one."""
    length = commands.duration(argument) if verb in commands.TIMED else None
    if verb == "snooze" and length is None:
        return replies.say(command, answers.refusal("duration", rules))
    marks = (Mark(SETS[verb], command.actor, now, now + length if length else None),) if verb in SETS else ()
    if length:
        timed = {"mute": "mute_for", "snooze": "snooze_until"}[verb]
        message = answers.receipt(timed, rules, until=moment(now + length, rules))
    else:
        message = answers.receipt(verb, rules)
    return replace(
        replies.say(command, message), thread_id=thread.id, channel_id=thread.channel_id, version=thread.version,
        marks=marks, unmark=(TAKES[verb],) if verb in TAKES else (), state=STATES.get(verb),
        cancel=verb in ("resolve", "mute"),
    )  # fmt: skip


def moment(at: float, rules: Rules) -> str:
    """A time in the channel's own zone, such as `2026-11-18 14:30 (Europe/Madrid)`."""
    try:
        zone = ZoneInfo(rules.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M} ({zone.key})"
