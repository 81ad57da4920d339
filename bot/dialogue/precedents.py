"""How an earlier thread stood when it was last looked at: still open, answered or resolved; a sign in its precedent tells."""

from __future__ import annotations

from bot.dialogue import lifecycle
from bot.dialogue.evidence import CONTENT_SIGN, OPEN_SIGN, RESOLVED_SIGN
from bot.models import State, Thread
from knowledge.models import Hit

SIGNS = {State.RESOLVED: RESOLVED_SIGN, State.ACCEPTED: CONTENT_SIGN, State.WAITING_ON_ASKER: ""}
WORDS = {RESOLVED_SIGN: "resolved", CONTENT_SIGN: "answered", "": "answered"}


def sign(thread: Thread) -> str:
    """How the thread stands, for its precedent: open as long as somebody there waits for help (again)."""
    return SIGNS.get(lifecycle.standing(thread), OPEN_SIGN)


def standing(hit: Hit) -> str:
    """`open`, `answered` or `resolved`: how a found precedent's thread stands; an asker's thanks alone resolve nothing."""
    return WORDS.get(hit.entry.case.cause, "open")
