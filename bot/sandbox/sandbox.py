"""The sandbox as tests and the demo hold it: a workspace that listens, its people's hands, and ways to wait."""

import copy
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from bot.sandbox.core import Core
from bot.sandbox.envelope import Envelope
from bot.sandbox.events import outward
from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.messages_api import Endpoint
from bot.sandbox.models import Call, Json
from bot.sandbox.people import People
from bot.sandbox.server import Server
from bot.sandbox.workspace import APP_USER, BOT_ID, Workspace

T = TypeVar("T")


class Sandbox(People):
    """A workspace on this machine that speaks Slack's protocol; a context manager; safe from any thread."""

    def __init__(self, workspace: Workspace | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(Core(Workspace() if workspace is None else workspace))
        self._server = Server(self._core, self, host, port)

    def start(self) -> Self:
        """Listen, on the same port again after a `stop`; raises SandboxError when the port is taken."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Cut every connection and stop listening; what was said and what is unacknowledged stays."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the page is."""
        return self._core.base_url

    @property
    def api_url(self) -> str:
        """The base_url for slack_sdk's WebClient."""
        return f"{self.url}/api/"

    @property
    def workspace(self) -> Workspace:
        return self._core.workspace

    @property
    def faults(self) -> Faults:
        return self._core.faults

    @property
    def limits(self) -> Limits:
        return self._core.limits

    @property
    def llm(self) -> Endpoint:
        """The language model at `url`, which speaks the Messages protocol: what it was asked, and its rules."""
        return self._core.llm

    @property
    def calls(self) -> list[Call]:
        """Every Web API call so far."""
        with self._core.changed:
            return list(self._core.calls)

    @property
    def connections(self) -> int:
        """How many sockets are open and greeted."""
        return len(self._core.hub.links)

    @property
    def ephemerals(self) -> list[Json]:
        with self._core.changed:
            return copy.deepcopy(self._core.ephemerals)

    @property
    def responses(self) -> list[Json]:
        """What the app sent to response URLs or in acks of commands: {channel, user, body}."""
        with self._core.changed:
            return copy.deepcopy(self._core.responses)

    @property
    def views(self) -> dict[str, Json]:
        """The open modals by view id."""
        with self._core.changed:
            return {view_id: copy.deepcopy(view.view) for view_id, view in self._core.views.items()}

    def view_errors(self, view_id: str) -> dict[str, str]:
        """What the app's last answer put under the fields of an open modal."""
        with self._core.changed:
            return dict(self._core.views[view_id].errors)

    def home(self, user: str) -> Json | None:
        """The app's home as this user sees it."""
        with self._core.changed:
            return copy.deepcopy(self._core.homes.get(self.workspace.user(user).id))

    def messages(self, channel: str, thread: str | None = None) -> list[Json]:
        """The root messages of a channel, oldest first; with `thread`, its root and replies."""
        with self._core.changed:
            line = self.workspace.timelines[self.workspace.channel(channel).id]
            if thread is None:
                return [copy.deepcopy(line.by_ts[ts]) for ts in line.roots]
            heads = [thread] if thread in line.by_ts else []
            return [copy.deepcopy(line.by_ts[ts]) for ts in [*heads, *line.replies.get(thread, [])]]

    def all_messages(self, channel: str) -> list[Json]:
        """Every message of a channel, thread replies among them, oldest first."""
        with self._core.changed:
            line = self.workspace.timelines[self.workspace.channel(channel).id]
            return [copy.deepcopy(line.by_ts[ts]) for ts in sorted(line.by_ts)]

    def wait_for(self, ready: "Callable[[Sandbox], T]", timeout: float = 10.0, what: str = "") -> T:
        """Wait till `ready(box)` is truthy and return it; looked at on every change; raises TimeoutError."""
        end = time.monotonic() + timeout
        with self._core.changed:
            while not (value := ready(self)):
                left = end - time.monotonic()
                if left <= 0 or not self._core.changed.wait(left):
                    if value := ready(self):
                        return value
                    raise TimeoutError(f"waited {timeout} s for {what or 'a change'} in vain; {self._summary()}")
            return value

    def wait_message(
        self,
        channel: str,
        thread: str | None = None,
        where: Callable[[Json], object] | None = None,
        timeout: float = 10.0,
    ) -> Json:
        """Wait for a message; with no `where` it is one of the app's own. `thread` looks among its replies only."""
        fits = by_app if where is None else where

        def look(box: Sandbox) -> Json | None:
            # No copies here: this runs on every change.
            line = box.workspace.timelines[box.workspace.channel(channel).id]
            found = line.by_ts if thread is None else line.replies.get(thread, [])
            return next((m for m in (line.by_ts[ts] for ts in found) if fits(m)), None)

        message = self.wait_for(look, timeout, f"a message in {channel}" + (f", thread {thread}" if thread else ""))
        return copy.deepcopy(outward(message or {}, metadata=True))

    def wait_connected(self, count: int = 1, timeout: float = 10.0) -> None:
        """Wait till at least `count` sockets are open and greeted."""
        self.wait_for(lambda box: box.connections >= count, timeout, f"{count} connection(s)")

    def _summary(self) -> str:
        calls = [f"{call.method}: {call.outcome}" for call in self._core.calls[-5:]]
        return f"{self.connections} connection(s), {len(self.unacked())} unacknowledged, last calls {calls}"

    def unacked(self) -> list[Envelope]:
        """Events, clicks and commands that are neither acknowledged nor given up."""
        return self._core.hub.unacked()

    @property
    def dropped(self) -> list[Envelope]:
        """What was given up because nobody acknowledged it."""
        return list(self._core.hub.dropped)

    @property
    def ack_times(self) -> list[float]:
        """Seconds from sending an envelope to its acknowledgement, in order of acknowledgement."""
        return list(self._core.hub.ack_times)

    def wait_acked(self, timeout: float = 10.0) -> None:
        self.wait_for(lambda box: not box.unacked(), timeout, "all acknowledgements")

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell the app to reconnect ("warning", "refresh_requested", "link_disabled"), as Slack does every few hours."""
        self._server.thread.do(lambda: self._core.hub.links.retire(reason))

    def abort_sockets(self) -> None:
        """Cut every socket without a word."""

        def cut() -> None:
            for link in list(self._server.links):
                link.cut()

        self._server.thread.do(cut)

    def mute_sockets(self, silent: bool = True) -> None:
        """Let every open socket neither speak nor hear, pings and pongs included, while it stays open."""

        def mute() -> None:
            for link in self._server.links:
                link.silent = silent

        self._server.thread.do(mute)


def by_app(message: Json) -> bool:
    """Whether the app itself posted this message."""
    return message.get("bot_id") == BOT_ID or message.get("user") == APP_USER
