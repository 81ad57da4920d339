"""Lark's pace: how fast a call may be made, and how fast a chat may be written to."""

from __future__ import annotations

from bot.platforms.chat_pace import Allowance, Key, Pace

# Lark grants each call 50 times a second and 1,000 times a minute: thirty at once, then fifteen a second.
CALLS: Allowance = (1 / 15, 2.0)
# To a chat, and in a message that is changed, five a second; a little less, since calls do not arrive as evenly as they leave.
SPOT: Allowance = (1 / 4, 1 / 4)
PAUSES = "lark pauses"


class LarkPace(Pace):
    """Each call has a limit of its own, and each spot one for all calls; a spot is "" for calls that touch none.

    Lark's codes tell whether a refusal is about the call everywhere or about the spot.
    """

    kept_as = PAUSES

    def _limits(self, call: str, spot: str) -> dict[Key, Allowance]:
        return {(call, ""): CALLS} | ({("", spot): SPOT} if spot else {})

    def _holders(self, call: str, spot: str) -> tuple[Key, ...]:
        return (call, ""), ("", spot)

    def _held_up(self, call: str, spot: str, everywhere: bool) -> Key:
        return (call, "") if everywhere or not spot else ("", spot)
