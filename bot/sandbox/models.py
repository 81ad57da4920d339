"""The small values that every part of the sandbox passes around."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.models import VigilError

# Slack speaks JSON objects whose shape depends on their "type"; the sandbox keeps them as they travel.
Json = dict[str, Any]


class SandboxError(VigilError):
    """Somebody asked the sandbox for something that its workspace does not hold or allow."""


class Refused(SandboxError):
    """A Web API call is refused: `code` is Slack's error string, `extra` goes into the reply beside it."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


class Call(NamedTuple):
    """One Web API call: method, arguments without the token, time in epoch seconds, "ok" or what went wrong."""

    method: str
    args: Json
    when: float
    outcome: str


@dataclass(slots=True)
class User:
    """A member of the workspace, or of another `team`; `role` is asker, helper or whatever the sample says, and only the page shows it."""

    id: str
    name: str
    real_name: str
    role: str = "asker"
    title: str = ""
    tz: str = "UTC"
    is_bot: bool = False
    bot_id: str = ""
    is_restricted: bool = False
    deleted: bool = False
    team: str = ""


@dataclass(slots=True)
class Channel:
    """A conversation; `kind` is channel, group (private), im or mpim, and `user` is the person of an im."""

    id: str
    name: str
    kind: str = "channel"
    topic: str = ""
    members: list[str] = field(default_factory=list)
    created: int = 0
    archived: bool = False
    shared: bool = False
    user: str = ""


@dataclass(slots=True)
class UserGroup:
    """A user group such as @oncall."""

    id: str
    handle: str
    users: list[str]


@dataclass(slots=True)
class OpenView:
    """A modal as one user sees it, with the errors that the app's last answer put under its fields."""

    id: str
    user: str
    view: Json
    errors: dict[str, str] = field(default_factory=dict)
