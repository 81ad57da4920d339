"""The sandbox as tests and the demo hold it: a workspace that listens, its people's hands, and ways to wait."""

import copy
from collections.abc import Callable

from bot.sandbox.box import Box
from bot.sandbox.core import Core
from bot.sandbox.events import outward
from bot.sandbox.limits import Limits
from bot.sandbox.models import Json
from bot.sandbox.people import People
from bot.sandbox.server import Server
from bot.sandbox.workspace import APP_USER, BOT_ID, Workspace


class Sandbox(People, Box):
    """A workspace on this machine that speaks Slack's protocol; a context manager; safe from any thread."""

    def __init__(self, workspace: Workspace | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        People.__init__(self, Core(Workspace() if workspace is None else workspace))
        Box.__init__(self, self._core, self._core.hub, Server(self._core, self, host, port))

    @property
    def api_url(self) -> str:
        """The base_url for slack_sdk's WebClient."""
        return f"{self.url}/api/"

    @property
    def workspace(self) -> Workspace:
        return self._core.workspace

    @property
    def limits(self) -> Limits:
        return self._core.limits

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

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell the app to reconnect ("warning", "refresh_requested", "link_disabled"), as Slack does every few hours."""
        self._server.thread.do(lambda: self._core.hub.links.retire(reason))


def by_app(message: Json) -> bool:
    """Whether the app itself posted this message."""
    return message.get("bot_id") == BOT_ID or message.get("user") == APP_USER
