"""The sender empties the outbox: it posts once, and looks before it posts again when the outcome was unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from bot.messages import Post, Target
from bot.platforms.base import Platform, SendExpired, SendLater, SendRefused, SendUnknown
from bot.storage.base import LeaseLost, Outbox, Sending

ATTEMPTS = 12
MARGIN = 2.0
"""Seconds after a request's timeout by which it has surely arrived or been lost."""

log = structlog.get_logger("sender")


class Sender:
    """Posts what is in the outbox through the platform that each post's channel names."""

    def __init__(
        self,
        outbox: Outbox,
        platforms: Mapping[str, Platform],
        owner: str,
        clock: Callable[[], float],
        timeout: float = 10.0,
    ) -> None:
        """`timeout` is how long a platform's request may take, in seconds; only after it a post is looked for."""
        self._outbox, self._platforms, self._owner, self._clock = outbox, platforms, owner, clock
        self._look_after = timeout + MARGIN

    def step(self) -> bool:
        """Send one post; False when nothing may go now."""
        sending = self._outbox.claim(self._owner, self._clock())
        if sending is None:
            return False
        try:
            self._send(sending)
        except LeaseLost as lost:
            log.warning("lease lost", action="send", error=str(lost))
        return True

    def _send(self, sending: Sending) -> None:
        platform = self._platforms[sending.post.channel_id.split(":", 1)[0]]
        lease = sending.lease
        try:
            self._outbox.sent(lease, self._out(platform, sending), self._clock())
        except SendLater as wait:
            self._again(sending, str(wait), wait.retry_after, unknown=sending.unknown)
        except SendUnknown as doubt:
            self._again(sending, str(doubt), self._look_after, unknown=True)
        except SendRefused as refused:
            log.error("post refused", action="give up", key=sending.post.key, error=str(refused))
            self._outbox.failed(lease, str(refused))
        except LeaseLost:
            raise
        except Exception as trouble:
            log.exception("send failed", action="look, then try again", key=sending.post.key)
            self._again(sending, f"{type(trouble).__name__}: {trouble}", self._look_after, unknown=True)

    def _out(self, platform: Platform, sending: Sending) -> str:
        """Post it, or find that it was; an answer whose address is used up goes as a direct message."""
        try:
            return _once(platform, sending.post, sending)
        except SendExpired:
            if not sending.post.person:
                raise
            return _once(platform, replace(sending.post, target=Target.DIRECT), sending)

    def _again(self, sending: Sending, error: str, wait: float, unknown: bool) -> None:
        if sending.lease.attempts >= ATTEMPTS:
            log.error("post given up", action="give up", key=sending.post.key, error=error)
            self._outbox.failed(sending.lease, error)
            return
        self._outbox.again(sending.lease, error, self._clock() + wait, unknown)


def _once(platform: Platform, post: Post, sending: Sending) -> str:
    found = platform.find(post, sending.created_at - 60) if sending.unknown else None
    return found if found is not None else platform.post(post)
