"""Looks back: what was said in a chat or thread of Lark's, and whether a post of Vigil's arrived."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.messages import Post, Target
from bot.platforms.base import SendRefused, Standing
from bot.platforms.chat_fields import Table, rows, table, text
from bot.platforms.lark_cards import carries
from bot.platforms.lark_directory import DIRECT, Directory
from bot.platforms.lark_errors import GONE, Refusal
from bot.platforms.lark_ids import Identity, Place, channel_id, place, turn_id
from bot.platforms.lark_json import native, seconds
from bot.platforms.lark_messages import FORWARD, Redact, turn
from bot.platforms.lark_pages import Read, every
from bot.platforms.lark_posting import MESSAGE, MESSAGES
from bot.platforms.lark_reactions import Reactions

# With this Lark gives back a card as it was sent, and not only what is left of its words.
WHOLE_CARDS = {"card_msg_content_type": "user_card_content"}
# Lark's clock and ours may differ; a key is unique, so looking further back finds nothing wrong.
SKEW_SECONDS = 300.0
# For an hour Lark itself takes a second sending of the same post for the first.
SAME_POST_SECONDS = 3300.0
Tally = tuple[int, float]
"""How many replies stand under a root, and when the newest was sent."""


class Past:
    """Reads what stands in the history; for the same message the turns are equal to the live ones, ids included."""

    def __init__(
        self,
        read: Read,
        me: Callable[[], Identity],
        redact: Redact,
        directory: Directory,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._read, self._me, self._redact, self._directory, self._wall = read, me, redact, directory, wall
        self._reactions = Reactions(read, me)

    def history(self, channel: str, since: float) -> Iterator[Standing]:
        """Root turns of a chat and answers by quotation, after `since`, oldest first, with what hangs on each root."""
        where = self._chat(channel)
        if where is None:
            return iter(())
        items = [item for item in self._listed(where.chat, since) if seconds(item, "create_time") > since]
        below = self._below(items)
        return self._standing(channel, items, lambda item: below.get(native(item, "message_id"), (0, 0.0)))

    def _chat(self, channel: str) -> Place | None:
        """The chat's place; that of a person whose direct chat is not known yet is none."""
        where = place(channel)
        if not where.chat.startswith("ou_"):
            return where
        chat = self._directory.direct(where.chat)
        return replace(where, chat=chat) if chat else None

    def _listed(self, container: str, since: float = 0.0, kind: str = "chat") -> Iterator[Table]:
        query: dict[str, Any] = {"container_id_type": kind, "container_id": container, "sort_type": "ByCreateTimeAsc"}
        if kind == "chat":  # of a thread Lark does not take times
            query["start_time"] = str(max(0, int(since)))
        return every(self._read, MESSAGES, query | WHOLE_CARDS, "items")

    def _below(self, items: Iterable[Table]) -> Mapping[str, Tally]:
        """The replies under each root: those that quote it stand in the chat, those of a thread only in the thread."""
        found: dict[str, Tally] = defaultdict(lambda: (0, 0.0))
        for item in items:
            name, root = native(item, "message_id"), native(item, "root_id")
            replies = [item] if root and root != name else []
            if native(item, "thread_id") and not replies:
                root = name
                replies = [
                    r for r in self._listed(native(item, "thread_id"), kind="thread") if native(r, "message_id") != root
                ]
            for reply in replies:
                count, newest = found[root]
                standing = 0 if reply.get("deleted") is True else 1
                found[root] = (count + standing, max(newest, seconds(reply, "create_time")) if standing else newest)
        return found

    def replies(self, thread: str, since: float) -> Iterator[Standing]:
        """The turns of one thread after `since`, the root first, then oldest first; nothing when the thread is gone."""
        where = place(thread)
        try:
            root = next(iter(rows(self._read(MESSAGE, WHOLE_CARDS, at={"message_id": where.message}), "items")), None)
        except Refusal as refused:
            if refused.code not in GONE:
                raise
            return iter(())
        if root is None:
            return iter(())
        name = native(root, "thread_id")
        items = list(self._listed(name, kind="thread")) if name else []
        quoting = [] if self._only_threads(where) else list(self._listed(where.chat, seconds(root, "create_time")))
        items += [item for item in quoting if native(item, "root_id") == where.message]
        chain = {native(item, "message_id"): item for item in [root, *items]}
        ordered = sorted(chain.values(), key=lambda item: seconds(item, "create_time"))
        fresh = [item for item in ordered if seconds(item, "create_time") > since]
        return self._standing(channel_id(where.tenant, where.chat), fresh, lambda _: (0, 0.0))

    def _only_threads(self, where: Place) -> bool:
        """Whether everything that answers stands in threads, so that the chat itself need not be read."""
        return self._directory.threaded(channel_id(where.tenant, where.chat))

    def _standing(self, channel: str, items: list[Table], below: Callable[[Table], Tally]) -> Iterator[Standing]:
        me, direct = self._me(), self._directory.mode(channel) == DIRECT
        reacted = self._reactions.of([native(item, "message_id") for item in items if item.get("deleted") is not True])
        for item in items:
            found = turn(item, me, self._redact, direct, self._forwarded(item))
            if found is None:
                continue
            if direct and found.human:
                self._directory.met(place(channel).chat, found.author)
            count, newest = below(item)
            yield Standing(found, reacted.get(native(item, "message_id"), frozenset()), frozenset(), count, newest)

    def _forwarded(self, item: Table) -> list[Table]:
        """What a merged forward holds, which Lark tells when that one message is asked for; nothing when it does not."""
        if text(item, "msg_type") != FORWARD or item.get("deleted") is True:
            return []
        name = native(item, "message_id")
        try:
            whole = rows(self._read(MESSAGE, at={"message_id": name}), "items")
        except Refusal:
            return []
        return [part for part in whole if native(part, "message_id") != name]

    def find(self, post: Post, since: float) -> str | None:
        """The turn id of the message that carries the post's key; raises SendRefused where nobody can look any more."""
        if post.target is Target.THREAD and post.thread_id:
            where, items = place(post.thread_id), self._answers(place(post.thread_id), since)
        elif post.target is Target.CHANNEL:
            where = place(post.channel_id)
            items = self._listed(where.chat, since - SKEW_SECONDS)
        elif post.target is Target.DIRECT:
            return self._find_direct(post, since)
        else:  # changing and deleting may be done twice; an answer to one person cannot be looked for
            return None
        return self._carrying(items, where, post.key)

    def _answers(self, where: Place, since: float) -> Iterator[Table]:
        """Messages among which an answer in this thread stands, if it does."""
        root = next(iter(rows(self._read(MESSAGE, at={"message_id": where.message}), "items")), None)
        name = native(root, "thread_id") if root is not None else ""
        if name:
            yield from self._listed(name, kind="thread")
        if not self._only_threads(where):
            yield from self._listed(where.chat, since - SKEW_SECONDS)

    def _find_direct(self, post: Post, since: float) -> str | None:
        chat = self._directory.direct(post.person)
        if chat is not None:
            where = Place(self._me().tenant, chat)
            return self._carrying(self._listed(chat, since - SKEW_SECONDS), where, post.key)
        if self._wall() - since < SAME_POST_SECONDS:
            return None  # sent again it is the same message, for an hour
        raise SendRefused("it may have gone out, and Lark does not tell in which chat to look; it is not sent again")

    def _carrying(self, items: Iterable[Table], where: Place, key: str) -> str | None:
        own = self._me()
        for item in items:
            if text(table(item, "sender"), "id") in (own.app, own.bot) and carries(
                text(table(item, "body"), "content"), key
            ):
                return turn_id(where.tenant, where.chat, native(item, "message_id"))
        return None
