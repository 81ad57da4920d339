"""Recently read threads, kept in memory at the version they were read at and carried along with what is committed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from bot.events import Reaction, Turn
from bot.models import Mark, following
from bot.outcomes import Outcome

KEPT = 512


@dataclass(frozen=True, slots=True)
class Content:
    """What a thread holds at a version: its root first, then its turns by time."""

    version: int
    turns: tuple[Turn, ...]
    marks: tuple[Mark, ...] = ()
    reactions: tuple[Reaction, ...] = ()


class RecentThreads:
    """Whoever asks must know the thread's version as stored: every stored change raises it, so an older copy is no hit."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Content] = OrderedDict()

    def get(self, thread_id: str, version: int) -> Content | None:
        """The thread's content at that very version, if it is at hand."""
        content = self._kept.get(thread_id)
        return content if content is not None and content.version == version else None

    def keep(self, thread_id: str, content: Content) -> None:
        """Remember what was read from the store."""
        self._kept[thread_id] = content
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def committed(self, outcome: Outcome) -> None:
        """An outcome was written: follow it where it only adds turns, else forget the thread, erased texts above all."""
        content = self._kept.pop(outcome.thread_id, None)
        if content is None and outcome.version == 0 and outcome.turns:
            content = Content(0, ())
        more = outcome.erased or outcome.marks or outcome.unmark or outcome.reactions
        if content is None or content.version != outcome.version or more:
            return
        turns = content.turns
        for turn in outcome.turns:
            turns = following(turns, turn, outcome.thread_id)
        self.keep(outcome.thread_id, Content(content.version + 1, turns, content.marks, content.reactions))
