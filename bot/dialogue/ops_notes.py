"""What the ops channel is told when something is wrong with Vigil itself, and when it is well again."""

from __future__ import annotations

from bot.dialogue.wording import say
from bot.messages import Message


def unwell(why: str, language: str) -> Message:
    """Something is wrong; `why` is as `/healthz` has it."""
    return Message(say(language, "ops_unwell", why=why), quiet=say(language, "ops_quiet"))


def again(seconds: float, language: str) -> Message:
    """All is well again after so many seconds."""
    return Message(say(language, "ops_again", seconds=round(seconds)))
