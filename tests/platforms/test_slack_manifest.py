"""The app manifest asks for what the code hears and calls, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import bot.platforms
from bot.platforms.slack_actions import SHORTCUTS
from bot.platforms.slack_events import EVENTS
from bot.platforms.slack_manifest import manifest, manifest_text, scopes

# Which scopes each method and event needs, for public and private channels and direct messages.
READ = {"channels:read", "groups:read", "im:read"}
HISTORY = {"channels:history", "groups:history", "im:history"}
METHODS: dict[str, set[str]] = {
    "auth.test": set(),
    "apps.connections.open": set(),
    "views.open": set(),
    "views.publish": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
    "conversations.info": READ,
    "conversations.members": READ,
    "users.conversations": READ,
    "conversations.open": {"im:write"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
}
FROM_EVENTS = {
    "app_mention": {"app_mentions:read"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "channel_left": {"channels:read"},
    "channel_shared": {"channels:read"},
    "channel_unshared": {"channels:read"},
    "group_left": {"groups:read"},
    "app_home_opened": set(),
}


def called() -> set[str]:
    """Every Web API method named in the adapter's source."""
    folder = Path(bot.platforms.__path__[0])
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("slack*.py"))
    return set(
        re.findall(r'"((?:auth|apps|chat|conversations|users|usergroups|views|reactions|bots)\.[A-Za-z.]+)"', source)
    )


def test_the_table_names_every_call() -> None:
    assert called() == set(METHODS)


def test_scopes_are_those_that_calls_and_events_need() -> None:
    needed = set().union(*METHODS.values(), *FROM_EVENTS.values()) | {"commands"}
    assert scopes() == needed


def test_events_are_those_that_are_heard() -> None:
    subscribed = manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert set(subscribed) == EVENTS == set(FROM_EVENTS)
    assert subscribed == sorted(subscribed)


def test_shortcuts_command_and_switches() -> None:
    features, settings = manifest()["features"], manifest()["settings"]
    assert {shortcut["callback_id"] for shortcut in features["shortcuts"]} == set(SHORTCUTS)
    assert all(len(shortcut["name"]) <= 24 for shortcut in features["shortcuts"])
    assert [command["command"] for command in features["slash_commands"]] == ["/vigil"]
    assert features["app_home"]["home_tab_enabled"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"]["is_enabled"]
    assert not settings["org_deploy_enabled"]
    assert not settings["token_rotation_enabled"]
    assert len(manifest()["display_information"]["description"]) <= 140
    assert manifest_text().isascii()
