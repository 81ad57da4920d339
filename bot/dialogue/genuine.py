"""Tells clicks on what Vigil showed from stale and forged ones, before anybody asks what they want."""

from __future__ import annotations

from typing import Protocol

from bot.dialogue import revising
from bot.dialogue.casework import CASES
from bot.dialogue.references import reference
from bot.dialogue.seals import Seals
from bot.dialogue.strays import RECORDED
from bot.events import FOREIGN, FORM, WHISPER, Click
from bot.outcomes import NotYet
from bot.storage.base import Threads

FORMS = frozenset(
    {"vigil_not_helpful", "vigil_case_edited", "vigil_revision_edited", "vigil_draft_edited", "vigil_taught"}
)
"""What only a submitted form says; "not helpful" is a button's as well."""
ALONE = FORMS - {"vigil_not_helpful"}
ANSWER, CASE, GAPS, DIGEST = "command-", "case-", "gaps-", "digest-"
OVER = ("/delete", "/withdrawn/")
"""Parts of the keys under which a message was taken away, or its words were."""


class Sent(Protocol):
    """What is on record of posts that went out."""

    def sent_as(self, turn_id: str) -> list[str]:
        """The keys under which an own message was sent and changed, oldest first; none for what is not on record."""


class Genuine:
    """Looks at where a click came from: a message of Vigil's on record, a whisper, or a form that it opened itself."""

    def __init__(self, threads: Threads, outbox: Sent, seals: Seals) -> None:
        self._threads, self._outbox, self._seals = threads, outbox, seals

    def trouble(self, click: Click, now: float) -> str:
        """Why it is not to be followed: gone or forged; "" when it is genuine. Raises NotYet while a send is not on record."""
        if click.via == FORM:
            return "" if click.action in FORMS and self._seals.opened(click) is not None else "forged"
        if click.via == FOREIGN or click.action in ALONE:
            return "forged"
        return "" if click.via == WHISPER else self._of_message(click, now)

    def laid_open(self, click: Click) -> Click:
        """The click with the value that the form was opened with."""
        return (self._seals.opened(click) if click.via == FORM else None) or click

    def _of_message(self, click: Click, now: float) -> str:
        if click.turn_id is None:
            return "forged"
        keys = self._outbox.sent_as(click.turn_id)
        if not keys:
            if now - click.at < RECORDED:
                raise NotYet("the message that was clicked on is not recorded as sent yet")
            return "gone"
        turn = self._threads.turn(click.turn_id)
        if (turn is not None and turn.deleted) or any(over in key for key in keys for over in OVER):
            return "gone"
        return "" if _fits(click, keys[0].split("/", 1)[0]) else "forged"


def _fits(click: Click, origin: str) -> bool:
    """Whether a message that was sent for `origin` has such a button with such a value."""
    if origin.startswith(ANSWER):  # answers show whatever was asked for: who may do it is asked in any case
        return True
    if click.action in CASES:
        named = reference(click.value)
        listed = origin.startswith(DIGEST) and click.action == "vigil_case_show"
        return listed or (named is not None and origin == f"{CASE}{named[0]}")
    if click.action in revising.CLICKS:
        return origin.startswith(CASE)
    if click.action == "vigil_gap_draft":
        return origin.startswith(GAPS)
    return origin == click.value
