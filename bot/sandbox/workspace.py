"""The workspace itself: people, channels and messages, with no network in it."""

import json
import time
from pathlib import Path
from typing import Any, Self

from bot.sandbox.models import Channel, Json, Refused, SandboxError, User, UserGroup
from bot.sandbox.small import small_workspace
from bot.sandbox.timeline import Timeline, stamp

APP_USER, BOT_ID, APP_ID = "U0VIGIL", "B0VIGIL", "A0VIGIL"

SCOPES = frozenset(
    [
        "app_mentions:read",
        "bookmarks:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
    ]
)
COMMANDS = ("/vigil",)
SHORTCUTS = (
    {"callback_id": "vigil_suggest", "name": "Suggest an answer"},
    {"callback_id": "vigil_teach", "name": "Teach Vigil this thread"},
)


class Workspace:
    """People, channels and timelines, and how strict the workspace is.

    `data` has the shape of sample/workspace.json (None: the small one). `scopes` are what the app was granted,
    `events` the event names it subscribed to ("message.channels", "reaction_added", ...; None: all), `retry_after`
    the seconds before each redelivery of an unacknowledged event, `ack_within` the seconds a click or command waits
    for its acknowledgement, `window` how many events are on their way
    at once, `trigger_life` the seconds a trigger id lives, `rate_limits` turns Slack's limits on.
    """

    def __init__(
        self,
        data: Json | None = None,
        *,
        scopes: frozenset[str] = SCOPES,
        events: frozenset[str] | None = None,
        bot_token: str = "xoxb-sandbox",
        app_token: str = "xapp-sandbox",
        retry_after: tuple[float, ...] = (3.0, 3.0, 3.0),
        ack_within: float = 3.0,
        window: int = 100,
        trigger_life: float = 3.0,
        rate_limits: bool = False,
        commands: tuple[str, ...] = COMMANDS,
    ) -> None:
        self.scopes, self.events = frozenset(scopes), events
        self.bot_token, self.app_token = bot_token, app_token
        self.retry_after, self.ack_within, self.trigger_life = retry_after, ack_within, trigger_life
        self.window = window
        self.rate_limits, self.commands, self.shortcuts = rate_limits, commands, SHORTCUTS
        data = small_workspace() if data is None else data
        self.team: Json = {"id": "T0TEAM", "name": "Team", "domain": "team", "url": "https://team.slack.com/"}
        self.team |= data.get("team", {})
        self.examples = [str(text) for text in data.get("examples", ())]
        self.users = {user["id"]: read_user(user) for user in data.get("users", [])}
        self.users.setdefault(APP_USER, User(APP_USER, "vigil", "Vigil", "bot", is_bot=True))
        self.users[APP_USER].is_bot, self.users[APP_USER].bot_id = True, BOT_ID
        self.channels = {channel["id"]: read_channel(channel) for channel in data.get("channels", [])}
        self.usergroups = {
            group["id"]: UserGroup(group["id"], group["handle"], list(group.get("users", [])))
            for group in data.get("usergroups", [])
        }
        self.timelines = {channel_id: Timeline() for channel_id in self.channels}
        self._last_ts = "0000000000.000000"
        self._opened = 0

    @classmethod
    def small(cls, **settings: Any) -> Self:
        """The built-in workspace for tests."""
        return cls(None, **settings)

    @classmethod
    def from_dict(cls, data: Json, **settings: Any) -> Self:
        return cls(data, **settings)

    @classmethod
    def from_json(cls, path: str | Path, **settings: Any) -> Self:
        """Read a workspace file; raises SandboxError when it cannot be read."""
        try:
            return cls(json.loads(Path(path).read_text(encoding="utf-8")), **settings)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SandboxError(f"cannot read the workspace file {path}: {error!r}") from error

    def new_ts(self) -> str:
        """A timestamp for now, later than every one given out before."""
        now = stamp(f"{time.time():.6f}")
        if now <= self._last_ts:
            whole, micro = self._last_ts.split(".")
            now = stamp(f"{int(whole) + (int(micro) + 1) // 1_000_000}.{(int(micro) + 1) % 1_000_000:06d}")
        self._last_ts = now
        return now

    def user(self, user_id: str) -> User:
        """A user by user id, bot id or name; raises Refused("user_not_found")."""
        found = self.users.get(user_id)
        if found is None:
            found = next((u for u in self.users.values() if user_id in (u.bot_id, u.name)), None)
        if found is None:
            raise Refused("user_not_found")
        return found

    def channel(self, channel_id: str) -> Channel:
        """A channel by id or name; raises Refused("channel_not_found")."""
        found = self.channels.get(channel_id)
        if found is None:
            found = next((c for c in self.channels.values() if c.name and c.name == channel_id.lstrip("#")), None)
        if found is None:
            raise Refused("channel_not_found")
        return found

    def open_conversation(self, users: list[str], opener: str = APP_USER) -> tuple[Channel, bool]:
        """The direct conversation of `opener` with `users`, and whether it was there before."""
        members = sorted({opener, *users})
        for channel in self.channels.values():
            if channel.kind in ("im", "mpim") and sorted(channel.members) == members:
                return channel, True
        self._opened += 1
        other = next((user for user in users if user != APP_USER), opener)
        is_im = len(members) <= 2
        name = "" if is_im else "mpdm-" + "--".join(self.users[m].name for m in members) + "-1"
        channel = Channel(
            id=f"D0{self._opened:06d}" if is_im else f"C0M{self._opened:06d}",
            name=name,
            kind="im" if is_im else "mpim",
            members=members,
            created=int(time.time()),
            user=other if is_im else "",
        )
        self.channels[channel.id] = channel
        self.timelines[channel.id] = Timeline()
        return channel, False

    def sees(self, channel: Channel) -> bool:
        """Whether the app is a member of the channel."""
        return APP_USER in channel.members


def read_user(data: Json) -> User:
    return User(
        id=data["id"],
        name=data["name"],
        real_name=str(data.get("real_name") or data["name"]),
        role=data.get("role", "asker"),
        title=data.get("title", ""),
        tz=data.get("tz", "UTC"),
        is_bot=bool(data.get("is_bot")),
        bot_id=data.get("bot_id", ""),
        is_restricted=bool(data.get("is_restricted")),
        deleted=bool(data.get("deleted")),
        team=data.get("team", ""),
    )


def read_channel(data: Json) -> Channel:
    return Channel(
        id=data["id"],
        name=data.get("name", ""),
        kind="im" if data.get("is_im") else "group" if data.get("is_private") else "channel",
        topic=data.get("topic", ""),
        members=list(data.get("members", [])),
        created=int(data.get("created", 1_700_000_000)),
        archived=bool(data.get("is_archived")),
        shared=bool(data.get("is_ext_shared")),
        user=data.get("user", ""),
    )
