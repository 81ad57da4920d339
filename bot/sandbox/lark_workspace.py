"""The tenant as Lark has it: people, chats and messages under Lark's ids, with no network in it."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.sandbox.lark_models import Chat, Message
from bot.sandbox.models import Json, SandboxError, User, UserGroup
from bot.sandbox.small import small_workspace
from bot.sandbox.workspace import APP_USER, read_user

ALL_MESSAGES = "im:message.group_msg"
SCOPES = frozenset(
    [
        "contact:contact.base:readonly",
        "contact:group:readonly",
        "contact:user.base:readonly",
        "im:chat:readonly",
        "im:chat.members:read",
        "im:message",
        "im:message.group_at_msg:readonly",
        ALL_MESSAGES,
        "im:message.p2p_msg:readonly",
        "im:message.reactions:read",
        "im:message.reactions:write_only",
        "im:message:readonly",
        "im:message:recall",
        "im:message:send_as_bot",
        "im:message:update",
        "tenant:tenant:readonly",
    ]
)


@dataclass(frozen=True, slots=True)
class Reconnect:
    """What the client is told of its connection, in whole seconds: Lark says 120, a nonce of 30, and for ever (-1)."""

    interval: int = 1
    nonce: int = 0
    count: int = -1
    ping: int = 1

    def config(self) -> Json:
        names = {"ReconnectCount": self.count, "ReconnectInterval": self.interval}
        return names | {"ReconnectNonce": self.nonce, "PingInterval": self.ping}


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict the tenant is; all times in seconds. Lark redelivers after 15 s, 5 min, 1 h and 6 h: compressed here.

    `scopes` are what the app was granted, `events` the event types it subscribed to (None: all), `published` whether
    a version of it is in force, `frame_limit` the bytes of one frame before a message is split, `unavailable` who is
    outside the app's availability (by name or id).
    """

    scopes: frozenset[str] = SCOPES
    events: frozenset[str] | None = None
    published: bool = True
    retry_after: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    ack_within: float = 3.0
    window: int = 100
    reconnect: Reconnect = Reconnect()
    max_connections: int = 50
    frame_limit: int = 64 * 1024
    token_life: float = 7200.0
    uuid_life: float = 3600.0
    edit_limit: int = 20
    edit_window: float = 86_400.0
    recall_window: float = 86_400.0
    card_window: float = 14 * 86_400.0
    rate_limits: bool = False
    unavailable: tuple[str, ...] = ()


