"""Builds the payloads of the Events API from messages, reactions and joins; pure."""

import time
from typing import Any

from bot.sandbox.models import Channel, Json
from bot.sandbox.workspace import APP_ID, APP_USER, BOT_ID, Workspace

# What the app must have been granted before Slack sends it an event of this name.
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "channel_shared": "channels:read",
    "channel_unshared": "channels:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
}
KINDS = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def event_name(event: Json) -> str:
    """The name under which an app subscribes to this event ("message.channels" for a message in a channel)."""
    if event["type"] == "message":
        return f"message.{KINDS[event['channel_type']]}"
    return str(event["type"])


def wanted(workspace: Workspace, event: Json) -> bool:
    """Whether the app has subscribed to this event and may have it."""
    name = event_name(event)
    scope = EVENT_SCOPES.get(name)
    return (workspace.events is None or name in workspace.events) and (scope is None or scope in workspace.scopes)


def wrapped(workspace: Workspace, event: Json, event_id: str, shared: bool = False) -> Json:
    """The event_callback around one event; `event_id` must never come twice, not even from another sandbox."""
    team = workspace.team["id"]
    return {
        "token": "sandbox-verification",
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": APP_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{event_id}",
    }


def outward(message: Json, metadata: bool = False) -> Json:
    """A message as the API shows it: without metadata unless asked for, with rich_text blocks for what people type."""
    shown = {key: value for key, value in message.items() if key != "metadata" or metadata}
    if "blocks" not in shown and "client_msg_id" in shown:
        shown["blocks"] = [rich_text(str(shown["text"]), str(shown["ts"]))]
    return shown


def rich_text(text: str, ts: str) -> Json:
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": plain}]}
    return {"type": "rich_text", "block_id": f"rt{ts[-6:]}", "elements": [section]}


def message_event(channel: Channel, message: Json, **more: Any) -> Json:
    """The event of a message just posted."""
    event = outward(message) | {"channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]}
    return event | more


def changed_event(channel: Channel, before: Json, after: Json, event_ts: str) -> Json:
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": outward(after),
        "previous_message": outward(before),
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": event_ts,
        "event_ts": event_ts,
    }


def deleted_event(channel: Channel, before: Json, event_ts: str) -> Json:
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "deleted_ts": before["ts"],
        "previous_message": outward(before),
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": event_ts,
        "event_ts": event_ts,
    }


def mention_event(channel: Channel, message: Json) -> Json | None:
    """The app_mention beside a message that names the app; None when it does not, or comes from the app itself."""
    named = f"<@{APP_USER}>" in message["text"] or f"<@{APP_USER}|" in message["text"]
    if not named or channel.kind == "im" or message.get("bot_id") == BOT_ID:
        return None
    keys = ("client_msg_id", "user", "bot_id", "username", "text", "ts", "thread_ts", "team", "blocks", "files")
    shown = outward(message)
    kept = {key: shown[key] for key in keys if key in shown}
    return {"type": "app_mention", **kept, "channel": channel.id, "event_ts": message["ts"]}


def reaction_event(kind: str, channel: Channel, message: Json, name: str, user: str, event_ts: str) -> Json:
    """`kind` is reaction_added or reaction_removed."""
    event: Json = {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
        "event_ts": event_ts,
    }
    if "user" in message:
        event["item_user"] = message["user"]
    return event


def member_event(kind: str, channel: Channel, user: str, team: str, event_ts: str) -> Json:
    """`kind` is member_joined_channel or member_left_channel."""
    letter = "C" if channel.kind == "channel" else "G"
    return {
        "type": kind,
        "user": user,
        "channel": channel.id,
        "channel_type": letter,
        "team": team,
        "event_ts": event_ts,
    }
