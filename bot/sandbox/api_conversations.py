"""The conversations.* methods: channels, their members and what was said in them."""

import copy

from bot.sandbox.api_chat import READ_SCOPES, inside, visible
from bot.sandbox.arguments import Args, make_cursor, read_cursor, with_cursor
from bot.sandbox.core import Core
from bot.sandbox.events import outward
from bot.sandbox.models import Channel, Json, Refused
from bot.sandbox.timeline import Timeline, stamp

TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
HISTORY_SCOPES = {"channel": "channels:history", "group": "groups:history", "im": "im:history", "mpim": "mpim:history"}


def require(core: Core, scope: str) -> None:
    """Refuse a call that needs a scope which depends on the kind of channel."""
    if scope not in core.workspace.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(core.workspace.scopes)))


def channel_json(core: Core, channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": core.workspace.team["id"],
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        return shown | {"user": channel.user, "is_user_deleted": False, "priority": 0}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_general": False,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": False,
        "is_member": core.workspace.sees(channel),
        "creator": channel.members[0] if channel.members else "",
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def listed(core: Core, args: Args) -> list[Channel]:
    """The channels of the asked types that the app may know of."""
    kinds = []
    for name in args.words("types", "public_channel"):
        if name not in TYPES:
            raise Refused("invalid_types")
        kinds.append(TYPES[name])
        require(core, READ_SCOPES[kinds[-1]])
    hide_archived = args.flag("exclude_archived")
    return [
        channel
        for channel in core.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "channel" or core.workspace.sees(channel))
        and not (hide_archived and channel.archived)
    ]


def list_channels(core: Core, args: Args) -> Json:
    channels, cursor = args.page(listed(core, args))
    return with_cursor({"channels": [channel_json(core, channel) for channel in channels]}, cursor)


def users_conversations(core: Core, args: Args) -> Json:
    user = core.workspace.user(args.text("user", "U0VIGIL") or "U0VIGIL").id
    channels, cursor = args.page([channel for channel in listed(core, args) if user in channel.members])
    return with_cursor({"channels": [channel_json(core, channel) for channel in channels]}, cursor)


def info(core: Core, args: Args) -> Json:
    channel = visible(core, args.need("channel"))
    require(core, READ_SCOPES[channel.kind])
    return {"channel": channel_json(core, channel)}


def members(core: Core, args: Args) -> Json:
    channel = visible(core, args.need("channel"))
    require(core, READ_SCOPES[channel.kind])
    found, cursor = args.page(channel.members)
    return with_cursor({"members": found}, cursor)


def open_conversation(core: Core, args: Args) -> Json:
    if args.has("channel"):
        channel, known = inside(core, args.text("channel")), True
    else:
        users = [core.workspace.user(user).id for user in args.words("users")]
        if not users:
            raise Refused("users_list_not_supplied")
        require(core, "im:write" if len(users) == 1 else "mpim:write")
        channel, known = core.workspace.open_conversation(users)
    shown = channel_json(core, channel) if args.flag("return_im") else {"id": channel.id}
    if not known:
        core.tell("channel", channel=channel.id)
    return {"channel": shown, "no_op": known, "already_open": known}


def window(args: Args, cursor: str) -> tuple[str, str, bool]:
    """oldest, latest and whether they are included; `cursor` holds the timestamp to go on from."""
    oldest = stamp(args.text("oldest")) if args.has("oldest") and args.text("oldest") != "0" else ""
    latest = stamp(args.text("latest")) if args.has("latest") and args.text("latest") != "now" else ""
    return oldest, cursor or latest, args.flag("inclusive")


def shown_messages(messages: list[Json], args: Args) -> list[Json]:
    metadata = args.flag("include_all_metadata")
    return [copy.deepcopy(outward(message, metadata)) for message in messages]


def history(core: Core, args: Args) -> Json:
    channel = inside(core, args.need("channel"))
    require(core, HISTORY_SCOPES[channel.kind])
    cursor = read_cursor(args.text("cursor"), "next_ts")
    oldest, latest, inclusive = window(args, cursor)
    limit = args.number("limit", 100, 999)
    # A cursor names the last message already given, so it is never included again.
    timeline = core.workspace.timelines[channel.id]
    if cursor and inclusive:
        oldest = just_before(oldest)
        inclusive = False
    found, more = timeline.history(oldest, latest, inclusive, limit)
    following = make_cursor("next_ts", found[-1]["ts"]) if more and found else ""
    reply = {"messages": shown_messages(found, args), "has_more": bool(following), "pin_count": 0}
    return with_cursor(reply, following)


def just_before(ts: str) -> str:
    """The timestamp a microsecond earlier, so that an exclusive bound includes `ts`."""
    if not ts:
        return ""
    whole, micro = ts.split(".")
    total = int(whole) * 1_000_000 + int(micro) - 1
    return f"{total // 1_000_000:010d}.{total % 1_000_000:06d}"


def replies(core: Core, args: Args) -> Json:
    channel = inside(core, args.need("channel"))
    require(core, HISTORY_SCOPES[channel.kind])
    timeline: Timeline = core.workspace.timelines[channel.id]
    root = timeline.root_of(stamp(args.need("ts")))
    if root is None:
        raise Refused("thread_not_found")
    cursor = read_cursor(args.text("cursor"), "next_ts")
    oldest, latest, inclusive = window(args, "")
    if cursor:
        oldest, inclusive = cursor, False
    limit = args.number("limit", 1000, 1000)
    parent = timeline.get(root)
    head = [] if parent is None or cursor else [parent]
    found, more = timeline.thread(root, oldest, latest, inclusive, max(1, limit - len(head)))
    following = make_cursor("next_ts", found[-1]["ts"]) if more and found else ""
    reply = {"messages": shown_messages(head + found, args), "has_more": bool(following)}
    return with_cursor(reply, following)
