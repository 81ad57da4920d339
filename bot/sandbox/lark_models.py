"""The values of Lark's side of the sandbox: chats, messages, what a call brought, and its refusal."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.sandbox.lark_errors import ERRORS
from bot.sandbox.models import Json, SandboxError

T = TypeVar("T")


class Denied(SandboxError):
    """A call is refused with one of Lark's error codes; `ext` is what Lark adds to the sentence, `extra` to the body."""

    def __init__(self, code: int, ext: str = "", **extra: Any) -> None:
        self.status, said = ERRORS[code]
        self.code, self.extra = code, extra
        self.msg = f"{said.rstrip('.')}, ext={ext}" if ext else said
        super().__init__(f"{code}: {self.msg}")


@dataclass(slots=True)
class Chat:
    """A conversation; `mode` is group, topic or p2p; members are open ids, the app's own among them; times in ms."""

    id: str
    name: str
    mode: str = "group"
    private: bool = False
    description: str = ""
    members: list[str] = field(default_factory=list)
    owner: str = ""
    external: bool = False
    dissolved: bool = False
    order: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reaction:
    """One emoji by one person (an open id) or by the app itself."""

    id: str
    emoji: str
    operator: str
    at: int


@dataclass(slots=True)
class Message:
    """A message as it stands: `content` is JSON text as Lark gives it out, `card` the card as its author sent it."""

    id: str
    chat_id: str
    sender: str
    msg_type: str
    content: str
    create_time: int
    update_time: int
    root_id: str = ""
    parent_id: str = ""
    thread_id: str = ""
    upper_id: str = ""
    mentions: list[Json] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    children: list["Message"] = field(default_factory=list)
    card: Json | None = None
    deleted: bool = False
    edits: int = 0
    visible_to: str = ""

    @property
    def text(self) -> str:
        """What a person reads of a text message; for other types the content as it is."""
        if self.msg_type != "text" or self.deleted:
            return self.content
        return str(json.loads(self.content).get("text", ""))

    @property
    def quoted_in_thread(self) -> bool:
        """Whether it stands inside a thread only, not in the chat itself."""
        return bool(self.thread_id and self.root_id)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one call brought: the parts of its path by name, its query, its JSON body."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Json = field(default_factory=dict)

    def asked(self, name: str, default: str = "") -> str:
        """One value of the query."""
        return (self.query.get(name) or [default])[0]

    def text(self, name: str) -> str:
        """A string of the body, "" when it is not there; raises Denied when it is something else."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid_field(name, "the field must be a string")
        return value or ""

    def need(self, name: str) -> str:
        if not self.text(name):
            raise invalid_field(name, f"{name} is required")
        return self.text(name)

    def page(self, items: Sequence[T], default: int = 20, high: int = 100) -> tuple[list[T], Json]:
        """The page of `items` that page_size and page_token ask for, with has_more and the next page_token."""
        size = self.asked("page_size") or str(default)
        if not size.isdigit() or not 1 <= int(size) <= high:
            raise invalid_field("page_size", f"the value must be between 1 and {high}")
        start = read_token(self.asked("page_token"))
        end = start + int(size)
        more = end < len(items)
        return list(items[start:end]), {"has_more": more, "page_token": write_token(end) if more else ""}

    def named(self) -> Json:
        """Everything it brought, for the record."""
        query = {key: list(values) if len(values) > 1 else values[0] for key, values in self.query.items()}
        return {**query, **self.body, **self.path}


def invalid_field(name: str, why: str) -> Denied:
    """The error of Lark's gateway, which looks at fields before the service does."""
    return Denied(99992402, error={"field_violations": [{"field": name, "description": why}]})


def write_token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def read_token(token: str) -> int:
    if not token:
        return 0
    try:
        kind, _, offset = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        return int(offset) if kind == "offset" else -1
    except (binascii.Error, ValueError) as error:
        raise invalid_field("page_token", "the page token is not valid") from error
