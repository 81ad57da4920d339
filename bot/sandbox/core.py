"""What the Web API, the socket, the page and the people share: one state under one lock, and who is told of changes."""

import secrets
import time
from dataclasses import dataclass, field

from bot.sandbox import events
from bot.sandbox.limits import Limits
from bot.sandbox.models import Channel, Json, OpenView, Refused
from bot.sandbox.socket_mode import Hub
from bot.sandbox.state import State
from bot.sandbox.workspace import Workspace

RESPONSE_URL_USES, RESPONSE_URL_LIFE = 5, 1800.0


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer a command or click, and what that answer belongs to."""

    channel: str
    user: str
    message_ts: str = ""
    thread_ts: str = ""
    born: float = field(default_factory=time.monotonic)
    uses: int = 0


class Core(State):
    """Holds everything that changes while the sandbox runs; every reader and writer takes `changed` first."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.limits = Limits()
        timing = workspace.retry_after, workspace.ack_within, workspace.window
        self.hub = Hub(self.changed, self.faults, *timing)
        self.views: dict[str, OpenView] = {}
        self.homes: dict[str, Json] = {}
        self.responses: list[Json] = []
        self.urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()
        self._triggers: dict[str, tuple[float, str]] = {}
        # Event ids of two sandboxes must differ: an app keeps those it has seen.
        self._mark = secrets.token_hex(3).upper()

    def emit(self, event: Json | None, channel: Channel | None = None) -> None:
        """Send an event to the app, if it is in that channel, subscribed and entitled."""
        if event is None or (channel is not None and not self.workspace.sees(channel)):
            return
        if events.wanted(self.workspace, event):
            with self.changed:
                event_id = f"Ev{self._mark}{self.number():08d}"
                shared = channel is not None and channel.shared
                self.hub.offer("events_api", events.wrapped(self.workspace, event, event_id, shared))

    def new_trigger(self, user: str) -> str:
        """A trigger id for what `user` just did; it can be exchanged once, while it lives."""
        trigger = f"{self.number()}.{self.number()}.{secrets.token_hex(8)}"
        with self.changed:
            self._triggers[trigger] = (time.monotonic(), user)
        return trigger

    def take_trigger(self, trigger: str) -> str:
        """Exchange a trigger id for its user; raises Refused when it is unknown, used or too old."""
        with self.changed:
            born, user = self._triggers.get(trigger, (0.0, None))
            if user is None:
                raise Refused("invalid_trigger_id")
            if user == "":
                raise Refused("exchanged_trigger_id")
            if time.monotonic() - born > self.workspace.trigger_life:
                raise Refused("expired_trigger_id")
            self._triggers[trigger] = (born, "")
            return user

    def new_response_url(self, channel: str, user: str, message_ts: str = "", thread_ts: str = "") -> str:
        key = secrets.token_urlsafe(12)
        with self.changed:
            self.urls[key] = ResponseUrl(channel, user, message_ts, thread_ts)
        return f"{self.base_url}/response/{key}"

    def take_response_url(self, key: str) -> ResponseUrl:
        """Use a response URL once more; raises Refused when it is unknown, too old or used up."""
        with self.changed:
            url = self.urls.get(key)
            if url is None:
                raise Refused("invalid_url")
            if time.monotonic() - url.born > RESPONSE_URL_LIFE:
                raise Refused("expired_url")
            if url.uses >= RESPONSE_URL_USES:
                raise Refused("used_url")
            url.uses += 1
            return url

    def new_ticket(self) -> str:
        ticket = secrets.token_urlsafe(16)
        with self.changed:
            self.tickets.add(ticket)
        return ticket

    def take_ticket(self, ticket: str) -> bool:
        """Whether this ticket opens a socket; it does so once."""
        with self.changed:
            known = ticket in self.tickets
            self.tickets.discard(ticket)
            return known
