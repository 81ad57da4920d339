"""Tells which turns are in doubt, and asks a model about them, once something worth saying was found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bot.config import Rules
from bot.dialogue import transcribing
from bot.llm.base import Ask, Call, Data, Speechless, Task, Voice
from bot.llm.prompts import prompt
from bot.models import Score, Suggestion, Thread

Why = Literal["wants_help", "no_request", "answered", "chatter", "other_subject", "unclear"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says of a turn in doubt: is help wanted after it, does the answer fit it, and why in a word."""

    needed: bool
    answers: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether to speak: yes, no, or None where the model said nothing usable (`failure`); `why` is a word of Why."""

    speaks: bool | None
    why: str = ""
    failure: str = ""
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Scores in doubt: `lowest` and above, below `highest` or the channel's threshold, whichever is more.

    Where a channel asks for more than its mode does (people marked it so, or its rules say so), both move up by as much.
    """

    lowest: float
    highest: float

    def over(self, need: float, rules: Rules) -> bool:
        """Whether a score is in doubt under these rules."""
        raised = max(0.0, rules.speaks_at - replace(rules, threshold=0.0).speaks_at)
        return self.lowest + raised <= need < max(self.highest + raised, rules.speaks_at)

    def admitting(self, score: Score, rules: Rules) -> Rules:
        """The rules by which a turn goes on to be held and searched for: where it is in doubt, they ask for no more than it has."""
        if score.addressed or score.need >= rules.speaks_at or not self.over(score.need, rules):
            return rules
        return replace(rules, threshold=max(score.need, 1e-9))


def judge(thread: Thread, score: Score, suggestion: Suggestion, voice: Voice) -> Opinion:
    """Ask once whether help is wanted after the scored turn and whether the suggestion is it."""
    label = next((name for name, turn in transcribing.labels(thread).items() if turn.id == score.turn_id), "")
    data = (
        Data("thread", transcribing.of(thread)),
        Data("turn", label or "the last"),
        Data("answer", suggestion.text),
        *(Data("source", hit.entry.case.title) for hit in suggestion.citations),
    )
    try:
        reply = voice.ask(Ask(Task.JUDGE, prompt(Task.JUDGE), data, Judged, thread.channel_id, most=128))
    except Speechless as silent:
        return Opinion(None, failure=silent.why, call=silent.call)
    if reply.value is None:
        return Opinion(None, failure="garbled", call=reply.call)
    return Opinion(reply.value.needed and reply.value.answers, reply.value.why, call=reply.call)
