"""A stock Bolt app and Web API client, pointed at a sandbox."""

from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox import Sandbox


def web_client(box: Sandbox, token: str = "xoxb-sandbox", **options: Any) -> WebClient:
    """A client of the sandbox that never repeats a call by itself."""
    return WebClient(token=token, base_url=box.api_url, retry_handlers=[], **options)


class Bot:
    """A Bolt app with nothing registered yet; `connect` opens its socket."""

    def __init__(self, box: Sandbox) -> None:
        self.app = App(client=web_client(box), ignoring_self_events_enabled=False)
        self.handler: SocketModeHandler | None = None
        self.box = box

    def connect(self, ping_interval: float = 1, timeout: float = 30) -> None:
        self.handler = SocketModeHandler(self.app, "xapp-sandbox", ping_interval=ping_interval)
        self.handler.connect()
        self.box.wait_connected(timeout=timeout)

    def keep(self, event: str) -> list[dict[str, Any]]:
        """Register a listener that keeps the bodies of these events."""
        kept: list[dict[str, Any]] = []

        def listener(body: dict[str, Any]) -> None:
            kept.append(body)
            with self.box._core.changed:
                self.box._core.changed.notify_all()

        self.app.event(event)(listener)
        return kept

    def wait(self, kept: list[Any], count: int = 1, timeout: float = 30) -> list[Any]:
        return self.box.wait_for(lambda _: kept if len(kept) >= count else None, timeout, f"{count} kept")

    def close(self) -> None:
        """Stop; the server goes first, since the client waits three seconds for a read on a socket still open."""
        if self.handler is not None:
            # A reconnect begun while the server stops would leave the client's socket unclosed.
            self.handler.client.default_auto_reconnect_enabled = False
            self.handler.client.auto_reconnect_enabled = False
        self.box.stop()
        if self.handler is not None:
            self.handler.close()
