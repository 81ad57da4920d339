"""Knows what a team's Lark app must be granted and subscribed to, in the form in which Lark's console takes it."""

from __future__ import annotations

import json
from importlib import resources

CALLBACK = "card.action.trigger"
EVERY_MESSAGE = "im:message.group_msg"
"""Lets the app hear messages of groups that do not mention it; without it Vigil hears questions only when it is asked."""
ITSELF = "application:application:self_manage"
"""Lets the doctor look at the app's own version and subscriptions; Vigil works without it."""
EVENTS = (
    "application.bot.menu_v6",
    "im.chat.access_event.bot_p2p_chat_entered_v1",
    "im.chat.disbanded_v1",
    "im.chat.member.bot.added_v1",
    "im.chat.member.bot.deleted_v1",
    "im.chat.member.user.added_v1",
    "im.chat.member.user.deleted_v1",
    "im.chat.member.user.withdrawn_v1",
    "im.chat.updated_v1",
    "im.message.reaction.created_v1",
    "im.message.reaction.deleted_v1",
    "im.message.recalled_v1",
    "im.message.receive_v1",
    "im.message.updated_v1",
)
MENU = ("help", "stats", "cases")
"""Entries that make sense in the bot's menu: each one's event key is a command of Vigil's."""


def manifest_text() -> str:
    """The permissions as JSON text, for "Batch import/export scopes" on the page "Permissions & Scopes"."""
    return resources.files(__package__).joinpath("lark_manifest.json").read_text(encoding="utf-8")


def scopes() -> frozenset[str]:
    """The permissions of the app that Vigil asks for."""
    return frozenset(json.loads(manifest_text())["scopes"]["tenant"])


def by_hand() -> str:
    """What Lark's console takes one by one: how events arrive, which, and the callback of cards."""
    lines = (
        'Under "Events & Callbacks", let both come by "Receive events through persistent connection" (Lark saves that only',
        "while the app is connected: let `vigil run` run meanwhile), and add these events:",
        *(f"  {name}" for name in EVENTS),
        "and under callbacks:",
        f"  {CALLBACK}",
        f"A menu of the bot may send these event keys: {', '.join(MENU)}.",
    )
    return "\n".join(lines)
