"""A real Lark listener on a thread of its own, with what it committed."""

from __future__ import annotations

from collections.abc import Callable

from bot.config import Lark
from bot.events import Event
from bot.platforms.lark_listener import LarkListener
from bot.platforms.lark_origin import Stranger
from bot.sandbox import LarkSandbox
from tests.platforms.ears import Ear


def redacted(text: str) -> str:
    return text.replace("hunter2", "[secret]")


def lark_settings(box: LarkSandbox, timeout_seconds: float = 5.0, secret: str = "") -> Lark:
    return Lark(
        enabled=True,
        domain=box.url,
        app_id=box.app_id,
        app_secret=secret or box.app_secret,
        timeout_seconds=timeout_seconds,
        pace=1000.0,
    )


class LarkEar(Ear):
    """Runs a LarkListener against a sandbox; `strangers` are those who were turned away, `store` what takes events.

    `since` is the number of connections that a test began with.
    """

    box: LarkSandbox

    def _made(self, settings: Lark) -> LarkListener:
        self.since = 0
        self.strangers: list[Stranger] = []
        self.store: Callable[[Event, str, tuple[str, ...]], None] = super()._put
        return LarkListener(settings, redacted, tally=self.tally, refused=self._refused, ping_seconds=0.5)

    def _put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
        self.store(event, raw_id, aliases)

    def _refused(self, stranger: Stranger) -> None:
        with self.changed:
            self.strangers.append(stranger)
            self.changed.notify_all()
