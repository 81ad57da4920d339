"""Roles: how a person stands before a thread or a channel, from the platform, user groups, owners and configuration."""

from __future__ import annotations

from typing import Protocol

from bot.dialogue.authority import Actor, Object
from bot.dialogue.base import Directory
from bot.dialogue.governance import curators
from bot.messages import Standing
from bot.models import Thread
from knowledge.models import Entry

OFFICES = frozenset({Standing.MEMBER, Standing.GUEST})
"""Who can be a helper, a curator or an administrator: nobody from elsewhere, whatever the lists say."""


class Helping(Protocol):
    """Who helps where; see bot.storage.base.Threads."""

    def helpers(self, channel_id: str) -> frozenset[str]:
        """The configured helpers, and people who replied in three or more threads that they did not open."""


class Roles:
    """Makes the Actors that `authorize` judges; what it does not know is no role."""

    def __init__(self, threads: Helping, directory: Directory) -> None:
        self._threads, self._directory = threads, directory

    def at(self, place: str, person: str, helpers: frozenset[str] | None = None) -> Actor:
        """The person before a channel; `helpers` are those known to help there, where they were looked up already."""
        directory = self._directory
        standing, reads = directory.standing(place, person), directory.open_to(place, person)
        if standing not in OFFICES:
            return Actor(person, place, reads, standing=standing)
        helping = self._threads.helpers(place) if helpers is None else helpers
        if standing is Standing.GUEST:  # by helping alone only members come to an office: a guest is named to it
            helping = directory.helpers(place)
        return Actor(
            person, place, reads, helps=person in helping, administers=person in directory.administrators(),
            curates=person in curators(place, helping, directory), standing=standing,
        )  # fmt: skip

    def before(self, thread: Thread, person: str) -> Actor:
        """The person before a thread."""
        return self.at(thread.channel_id, person, thread.helpers)


def channel_object(channel_id: str) -> Object:
    """A channel, as what something is done to."""
    return Object("channel", channel_id, channel_id)


def thread_object(thread: Thread) -> Object:
    """A thread, as what something is done to."""
    return Object("thread", thread.id, thread.channel_id, asker=thread.asker if thread.turns else "")


def entry_object(entry: Entry, four_eyes: bool = True) -> Object:
    """A case, as what something is done to; with `four_eyes` nobody vouches for what only they wrote or proposed."""
    authors = frozenset(entry.case.authors)
    alone = frozenset({entry.proposed_by}) | (authors if len(authors) == 1 else frozenset())
    return Object("entry", str(entry.id), entry.case.container, authors=alone if four_eyes else frozenset())
