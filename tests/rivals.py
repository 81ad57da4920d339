"""Ten other connections of the same app, which leave Slack no place for another."""

from __future__ import annotations

import socket
import urllib.parse
from collections.abc import Callable

from bot.sandbox import Sandbox

PLACES = 10
SHAKE = "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"


def rivals(box: Sandbox) -> Callable[[], None]:
    """Take all places; returns what gives them free again."""
    held = [_connected(box) for _ in range(PLACES)]
    box.wait_connected(PLACES)

    def leave() -> None:
        for one in held:
            one.close()

    return leave


def _connected(box: Sandbox) -> socket.socket:
    url = urllib.parse.urlsplit(_address(box))
    found = socket.create_connection((url.hostname or "", url.port or 80))
    shake = SHAKE.format(path=f"{url.path}?{url.query}", host=url.netloc, key="dGhlIHNhbXBsZSBub25jZQ==")
    found.sendall(shake.encode())
    assert found.recv(12).endswith(b"101"), "the sandbox refuses the connection"
    return found


def _address(box: Sandbox) -> str:
    """A ticket, taken behind the back of the Web API, whose faults and calls are the bot's."""
    return f"{box.url.replace('http', 'ws')}/socket?ticket={box._core.new_ticket()}"
