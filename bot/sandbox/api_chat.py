"""The chat.* methods and reactions.*: what the app posts, edits, deletes and marks."""

import copy
import re

from bot.sandbox import posting
from bot.sandbox.arguments import Args
from bot.sandbox.checks import checked_blocks, parsed
from bot.sandbox.core import Core
from bot.sandbox.events import outward
from bot.sandbox.models import Channel, Json, Refused
from bot.sandbox.timeline import stamp
from bot.sandbox.workspace import APP_USER

TEXT_LIMIT, MARKDOWN_LIMIT = 40_000, 12_000
EMOJI = re.compile(r"[a-z0-9_+'\-]{1,100}(::skin-tone-[2-6])?")
READ_SCOPES = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def visible(core: Core, channel_id: str) -> Channel:
    """A channel the app may know of; private ones it is not in do not exist for it."""
    channel = core.workspace.channel(channel_id)
    if channel.kind != "channel" and not core.workspace.sees(channel):
        raise Refused("channel_not_found")
    return channel


def inside(core: Core, channel_id: str) -> Channel:
    """A channel the app is a member of; raises Refused("channel_not_found" or "not_in_channel")."""
    channel = visible(core, channel_id)
    if not core.workspace.sees(channel):
        raise Refused("not_in_channel")
    return channel


def writable(core: Core, channel_id: str) -> Channel:
    """A channel the app may post to; a user id stands for the direct conversation with that user."""
    if channel_id in core.workspace.users:
        return core.workspace.open_conversation([channel_id])[0]
    channel = visible(core, channel_id)
    if channel.archived:
        raise Refused("is_archived")
    if not core.workspace.sees(channel) and "chat:write.public" not in core.workspace.scopes:
        raise Refused("not_in_channel")
    return channel


def content(args: Args) -> Json:
    """Text, blocks, attachments and metadata of a message, checked; raises Refused as Slack does."""
    draft: Json = {"text": args.text("text")}
    if args.has("markdown_text"):
        if args.has("text") or args.has("blocks"):
            raise Refused("markdown_text_conflict")
        if len(args.text("markdown_text")) > MARKDOWN_LIMIT:
            raise Refused("msg_too_long")
        draft["text"] = args.text("markdown_text")
        draft["blocks"] = checked_blocks([{"type": "markdown", "text": draft["text"]}])
    if args.raw.get("blocks"):
        draft["blocks"] = checked_blocks(args.raw["blocks"])
    if args.raw.get("attachments"):
        draft["attachments"] = parsed(args.raw["attachments"], "invalid_attachments")
    if args.raw.get("metadata"):
        draft["metadata"] = checked_metadata(parsed(args.raw["metadata"], "invalid_metadata_format"))
    if len(draft["text"]) > TEXT_LIMIT:
        raise Refused("msg_too_long")
    if not draft["text"].strip() and not draft.get("blocks") and not draft.get("attachments"):
        raise Refused("no_text")
    return draft


def checked_metadata(value: object) -> Json:
    if not isinstance(value, dict) or not isinstance(value.get("event_payload"), dict) or not value.get("event_type"):
        raise Refused("invalid_metadata_format")
    return value


def thread_fields(core: Core, channel: Channel, args: Args) -> Json:
    if not args.has("thread_ts"):
        return {}
    root = core.workspace.timelines[channel.id].root_of(stamp(args.text("thread_ts")))
    if root is None:
        raise Refused("thread_not_found")
    fields: Json = {"thread_ts": root}
    if args.flag("reply_broadcast"):
        fields["subtype"] = "thread_broadcast"
    return fields


def post_message(core: Core, args: Args) -> Json:
    channel = writable(core, args.need("channel"))
    draft = content(args) | thread_fields(core, channel, args) | posting.by_app(core)
    if args.has("username"):
        draft["username"] = args.text("username")
    message = posting.post(core, channel, draft)
    return {"channel": channel.id, "ts": message["ts"], "message": outward(message, metadata=True)}


def update(core: Core, args: Args) -> Json:
    channel = visible(core, args.need("channel"))
    message = posting.timeline_message(core, channel, stamp(args.need("ts")))
    if message.get("user") != APP_USER:
        raise Refused("cant_update_message")
    fields = content(args)
    # Text without blocks replaces the blocks too; metadata stays unless a new one is given.
    fields.setdefault("blocks", None)
    if not args.has("text") and not args.has("markdown_text"):
        fields["text"] = message["text"]
    changed = posting.edit(core, channel, message["ts"], APP_USER, **fields)
    shown = outward(changed, metadata=True)
    return {"channel": channel.id, "ts": changed["ts"], "text": changed["text"], "message": shown}


def delete(core: Core, args: Args) -> Json:
    channel = visible(core, args.need("channel"))
    message = posting.timeline_message(core, channel, stamp(args.need("ts")))
    if message.get("user") != APP_USER:
        raise Refused("cant_delete_message")
    posting.delete(core, channel, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


def post_ephemeral(core: Core, args: Args) -> Json:
    channel = writable(core, args.need("channel"))
    user = core.workspace.user(args.need("user"))
    if user.id not in channel.members:
        raise Refused("user_not_in_channel")
    draft = content(args) | thread_fields(core, channel, args) | {"bot_id": posting.by_app(core)["bot_id"]}
    return {"message_ts": posting.whisper(core, channel, user.id, draft)["ts"]}


def get_permalink(core: Core, args: Args) -> Json:
    channel = visible(core, args.need("channel"))
    message = posting.timeline_message(core, channel, stamp(args.need("message_ts")))
    ts, root = str(message["ts"]), str(message.get("thread_ts") or "")
    link = f"{str(core.workspace.team['url']).rstrip('/')}/archives/{channel.id}/p{ts.replace('.', '')}"
    if root and root != ts:
        link += f"?thread_ts={root}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def reaction_target(core: Core, args: Args) -> tuple[Channel, str, str]:
    name = args.need("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise Refused("invalid_name")
    channel = inside(core, args.need("channel"))
    if channel.archived:
        raise Refused("is_archived")
    return channel, stamp(args.need("timestamp")), name


def add_reaction(core: Core, args: Args) -> Json:
    channel, ts, name = reaction_target(core, args)
    posting.react(core, channel, ts, name, APP_USER)
    return {}


def remove_reaction(core: Core, args: Args) -> Json:
    channel, ts, name = reaction_target(core, args)
    posting.unreact(core, channel, ts, name, APP_USER)
    return {}


def get_reactions(core: Core, args: Args) -> Json:
    channel = inside(core, args.need("channel"))
    message = posting.timeline_message(core, channel, stamp(args.need("timestamp")))
    return {"type": "message", "channel": channel.id, "message": copy.deepcopy(outward(message))}
