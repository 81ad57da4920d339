"""Puts messages, edits, deletions and reactions into the workspace and tells the app and the page."""

import copy
from typing import Any

from bot.sandbox import events
from bot.sandbox.core import Core
from bot.sandbox.models import Channel, Json, Refused
from bot.sandbox.workspace import APP_ID, APP_USER, BOT_ID


def timeline_message(core: Core, channel: Channel, ts: str) -> Json:
    """A message by timestamp; raises Refused("message_not_found")."""
    message = core.workspace.timelines[channel.id].get(ts)
    if message is None:
        raise Refused("message_not_found")
    return message


def by_app(core: Core) -> Json:
    """The author fields of the app's own messages."""
    user = core.workspace.users[APP_USER]
    profile = {"id": BOT_ID, "app_id": APP_ID, "user_id": APP_USER, "name": user.real_name, "deleted": False}
    return {"user": APP_USER, "bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": profile}


def post(core: Core, channel: Channel, draft: Json, *, at: str = "", deliver: bool = True) -> Json:
    """Add a message to a channel; `draft` has author, text and whatever else it carries; returns it with its ts."""
    with core.changed:
        workspace = core.workspace
        timeline = workspace.timelines[channel.id]
        ts = timeline.free(at or workspace.new_ts())
        message: Json = {"type": "message", "ts": ts, "team": workspace.team["id"], **draft}
        root = str(message.get("thread_ts") or "")
        timeline.add(message)
        if deliver:
            more: Json = {}
            if message.get("subtype") == "thread_broadcast" and (parent := timeline.get(root)):
                more["root"] = events.outward(parent)
            if root and (parent := timeline.get(root)) and "user" in parent:
                more["parent_user_id"] = parent["user"]
            core.emit(events.message_event(channel, message, **more), channel)
            core.emit(events.mention_event(channel, message), channel)
        core.tell("message", channel=channel.id, message=copy.deepcopy(message))
        tell_parent(core, channel, root)
        return message


def tell_parent(core: Core, channel: Channel, root: str) -> None:
    """Show the page a thread's new reply count."""
    parent = core.workspace.timelines[channel.id].get(root) if root else None
    if parent is not None:
        core.tell("changed", channel=channel.id, message=copy.deepcopy(parent))


def edit(core: Core, channel: Channel, ts: str, editor: str, **fields: Any) -> Json:
    """Change fields of a message; a field of None is taken away."""
    with core.changed:
        message = timeline_message(core, channel, ts)
        before = copy.deepcopy(message)
        event_ts = core.workspace.new_ts()
        for key, value in fields.items():
            if value is None:
                message.pop(key, None)
            else:
                message[key] = value
        message["edited"] = {"user": editor, "ts": event_ts}
        core.emit(events.changed_event(channel, before, message, event_ts), channel)
        core.tell("changed", channel=channel.id, message=copy.deepcopy(message))
        return message


def delete(core: Core, channel: Channel, ts: str) -> None:
    """Delete a message; the root of a thread with replies leaves a tombstone, and Slack calls that a change."""
    with core.changed:
        timeline = core.workspace.timelines[channel.id]
        message = timeline_message(core, channel, ts)
        before = copy.deepcopy(message)
        event_ts = core.workspace.new_ts()
        if message.get("reply_count"):
            for key in ("blocks", "bot_id", "app_id", "bot_profile", "client_msg_id", "files", "metadata", "reactions"):
                message.pop(key, None)
            tombstone = {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT"}
            message.update(tombstone, hidden=True)
            core.emit(events.changed_event(channel, before, message, event_ts), channel)
            core.tell("changed", channel=channel.id, message=copy.deepcopy(message))
            return
        timeline.remove(ts)
        core.emit(events.deleted_event(channel, before, event_ts), channel)
        core.tell("deleted", channel=channel.id, ts=ts)
        tell_parent(core, channel, str(before.get("thread_ts") or ""))


def react(core: Core, channel: Channel, ts: str, name: str, user: str) -> None:
    """Add a reaction; raises Refused("already_reacted")."""
    with core.changed:
        message = timeline_message(core, channel, ts)
        reactions: list[Json] = message.setdefault("reactions", [])
        entry = next((r for r in reactions if r["name"] == name), None)
        if entry is None:
            entry = {"name": name, "users": [], "count": 0}
            reactions.append(entry)
        if user in entry["users"]:
            raise Refused("already_reacted")
        entry["users"].append(user)
        entry["count"] += 1
        _tell_reaction(core, "reaction_added", channel, message, name, user)


def unreact(core: Core, channel: Channel, ts: str, name: str, user: str) -> None:
    """Take a reaction back; raises Refused("no_reaction")."""
    with core.changed:
        message = timeline_message(core, channel, ts)
        reactions: list[Json] = message.get("reactions", [])
        entry = next((r for r in reactions if r["name"] == name and user in r["users"]), None)
        if entry is None:
            raise Refused("no_reaction")
        entry["users"].remove(user)
        entry["count"] -= 1
        if not entry["count"]:
            reactions.remove(entry)
        if not reactions:
            message.pop("reactions")
        _tell_reaction(core, "reaction_removed", channel, message, name, user)


def _tell_reaction(core: Core, kind: str, channel: Channel, message: Json, name: str, user: str) -> None:
    event = events.reaction_event(kind, channel, message, name, user, core.workspace.new_ts())
    core.emit(event, channel)
    core.tell("changed", channel=channel.id, message=copy.deepcopy(message))


def whisper(core: Core, channel: Channel, user: str, draft: Json) -> Json:
    """Show a message to one user only; it is in no history."""
    with core.changed:
        message: Json = {"type": "message", "channel": channel.id, "user": user, "ts": core.workspace.new_ts(), **draft}
        core.ephemerals.append(message)
        core.tell("ephemeral", ephemeral=copy.deepcopy(message))
        return message


def join(core: Core, channel: Channel, user: str) -> None:
    """Let a user (or the app) into a channel; nothing happens when already in."""
    with core.changed:
        if user in channel.members:
            return
        channel.members.append(user)
        team, ts = str(core.workspace.team["id"]), core.workspace.new_ts()
        core.emit(events.member_event("member_joined_channel", channel, user, team, ts), channel)
        subtype = "channel_join" if channel.kind == "channel" else "group_join"
        post(core, channel, {"subtype": subtype, "user": user, "text": f"<@{user}> has joined the channel"})
        core.tell("channel", channel=channel.id)


def leave(core: Core, channel: Channel, user: str) -> None:
    """Take a user (or the app) out of a channel."""
    with core.changed:
        if user not in channel.members:
            return
        team, ts = str(core.workspace.team["id"]), core.workspace.new_ts()
        channel.members.remove(user)
        if user == APP_USER:
            kind = "channel_left" if channel.kind == "channel" else "group_left"
            core.emit({"type": kind, "channel": channel.id, "actor_id": user, "event_ts": ts})
        subtype = "channel_leave" if channel.kind == "channel" else "group_leave"
        core.emit(events.member_event("member_left_channel", channel, user, team, ts), channel)
        post(core, channel, {"subtype": subtype, "user": user, "text": f"<@{user}> has left the channel"})
        core.tell("channel", channel=channel.id)
