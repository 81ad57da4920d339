"""The sockets that are open and greeted, and whose turn it is."""

import asyncio
import json

from bot.sandbox.envelope import Link
from bot.sandbox.models import Json
from bot.sandbox.workspace import APP_ID

MAX_LINKS = 10
# A retired link stays open this many seconds after its notice, so that late acks are heard.
FAREWELL = 1.0
DEBUG: Json = {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060}


class Links:
    """The open links of one app; used on the server's loop, under the sandbox's lock."""

    def __init__(self) -> None:
        self._links: list[Link] = []
        self._turn = 0

    def __len__(self) -> int:
        return len(self._links)

    def greet(self, link: Link) -> None:
        """Say hello to a new link and let it take envelopes; Slack allows ten at once."""
        if len(self) >= MAX_LINKS:
            self.turn_away(link)
            return
        self._links.append(link)
        hello = {"type": "hello", "num_connections": len(self), "connection_info": {"app_id": APP_ID}}
        link.send(json.dumps(hello | {"debug_info": DEBUG}))

    @staticmethod
    def turn_away(link: Link) -> None:
        """Close a new link without a greeting."""
        link.send(json.dumps({"type": "disconnect", "reason": "too_many_websockets", "debug_info": DEBUG}))
        link.close()

    def discard(self, link: Link) -> None:
        if link in self._links:
            self._links.remove(link)

    def retire(self, reason: str) -> None:
        """Ask the app to reconnect; the old links close a little later."""
        frame = json.dumps({"type": "disconnect", "reason": reason, "debug_info": DEBUG})
        for link in self._links:
            link.retired = True
            link.send(frame)
            asyncio.get_running_loop().call_later(FAREWELL, link.close)

    def choose(self) -> Link | None:
        """The next link in turn; a retired one only when there is no other."""
        links = [link for link in self._links if not link.retired] or self._links
        if not links:
            return None
        self._turn += 1
        return links[self._turn % len(links)]
