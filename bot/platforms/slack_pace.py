"""Slack's pace: how fast each method may be called, and how fast a channel may be written to."""

from __future__ import annotations

from bot.platforms.chat_pace import Allowance, Key, Pace

POST = "chat.postMessage"
# Calls a minute, from Slack's reference: tier 2 is 20, tier 3 is 50 (what is not named here), tier 4 is 100.
TIER_3 = 50
# Posts a minute in one channel: a little less than one a second, since calls do not arrive as evenly as they leave.
POSTS = 54
PER_MINUTE = {
    "auth.test": 300,
    "apps.connections.open": 30,
    "conversations.members": 100,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.info": 100,
    "views.open": 100,
    "views.publish": 100,
}
# What may come at once after a quiet time: half a minute's calls. Posts to one channel come one by one.
BURST_MINUTES = 0.5
PAUSES = "slack pauses"


class SlackPace(Pace):
    """Posts are limited by channel, everything else by method alone.

    Slack does not say which limit a refusal is about: one about a post holds up its channel; when a second channel is
    refused meanwhile, or Slack's words are about the app or the team, it holds up all channels.
    """

    kept_as = PAUSES

    def _limits(self, call: str, spot: str) -> dict[Key, Allowance]:
        return {_key(call, spot): _allowance(call)}

    def _holders(self, call: str, spot: str) -> tuple[Key, ...]:
        return _key(call, spot), (call, "")

    def _held_up(self, call: str, spot: str, everywhere: bool) -> Key:
        key = _key(call, spot)
        return (call, "") if everywhere or any(other[0] == call and other != key for other in self._paused) else key


def _key(method: str, channel: str) -> Key:
    return method, channel if method == POST else ""


def _allowance(method: str) -> Allowance:
    if method == POST:
        return 60 / POSTS, 60 / POSTS
    return 60 / PER_MINUTE.get(method, TIER_3), 60 * BURST_MINUTES
