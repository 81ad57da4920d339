"""Every kind of event reaches a real Bolt app in the shape Slack gives it, and only if the app may have it."""

from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox import Sandbox, Workspace
from tests.sandbox.bolt_bot import Bot


def events_of(bot: Bot, kept: list[dict[str, Any]], count: int = 1) -> list[dict[str, Any]]:
    return [body["event"] for body in sorted(bot.wait(kept, count), key=lambda body: body["event_id"])]


def test_edits_and_deletions_carry_what_was_there_before(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    ts = box.say("C0HELP", "U0BEN", "it is borken", at=1_700_000_000)
    bot.connect()
    box.edit("C0HELP", ts, "it is broken")
    box.delete("C0HELP", ts)
    changed, deleted = events_of(bot, kept, 2)
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "it is broken"
    assert changed["message"]["edited"]["user"] == "U0BEN"
    assert changed["previous_message"]["text"] == "it is borken"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert deleted["previous_message"]["text"] == "it is broken"
    assert box.messages("C0HELP") == []


def test_the_deleted_root_of_a_thread_becomes_a_tombstone(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    root = box.say("C0HELP", "U0BEN", "help", at=1_700_000_000)
    box.say("C0HELP", "U0ANA", "yes?", thread=root, at=1_700_000_060)
    bot.connect()
    box.delete("C0HELP", root)
    event = events_of(bot, kept)[0]
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
    assert [message["text"] for message in box.messages("C0HELP", root)] == ["This message was deleted.", "yes?"]


def test_subtypes_of_messages(box: Sandbox, bot: Bot) -> None:
    kept = bot.keep("message")
    root = box.say("C0HELP", "U0BEN", "help", at=1_700_000_000)
    bot.connect()
    box.say("C0HELP", "U0ALERT", "disk full")
    box.say("C0HELP", "U0BEN", "see here", files=["trace.log"])
    box.say("C0HELP", "U0ANA", "fixed", thread=root, broadcast=True)
    box.say("C0HELP", "U0BEN", "sighs", me=True)
    bot_message, file_share, broadcast, me = events_of(bot, kept, 4)
    assert (bot_message["subtype"], bot_message["bot_id"]) == ("bot_message", "B0ALERT")
    assert "user" not in bot_message
    assert (file_share["subtype"], file_share["files"][0]["name"]) == ("file_share", "trace.log")
    assert (broadcast["subtype"], broadcast["root"]["ts"]) == ("thread_broadcast", root)
    assert me["subtype"] == "me_message"


def test_a_mention_comes_beside_the_message_and_not_in_a_direct_one(box: Sandbox, bot: Bot) -> None:
    mentions, messages = bot.keep("app_mention"), bot.keep("message")
    bot.connect()
    direct = box.open_im("U0BEN")
    box.say("C0HELP", "U0BEN", "<@U0VIGIL> hello")
    box.say(direct, "U0BEN", "<@U0VIGIL> hello")
    said = events_of(bot, messages, 2)
    assert [event["channel_type"] for event in said] == ["channel", "im"]
    assert [event["channel"] for event in events_of(bot, mentions)] == ["C0HELP"]


def test_reactions_come_and_go(box: Sandbox, bot: Bot, client: WebClient) -> None:
    added, removed = bot.keep("reaction_added"), bot.keep("reaction_removed")
    ts = box.say("C0HELP", "U0BEN", "help", at=1_700_000_000)
    bot.connect()
    box.react("C0HELP", ts, "white_check_mark", "U0ANA")
    box.unreact("C0HELP", ts, "white_check_mark", "U0ANA")
    event = events_of(bot, added)[0]
    assert (event["user"], event["reaction"], event["item_user"]) == ("U0ANA", "white_check_mark", "U0BEN")
    assert event["item"] == {"type": "message", "channel": "C0HELP", "ts": ts}
    assert events_of(bot, removed)[0]["reaction"] == "white_check_mark"
    assert "reactions" not in client.reactions_get(channel="C0HELP", timestamp=ts)["message"]


def test_joins_and_leaves_and_the_home_tab(box: Sandbox, bot: Bot) -> None:
    joined, left, home = bot.keep("member_joined_channel"), bot.keep("member_left_channel"), bot.keep("app_home_opened")
    messages = bot.keep("message")
    bot.connect()
    box.join("C0RANDOM", "U0VIGIL")
    box.leave("C0HELP", "U0CLEO")
    box.open_home("U0BEN")
    assert (events_of(bot, joined)[0]["user"], joined[0]["event"]["channel"]) == ("U0VIGIL", "C0RANDOM")
    assert events_of(bot, left)[0]["user"] == "U0CLEO"
    assert events_of(bot, home)[0]["tab"] == "home"
    assert [event["subtype"] for event in events_of(bot, messages, 2)] == ["channel_join", "channel_leave"]


def test_the_apps_own_posts_come_back_as_events(box: Sandbox, bot: Bot, client: WebClient) -> None:
    kept = bot.keep("message")
    bot.connect()
    metadata = {"event_type": "vigil_suggestion", "event_payload": {"decision": "d1"}}
    client.chat_postMessage(channel="C0HELP", text="try this", metadata=metadata)
    event = events_of(bot, kept)[0]
    assert (event["user"], event["bot_id"], event["app_id"]) == ("U0VIGIL", "B0VIGIL", "A0VIGIL")
    assert "metadata" not in event


@pytest.mark.parametrize(
    ("settings", "arrives"),
    [
        ({}, True),
        ({"events": frozenset({"message.channels"})}, True),
        ({"events": frozenset({"app_mention"})}, False),
        ({"scopes": frozenset({"chat:write"})}, False),
    ],
)
def test_only_events_that_were_subscribed_and_granted_are_sent(settings: dict[str, Any], arrives: bool) -> None:
    box = Sandbox(Workspace.small(**settings))
    box.say("C0HELP", "U0BEN", "help")
    assert bool(box.unacked()) is arrives


def test_channels_without_the_app_and_old_history_send_nothing() -> None:
    box = Sandbox(Workspace.small())
    box.say("C0RANDOM", "U0BEN", "not for the app")
    ts = box.say("C0HELP", "U0BEN", "long ago", at=1_600_000_000)
    assert box.unacked() == []
    assert ts == "1600000000.000000"


def test_a_shared_channel_is_marked_as_such() -> None:
    data = {
        "users": [{"id": "U0BEN", "name": "ben"}],
        "channels": [{"id": "C0OUT", "name": "out", "members": ["U0BEN", "U0VIGIL"], "is_ext_shared": True}],
    }
    box = Sandbox(Workspace.from_dict(data))
    box.say("C0OUT", "U0BEN", "from outside")
    assert box.unacked()[0].payload["is_ext_shared_channel"] is True
