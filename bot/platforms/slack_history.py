"""Looks back: what was said in a channel or thread, and whether a post of Vigil's arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.messages import Post, Target
from bot.platforms.base import Standing
from bot.platforms.chat_fields import Table
from bot.platforms.slack_blocks import carries
from bot.platforms.slack_directory import Read, every
from bot.platforms.slack_errors import GONE, Refusal
from bot.platforms.slack_ids import Identity, Place, place, seconds, turn_id
from bot.platforms.slack_json import stamp
from bot.platforms.slack_messages import Redact, standing

# Slack's clock and ours may differ; a key is unique, so looking further back finds nothing wrong.
SKEW_SECONDS = 300.0


class Past:
    """Reads what stands in the history; for the same message the turns are equal to the live ones, ids included."""

    def __init__(self, read: Read, me: Callable[[], Identity], redact: Redact) -> None:
        self._read, self._me, self._redact = read, me, redact

    def history(self, channel: str, since: float) -> Iterator[Standing]:
        """Root turns (and broadcasts) of a channel after `since`, oldest first."""
        where = place(channel)
        items = list(every(self._read, "conversations.history", self._window(where, since), "messages"))
        return self._standing(where, reversed(items))

    def replies(self, thread: str, since: float) -> Iterator[Standing]:
        """The turns of one thread after `since`, oldest first; nothing when the thread is gone."""
        where = place(thread)
        arguments = {**self._window(where, since), "ts": where.ts}
        try:
            items = list(every(self._read, "conversations.replies", arguments, "messages"))
        except Refusal as refused:
            if refused.code not in GONE:
                raise
            return iter(())
        # Slack gives the root with every answer, however old it is.
        return self._standing(where, (item for item in items if self._at(item) > since))

    def _window(self, where: Place, since: float) -> dict[str, Any]:
        return {"channel": where.channel, "oldest": f"{max(0.0, since):.6f}", "include_all_metadata": True}

    def _at(self, item: Any) -> float:
        return seconds(stamp(item, "ts")) if isinstance(item, dict) else 0.0

    def _standing(self, where: Place, items: Iterator[Table]) -> Iterator[Standing]:
        direct = where.channel.startswith("D")
        for item in items:
            found = standing(item, where.channel, self._me(), self._redact, direct) if isinstance(item, dict) else None
            if found is not None:
                yield found

    def find(self, post: Post, since: float, direct: Callable[[str], str]) -> str | None:
        """The turn id of the message that carries the post's key. `direct` opens a person's direct messages."""
        if post.target is Target.THREAD and post.thread_id:
            where, method = place(post.thread_id), "conversations.replies"
        elif post.target is Target.DIRECT:
            where, method = Place(self._me().team, direct(post.person)), "conversations.history"
        elif post.target is Target.CHANNEL:
            where, method = place(post.channel_id), "conversations.history"
        else:  # changing and deleting may be done twice; an answer to one person cannot be looked for
            return None
        arguments = self._window(where, since - SKEW_SECONDS) | ({"ts": where.ts} if where.ts else {})
        for item in every(self._read, method, arguments, "messages"):
            if carries(item, post.key):
                return turn_id(where.team, where.channel, stamp(item, "ts"))
        return None
