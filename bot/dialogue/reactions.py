"""What a person's several reactions to one message say together, whatever the order they were heard in; pure."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Rules
from bot.dialogue import commands, feedback
from bot.dialogue.feedback import Meaning
from bot.events import Reaction
from bot.models import Thread
from bot.outcomes import Outcome

SAID = {Meaning.HELPFUL: True, Meaning.RESOLVED: True, Meaning.UNHELPFUL: False}


def same(one: Reaction, other: Reaction) -> bool:
    """Whether both are the same person's same reaction to the same message."""
    return (one.turn_id, one.actor, one.name) == (other.turn_id, other.actor, other.name)


def resolving(thread: Thread) -> list[tuple[str, float]]:
    """(who, when) of the commands in words to resolve the thread."""
    said = (turn for turn in thread.human_turns() if turn.addressed)
    return [(turn.author, turn.sent_at) for turn in said if commands.parse(turn.text)[0] == "resolve"]


def overruled(thread: Thread, reaction: Reaction, rules: Rules) -> bool:
    """Whether the person has reacted to the same message later with another verdict, which stands."""
    return reaction.added and any(
        r.at > reaction.at and (r.turn_id, r.actor) == (reaction.turn_id, reaction.actor)
        and feedback.meaning(r.name, rules) in SAID
        for r in thread.reactions
    )  # fmt: skip


def restored(outcome: Outcome, thread: Thread, gone: Reaction, rules: Rules) -> Outcome:
    """A reaction that is taken back leaves in force what the person's other reactions to that message still say."""
    others = [r for r in thread.reactions if (r.turn_id, r.actor) == (gone.turn_id, gone.actor) and r.name != gone.name]
    left = [SAID[meant] for r in others if (meant := feedback.meaning(r.name, rules)) in SAID]
    if not left or not outcome.feedback:
        return outcome
    given, helpful = outcome.feedback[-1], left[-1]
    if given.helpful is helpful:
        return replace(outcome, feedback=(), counts=())
    counts = tuple((entry, up + helpful, down + (not helpful)) for entry, up, down in outcome.counts)
    return replace(outcome, feedback=(replace(given, helpful=helpful, reason="", removed=False),), counts=counts)
