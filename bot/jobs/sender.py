"""The sender empties the outbox: it posts once, and looks before it posts again when the outcome was unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from bot.events import platform_of
from bot.jobs.mentions import nobody
from bot.messages import Post, Target
from bot.platforms.base import Platform, SendExpired, SendLater, SendRefused, SendUnknown
from bot.storage.base import LeaseLost, Outbox, Sending
from bot.tally import Tally

ATTEMPTS = 12
"""Tries of a post that fails for a reason of our own; one that waits for the platform is tried for KEPT seconds."""
KEPT = 86_400.0
PAUSE = 60.0
"""Seconds between tries at most, unless the platform asks for more."""
MARGIN = 2.0
"""Seconds after a request's timeout by which it has surely arrived or been lost."""

ANSWERS = frozenset(("vigil_suggestion", "vigil_draft", "vigil_accept"))
"""What is said unasked to somebody who waits; follow-ups, cards and deletions are as good later."""

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
        late: float = 2 * 3600.0,
        tally: Tally | None = None,
        may: Callable[[Post], bool] = lambda _: True,
        mentions: Callable[[Post], Post] = nobody,
    ) -> None:
        """`may` tells whether the readers that a post would have now may see it; it may raise as a platform does.

        `timeout` is how long a platform's request may take, in seconds; only after it a post is looked for.

        `late` is for how many seconds an answer that waits for the platform is still worth posting; `mentions` takes from a
        post whom it may not mention.
        """
        self._late, self._tally, self._may, self._mentions = late, tally or Tally(), may, mentions
        self._outbox, self._platforms, self._owner, self._clock = outbox, platforms, owner, clock
        self._look_after = timeout + MARGIN

    def step(self, platform: str = "") -> bool:
        """Send one post, of that platform if one is named; False when nothing may go now."""
        sending = self._outbox.claim(self._owner, self._clock(), platform)
        if sending is None:
            return False
        try:
            self._send(sending)
        except LeaseLost as lost:
            log.warning("lease lost", action="send", error=str(lost))
        return True

    def _send(self, sending: Sending) -> None:
        lease, name = sending.lease, platform_of(sending.post.channel_id)
        try:
            platform = self._platforms.get(name)
            if platform is None:
                raise SendRefused(f"{name} is switched off, or was never there")
            self._outbox.sent(lease, self._out(platform, sending), self._clock())
        except SendLater as wait:
            # Not counted as a try, and no longer than asked: often a post only keeps the platform's pace.
            self._again(sending, str(wait), wait.retry_after, sending.unknown, outage=True, tried=False)
        except SendUnknown as doubt:
            self._again(sending, str(doubt), max(self._look_after, _longer(sending)), unknown=True, outage=True)
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
        if self._clock() - sending.created_at > self._late and sending.post.event_type in ANSWERS:
            return self._if_out(platform, sending, "it could not be posted in time; filed, not posted")
        if not self._may(sending.post):
            return self._if_out(platform, sending, "its readers are others than it was written for; filed, not posted")
        post = self._mentions(sending.post)
        try:
            return _once(platform, post, sending)
        except SendExpired:
            if not post.person:
                raise
            return _once(platform, replace(post, target=Target.DIRECT), sending)

    @staticmethod
    def _if_out(platform: Platform, sending: Sending, why: str) -> str:
        """What is not to be posted any more is refused; if it went out earlier, it is found."""
        reply = sending.post.target is Target.REPLY  # cannot be looked for
        found = platform.find(sending.post, sending.created_at - 60) if sending.unknown and not reply else None
        if found is None:
            raise SendRefused(why)
        return found

    def _again(
        self, sending: Sending, error: str, wait: float, unknown: bool, outage: bool = False, tried: bool = True
    ) -> None:
        self._tally.add("sent_again")
        waited = self._clock() - sending.created_at
        if waited > KEPT if outage else sending.lease.attempts >= ATTEMPTS:
            log.error("post given up", action="give up", key=sending.post.key, error=error)
            self._outbox.failed(sending.lease, error)
            return
        self._outbox.again(sending.lease, error, self._clock() + wait, unknown, tried)


def _longer(sending: Sending) -> float:
    """Seconds to wait during an outage: longer with every try, up to PAUSE."""
    return min(PAUSE, float(2 ** min(sending.lease.attempts - 1, 10)))


def _once(platform: Platform, post: Post, sending: Sending) -> str:
    if sending.unknown and post.target is Target.REPLY:  # found again after a crash: once too few is better than twice
        raise SendRefused("it may have gone out; an answer to one person cannot be looked for and is not sent again")
    found = platform.find(post, sending.created_at - 60) if sending.unknown else None
    return found if found is not None else platform.post(post)
