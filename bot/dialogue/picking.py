"""Offers threads to choose from, for a command that does not say which one it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, commands, summary
from bot.dialogue.base import Directory
from bot.dialogue.tongue import rules_of
from bot.dialogue.wording import say
from bot.events import Command, channel_of
from bot.messages import Choice, Message
from bot.outcomes import ThreadRow
from bot.storage.base import Threads

OPEN = ("open", "waiting on asker", "waiting on helper", "stale", "reopened", "accepted")
ANY = (*OPEN, "resolved")
STATES = {"reopen": ("resolved",), "resolve": OPEN, "suggest": OPEN, "mute": OPEN, "snooze": OPEN}
MANY = 200
ARGUMENT = 40


class Picking:
    """Lists the threads that a person may choose from."""

    def __init__(self, threads: Threads, directory: Directory) -> None:
        self._threads, self._directory = threads, directory

    def offer(
        self, command: Command, verb: str, argument: str, rules: Rules, now: float
    ) -> tuple[Message, frozenset[str]]:
        """The channel's threads, needs first; in a direct conversation those of all channels, one's own first.

        With it come the channels whose threads are named.
        """
        states = STATES.get(verb, ANY)
        if self._directory.channel(command.channel_id).direct:
            rows = self._everywhere(command, states)
            message = _worded(answers.picker(_pick(verb, argument), rows, rules, now), "picker_any", rules)
            return message, frozenset(row.channel_id for row in rows[: answers.OPTIONS])
        rows = [row for row in self._threads.listed(states, command.channel_id, MANY) if row.title]
        rows.sort(key=lambda row: (row.need < rules.speaks_at, -row.last_at))
        message = answers.picker(_pick(verb, argument), rows, rules, now)
        message = message if states == OPEN else _worded(message, "picker_any", rules)
        return message, frozenset({command.channel_id})

    def this(self, verb: str, argument: str, thread_id: str, directory: Directory, now: float) -> Message:
        """One thread, to be confirmed."""
        channel_id = channel_of(thread_id)
        thread = self._threads.load(thread_id, channel_id, now)
        rules = rules_of(directory, thread)
        title = summary.topic(thread) if thread.turns else thread_id
        choice = Choice(
            f"vigil_pick_{_pick(verb, argument)}", say(rules.language, "picker_label"), ((title[:70], thread_id),)
        )  # fmt: skip
        return Message(say(rules.language, "picker_this"), choices=(choice,))

    def _everywhere(self, command: Command, states: Sequence[str]) -> list[ThreadRow]:
        rows = self._threads.listed(states, None, MANY)
        places = {row.channel_id for row in rows}
        able = {p for p in places if not self._directory.channel(p).direct and self._shown(p, command)}
        mine = [row for row in rows if row.title and row.channel_id in able]
        return sorted(mine, key=lambda row: (row.asker != command.actor, -row.last_at))

    def _shown(self, channel_id: str, command: Command) -> bool:
        """Whether the answer's readers may know of the channel: the actor, and in words all who read along."""
        if command.via == "mention" and not self._directory.may_pass(channel_id, command.channel_id):
            return False
        return self._directory.open_to(channel_id, command.actor)


def picked(action: str) -> tuple[str, str]:
    """(verb, argument) of the action of a choice that `offer` made."""
    verb, _, argument = action.removeprefix("vigil_pick_").partition(" ")
    return verb, argument


def _pick(verb: str, argument: str) -> str:
    """The verb, with the length of time that was asked for; the choice carries it along."""
    length = commands.TARGET.sub(" ", argument).strip()[:ARGUMENT]
    return f"{verb} {length}".strip() if verb in commands.TIMED else verb


def _worded(message: Message, key: str, rules: Rules) -> Message:
    if not message.choices:
        return replace(message, text=say(rules.language, "picker_nothing")) if key == "picker_any" else message
    return replace(message, text=say(rules.language, key))