class LarkWorkspace:
    """People, chats and messages of one tenant, and the app in it; `data` has the shape of sample/workspace.json.

    A channel of the data with "topic_group" becomes a topic group, one with "is_ext_shared" an external chat; a person
    with "tenant" comes from another tenant. Ids are made from those of the data, so that they are the same each time.
    """

    def __init__(
        self, data: Json | None = None, *, app_id: str = "", app_secret: str = "lark-sandbox", **rules: Any
    ) -> None:
        data = small_lark() if data is None else data
        self.rules = Rules(**rules)
        # The stock client keeps tokens by app id for the whole process: two sandboxes must not share one.
        self.app_id, self.app_secret = app_id or f"cli_{secrets.token_hex(8)}", app_secret
        self.team: Json = {"id": "T0TEAM", "name": "Team"} | data.get("team", {})
        self.tenant_key = made("", self.team["id"], 16)
        self.examples = [str(text) for text in data.get("examples", ())]
        self.people: dict[str, User] = {}
        self.tenants: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for person in [*data.get("users", []), {"id": APP_USER, "name": "vigil", "real_name": "Vigil"}]:
            self._add_person(person)
        self.app = self._names[APP_USER]
        self.people[self.app].is_bot = True
        self.chats = {chat.id: chat for chat in (self._read_chat(channel) for channel in data.get("channels", []))}
        self.groups = [
            UserGroup(made("g", group["id"], 12), group["handle"], [self.person(p).id for p in group.get("users", [])])
            for group in data.get("usergroups", [])
        ]
        self.messages: dict[str, Message] = {}
        self.threads: dict[str, str] = {}  # thread id -> the id of its first message
        self._last = 0

    @classmethod
    def small(cls, **settings: Any) -> Self:
        """The built-in workspace for tests: Slack's small one and a topic group."""
        return cls(None, **settings)

    @classmethod
    def from_json(cls, path: str | Path, **settings: Any) -> Self:
        """Read a workspace file; raises SandboxError when it cannot be read."""
        try:
            return cls(json.loads(Path(path).read_text(encoding="utf-8")), **settings)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SandboxError(f"cannot read the workspace file {path}: {error!r}") from error

    def _add_person(self, data: Json) -> None:
        if data["id"] in self._names:
            return
        person = read_user({**data, "id": made("ou_", data["id"])})
        self.people[person.id] = person
        self.tenants[person.id] = made("", data["tenant"], 16) if "tenant" in data else self.tenant_key
        for name in (data["id"], person.id, person.name, union_id(person.id), user_id(person.id), bot_app(person.id)):
            self._names.setdefault(name, person.id)

    def _read_chat(self, data: Json) -> Chat:
        mode = "p2p" if data.get("is_im") else "topic" if data.get("topic_group") else "group"
        members = [self.person(member).id for member in data.get("members", [])]
        chat = Chat(made("oc_", data["id"]), data.get("name", ""), mode, bool(data.get("is_private")), members=members)
        self._names[data["id"]] = chat.id
        chat.description, chat.external = data.get("topic", ""), bool(data.get("is_ext_shared"))
        chat.owner = next((m for m in members if not self.people[m].is_bot), "")
        return chat

    def known(self, name: str) -> User | None:
        return self.people.get(self._names.get(name, ""))

    def person(self, name: str) -> User:
        """A person by any of their ids, by name or by the id in the data; raises SandboxError."""
        found = self.app if name == self.app_id else self._names.get(name, "")
        if found not in self.people:
            raise SandboxError(f"there is nobody called {name}")
        return self.people[found]

    def chat(self, name: str) -> Chat:
        """A chat by id, name or the id in the data; raises SandboxError."""
        found = self.chats.get(self._names.get(name, name))
        found = found or next((c for c in self.chats.values() if c.name and c.name == name.lstrip("#")), None)
        if found is None:
            raise SandboxError(f"there is no chat called {name}")
        return found

    def direct(self, person: str) -> tuple[Chat, bool]:
        """The direct chat of the app with somebody, and whether it was there before."""
        for chat in self.chats.values():
            if chat.mode == "p2p" and person in chat.members:
                return chat, True
        chat = Chat(made("oc_", f"p2p {person}"), "", "p2p", True, members=[person, self.app])
        self.chats[chat.id] = chat
        return chat, False

    def sees(self, chat: Chat) -> bool:
        """Whether the app is in this chat."""
        return self.app in chat.members and not chat.dissolved

    def now(self) -> int:
        """Now in ms; later than every time given out before, so that the order of messages is that of their times."""
        self._last = max(self._last + 1, int(time.time() * 1000))
        return self._last


def made(prefix: str, seed: str, length: int = 32) -> str:
    """An id that looks like Lark's and is always the same for the same seed."""
    return prefix + hashlib.sha256(f"lark {prefix}{seed}".encode()).hexdigest()[:length]


def union_id(open_id: str) -> str:
    return made("on_", open_id)


def user_id(open_id: str) -> str:
    return made("", open_id, 8)


def bot_app(open_id: str) -> str:
    """The app id under which another bot speaks."""
    return made("cli_", open_id, 16)


def small_lark() -> Json:
    data = small_workspace()
    members = data["channels"][0]["members"]
    topics: Json = {"id": "C0TOPICS", "name": "topics", "members": members, "topic_group": True}
    return data | {"channels": [*data["channels"], topics]}
