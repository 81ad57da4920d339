"""Own messages that are out before, or besides, what is on record: some are waited for, some are taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from bot.dialogue import delivery
from bot.events import Reaction, Turn
from bot.models import Thread
from bot.outcomes import NotYet, Outcome


class Recorded(Protocol):
    """What is on record of posts that went out."""

    def out_as(self, key: str) -> str | None:
        """The turn id by which the post with this key is recorded; "" while it is being sent again, None otherwise."""


RECORDED = 60.0
"""Seconds after which a message of Vigil's that no record of a post knows is not going to be recorded."""


def wait_for_record(origin: str | None, thread: Thread, reaction: Reaction, now: float) -> None:
    """Raises NotYet for a reaction to an own message that is out, but not on record as sent: what it is about is not known.

    `origin` is the decision behind the message, None as long as there is no record of it.
    """
    own = any(turn.id == reaction.turn_id and turn.own for turn in thread.turns)
    if own and origin is None and now - reaction.at < RECORDED:
        raise NotYet(f"the message that {reaction.name} was put on is not recorded as sent yet")


class Strays:
    """Looks at every own message that is heard, live or from history: of two with one key, the one on record stays.

    A request that was given up for lost may still arrive after the message was sent again.
    """

    def __init__(self, outbox: Recorded) -> None:
        self._outbox = outbox

    def heard(self, turn: Turn, outcome: Outcome, now: float) -> Outcome:
        """`outcome` with the deletion of a stray; raises NotYet while it is not known which of two is on record."""
        recorded = self._outbox.out_as(turn.key) if turn.own and turn.key else None
        if recorded == "":
            raise NotYet("the post that it carries the key of is being sent again")
        if recorded in (None, turn.id):
            return outcome
        return replace(outcome, posts=(*outcome.posts, delivery.taken_back(turn)))
