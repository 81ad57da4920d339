"""What a thread teaches, as a form to be opened at once; imports nothing heavy, since a listener uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import forms, learning, summary
from bot.dialogue.authority import authorize
from bot.dialogue.base import Directory
from bot.dialogue.roles import Roles, thread_object
from bot.dialogue.standing import Refusal
from bot.events import channel_of
from bot.messages import Form
from bot.models import Mark, Thread
from bot.storage.base import Threads
from knowledge.models import Case, Kind


class Lessons:
    """Knows the form of "Teach Vigil this thread", filled in from the thread. `clock` gives epoch seconds."""

    def __init__(self, threads: Threads, directory: Directory, clock: Callable[[], float]) -> None:
        self._threads, self._directory, self._clock = threads, directory, clock
        self._roles = Roles(threads, directory)

    def readable(self, channel_id: str, actor: str) -> bool:
        """Whether somebody may read the channel, and so a form that holds its words."""
        return self._directory.open_to(channel_id, actor)

    def form(self, thread_id: str, turn_id: str | None, actor: str, sure: bool) -> Form | None:
        """The form, None for who may not teach from the thread; a thread that is not `sure` to exist must be known."""
        known = (self._threads.thread_of(turn_id) if turn_id else None) or thread_id
        channel_id = channel_of(known)
        now = self._clock()
        thread = self._threads.load(known, channel_id, now)
        if not authorize(self._roles.before(thread, actor), "teach", thread_object(thread)):
            return None
        if not thread.turns and not sure:
            return None
        rules = self._directory.rules(channel_id)
        return forms.teach(known, lesson(thread, self._directory, rules, now), rules.language)


def read_case(thread: Thread, directory: Directory, rules: Rules, now: float) -> Case | None:
    """What the thread teaches by itself, None when no answer in it can be told; who teaches it vouches that there is one."""
    url, audience = directory.permalink(thread.id), directory.audience(thread.channel_id)
    vouched = (
        replace(thread, marks=(*thread.marks, Mark("resolved", "", now))) if not thread.marked("resolved") else thread
    )
    found = learning.case_of(vouched, url, audience, rules)
    return None if isinstance(found, Refusal) else found


def lesson(thread: Thread, directory: Directory, rules: Rules, now: float) -> Case | None:
    """What a form about the thread begins with: its case, else the problem alone, None for an unknown thread."""
    if not thread.turns:
        return None
    found = read_case(thread, directory, rules, now)
    if found is not None:
        return found
    problem = "\n".join(turn.text for turn in summary.opening(thread))
    return Case(Kind.CASE, summary.topic(thread), problem, "", directory.audience(thread.channel_id), "")
