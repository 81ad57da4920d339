"""Looks once more, at the moment of sending, at whom a post mentions: only who is in the thread, and the configured on-call."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.base import Directory
from bot.messages import Post
from bot.storage.base import Threads


def nobody(post: Post) -> Post:
    """The post without its mentions: what happens to them where nobody can tell who is in the thread."""
    message = post.message
    if not message.people and not message.groups:
        return post
    return replace(post, message=replace(message, people=(), groups=()))


class Mentions:
    """Lets stand the mentions of people who wrote or are named in the thread and may read it, and of the on-call group."""

    def __init__(self, threads: Threads, directory: Directory) -> None:
        self._threads, self._directory = threads, directory

    def allowed(self, post: Post) -> Post:
        """The post with the mentions that may stand; one that mentions nobody costs nothing."""
        message = post.message
        if not message.people and not message.groups:
            return post
        there = self._there(post)
        people = tuple(p for p in message.people if p in there and self._directory.open_to(post.channel_id, p))
        oncall = self._directory.rules(post.channel_id).oncall
        known = self._directory.group(oncall, post.channel_id) if oncall else None
        groups = tuple(group for group in message.groups if group == known)
        return replace(post, message=replace(message, people=people, groups=groups))

    def _there(self, post: Post) -> frozenset[str]:
        if post.thread_id is None:
            return frozenset({post.person} - {""})
        turns = self._threads.load(post.thread_id, post.channel_id, 0.0, nearby=False).turns
        return frozenset(who for turn in turns for who in (turn.author, *turn.mentions))
