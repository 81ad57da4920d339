"""Any payload of Slack's becomes an event with the ids under which it may arrive again, or None; pure and total."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events import Command, Deletion, Edit, Event, Membership, Reaction, Turn, natural_key
from bot.platforms import slack_actions, slack_messages
from bot.platforms.chat_fields import Table, table, text
from bot.platforms.slack_ids import Identity, channel_id, seconds, turn_id
from bot.platforms.slack_json import native, stamp
from bot.platforms.slack_messages import Redact

# Every event the app subscribes to, by the name it has in the manifest; a test holds the two equal.
EVENTS = frozenset(
    (
        "app_home_opened",
        "app_mention",
        "channel_left",
        "channel_shared",
        "channel_unshared",
        "group_left",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "reaction_added",
        "reaction_removed",
    )
)


# Messages by which Slack says that a channel is another kind of place from now on.
BECAME = frozenset(("channel_convert_to_private", "channel_convert_to_public"))


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, the id under which it is stored once, and other ids of the very same event."""

    event: Event
    raw_id: str
    aliases: tuple[str, ...] = ()


def heard(payload: Table, me: Identity, redact: Redact, now: float) -> Heard | None:
    """What one envelope's payload says; None when it is nothing to Vigil. `now` stands in where Slack gives no time."""
    if text(payload, "command"):
        return _asked(slack_actions.command(payload, me, redact, now), payload)
    match text(payload, "type"):
        case "event_callback":
            return _event(payload, me, redact, now)
        case "block_actions":
            return _asked(slack_actions.click(payload, me, redact, now), payload)
        case "message_action":
            return _asked(slack_actions.shortcut(payload, me, now), payload)
        case "view_submission":
            return _asked(slack_actions.submission(payload, redact, now), payload)
    return None


def _asked(event: Event | None, payload: Table) -> Heard | None:
    """Commands and clicks have no event id; their trigger is as unique as one."""
    if event is None:
        return None
    view = table(payload, "view")
    other = text(view, "id") + text(view, "hash") or text(payload, "action_ts") or str(getattr(event, "at", ""))
    return Heard(event, f"slack:trigger:{text(payload, 'trigger_id') or other}")


def _event(payload: Table, me: Identity, redact: Redact, now: float) -> Heard | None:
    """What an event_callback says. New messages are known by where they stand, everything else by its event id."""
    inner = table(payload, "event")
    event = _read(inner, me, redact, now)
    if event is None:
        return None
    event_id, key = text(payload, "event_id"), natural_key(event)
    if not isinstance(event, Turn):
        return Heard(
            event, event_id or key, (key,) if event_id and isinstance(event, Edit | Deletion | Reaction) else ()
        )
    client = text(inner, "client_msg_id")
    # Clients choose the client_msg_id: bound to its author and channel it cannot hide another person's message.
    own_alias = f"{event.channel_id}:{event.author}:{client}" if client else ""
    return Heard(event, event.id, tuple(alias for alias in (event_id, own_alias) if alias))


def _read(event: Table, me: Identity, redact: Redact, now: float) -> Event | None:
    match text(event, "type"):
        case "message" | "app_mention":
            became = text(event, "subtype") in BECAME
            return _membership(event, me, now) if became else slack_messages.heard(event, me, redact)
        case "reaction_added" | "reaction_removed":
            return _reaction(event, me)
        case (
            "member_joined_channel"
            | "member_left_channel"
            | "channel_left"
            | "group_left"
            | "channel_shared"
            | "channel_unshared"
        ):
            return _membership(event, me, now)
        case "app_home_opened":
            return _home(event, me, now)
    return None


def _reaction(event: Table, me: Identity) -> Reaction | None:
    item, actor, name = table(event, "item"), native(event, "user"), text(event, "reaction")
    channel, ts = native(item, "channel"), stamp(item, "ts")
    if text(item, "type") != "message" or not (actor and name and channel and ts):
        return None
    added, at = text(event, "type") == "reaction_added", seconds(stamp(event, "event_ts")) or seconds(ts)
    return Reaction(turn_id(me.team, channel, ts), actor, slack_messages.bare_name(name), added, at)


def _membership(event: Table, me: Identity, now: float) -> Membership | None:
    """Somebody came or went, or nobody (""): the channel changed; channel_left and group_left are Vigil's own leaving."""
    kind, channel = text(event, "type"), native(event, "channel")
    actor = me.user if kind in ("channel_left", "group_left") else native(event, "user")
    moved = kind.startswith("member_") or kind.endswith("_left")
    if not channel or (moved and not actor):
        return None
    if not moved:
        actor = ""
    at = seconds(stamp(event, "event_ts")) or now
    return Membership(channel_id(me.team, channel), actor, kind == "member_joined_channel", actor == me.user, at)


def _home(event: Table, me: Identity, now: float) -> Command | None:
    actor, channel = native(event, "user"), native(event, "channel")
    if not actor or text(event, "tab") not in ("", "home"):
        return None
    place = channel_id(me.team, channel) if channel else ""
    return Command("home", "", actor, place, seconds(stamp(event, "event_ts")) or now, via="home")
