"""What a reaction or a click says of a suggestion or a thread; reactions are the equals of buttons."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.config import Rules
from bot.events import Click, Reaction
from bot.models import Feedback

TONE = re.compile(r"(?:::skin-tone-\d|_tone\d|-tone-\d)$")


class Meaning(StrEnum):
    """What somebody says without a word."""

    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"
    RESOLVED = "resolved"
    NOT_REQUEST = "not_request"
    REMOVE = "remove"


CLICKS = {
    "vigil_helpful": Meaning.HELPFUL,
    "vigil_not_helpful": Meaning.UNHELPFUL,
    "vigil_solved": Meaning.RESOLVED,
}


def meaning(reaction_name: str, rules: Rules) -> Meaning | None:
    """What a reaction means in this channel, whatever its skin tone; None for any other emoji."""
    name = TONE.sub("", reaction_name.strip(":"))
    table = (
        (Meaning.HELPFUL, rules.helpful_reactions),
        (Meaning.UNHELPFUL, rules.unhelpful_reactions),
        (Meaning.RESOLVED, rules.resolved_reactions),
        (Meaning.NOT_REQUEST, rules.not_request_reactions),
        (Meaning.REMOVE, rules.remove_reactions),
    )
    return next((found for found, names in table if name in names), None)


def of(reaction: Reaction, decision_id: str, rules: Rules) -> Feedback | None:
    """Feedback on a suggestion from a reaction to it (removed=True when taken back); None where it is none.

    A check mark on Vigil's own suggestion says that it solved the trouble, so it counts as helpful.
    """
    found = meaning(reaction.name, rules)
    if found in (None, Meaning.REMOVE):
        return None
    helpful = found in (Meaning.HELPFUL, Meaning.RESOLVED)
    reason = "" if found in (Meaning.HELPFUL, Meaning.UNHELPFUL) else str(found)
    return Feedback(decision_id, reaction.actor, helpful, reason, reaction.at, removed=not reaction.added)


def of_click(click: Click) -> Feedback | None:
    """Feedback from a button under a suggestion or its "not helpful" form; None for any other click."""
    found = CLICKS.get(click.action)
    if found is None:
        return None
    fields = dict(click.fields)
    reason = ": ".join(part for part in (fields.get("reason", ""), fields.get("detail", "").strip()) if part)
    if found is Meaning.RESOLVED:
        reason = reason or str(found)
    return Feedback(click.value, click.actor, found is not Meaning.UNHELPFUL, reason, click.at)
