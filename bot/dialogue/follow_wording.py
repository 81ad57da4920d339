"""Has a language model name what a quiet thread still waits for, and keeps it only where the thread's turns say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.config import Rules
from bot.dialogue import lifecycle, transcribing, vetting
from bot.dialogue.nudging import SUGGESTED, FollowUp
from bot.dialogue.support import Support
from bot.dialogue.wording import say, speechless
from bot.events import Turn
from bot.llm.base import Ask, Call, Data, Speechless, Task, Voice
from bot.llm.prompts import prompt
from bot.models import State, Thread

LONGEST = 160  # characters of what is awaited
LABELS = 6
ANSWER = 200  # tokens
MOST, SECONDS = 10, 10.0
"""Calls in one run of the errand, and seconds after which it makes no more: after an outage many may be due at once."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a thread waits for in one phrase ("" where it does not say), and the labels of the turns that say so."""

    what: str
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What may be said to be awaited, "" for nothing; the calls made on the way, and a word on why nothing came of them."""

    what: str = ""
    calls: tuple[Call, ...] = ()
    note: str = ""


class FollowWording:
    """Used by one errand at a time; `clock` gives epoch seconds. Once a call failed, none is made until the next run."""

    def __init__(self, voice: Voice, support: Support, clock: Callable[[], float]) -> None:
        self._voice, self._support, self._clock = voice, support, clock
        self._left, self._until, self._failed = 0, 0.0, ""

    def begin(self) -> None:
        """A run of the errand begins."""
        self._left, self._until, self._failed = MOST, self._clock() + SECONDS, ""

    def named(self, thread: Thread, due: FollowUp, rules: Rules) -> Named:
        """What the follow-up should say is awaited. Whoever must act next is for the code to know, not for the model."""
        turns = _turns(thread, due)
        if not turns or (not self._failed and (self._left <= 0 or self._clock() >= self._until)):
            return Named()
        if self._failed:
            return Named(note=_unread(self._failed, rules))
        self._left -= 1
        try:
            reply = self._voice.ask(_ask(thread, due, rules))
        except Speechless as silent:
            self._failed = silent.why
            calls = (silent.call,) if silent.call is not None else ()
            return Named("", calls, _unread(silent.why, rules))
        said = reply.value or Awaited("", ())
        if what := self._kept(said, turns):
            return Named(what, (reply.call,))
        return Named("", (reply.call,), say(rules.language, "follow_unfounded"))

    def _kept(self, said: Awaited, turns: dict[str, Turn]) -> str:
        """The phrase, where one of the turns it names carries it, and nothing in it could do more than be read."""
        what = " ".join(said.what.split()).rstrip(".。!！?？")
        if not what or len(what) > LONGEST or "```" in what or not vetting.clean(what):
            return ""
        told = [turns[label].text for name in said.turns[:LABELS] if (label := name.strip(" []")) in turns]
        return what if told and self._support.carries(what, told) else ""


def _unread(why: str, rules: Rules) -> str:
    return say(rules.language, "follow_unread", why=speechless(rules.language, why))


def _ask(thread: Thread, due: FollowUp, rules: Rules) -> Ask[Awaited]:
    waiting = "the asker" if due.person == thread.asker else "a helper"
    told = replace(thread, turns=tuple(turn for turn in thread.turns if not turn.own))
    data = (
        Data("language", rules.language),
        Data("waiting", f"{waiting} is to act next"),
        Data("thread", transcribing.of(told)),
    )
    return Ask(Task.FOLLOW_UP, prompt(Task.FOLLOW_UP), data, Awaited, thread.channel_id, ANSWER)


def _turns(thread: Thread, due: FollowUp) -> dict[str, Turn]:
    """By label the turns that can say what is awaited; none where the opening is all there is, which is quoted anyway.

    Of an asker something is awaited by the others, and of helpers by the asker, or by their own promise.
    """
    if due.escalates or due.state == SUGGESTED or not lifecycle.answerers(thread):
        return {}
    told = replace(thread, turns=tuple(turn for turn in thread.turns if not turn.own))
    others = due.state == State.WAITING_ON_ASKER
    return {
        label: turn
        for label, turn in transcribing.labels(told).items()
        if (turn.human or turn.id == thread.id) and not (others and turn.author == thread.asker)
    }
