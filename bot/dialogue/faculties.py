"""What the responder thinks with: memory, judgement, knowledge and what may draft an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.dialogue import suggest, timing
from bot.dialogue.base import Directory
from bot.dialogue.cautions import Cautions
from bot.dialogue.question import Asked
from bot.dialogue.voicing import Voicing
from bot.dialogue.weighing import Opinions
from bot.events import Turn
from bot.models import Score, Thread
from bot.stages import Stages
from bot.storage.base import Decisions, Threads
from knowledge.library import KnowledgeBase


class Scorer(Protocol):
    """Triage, as the responder sees it."""

    def score(self, thread: Thread, now: float, turn: Turn | None = None) -> Score:
        """How much the thread needs help right after `turn` (default: its last)."""

    def question(self, thread: Thread, turn: Turn | None = None) -> Asked:
        """What to search with for `turn` (default: the thread's last)."""


@dataclass(frozen=True, slots=True)
class Faculties:
    """What the responder reads with; none of it writes. `shelve` brings precedents up to date; `draft` may be slow."""

    threads: Threads
    decisions: Decisions
    directory: Directory
    knowledge: KnowledgeBase
    triage: Scorer
    shelve: Callable[[], object]
    versions: tuple[tuple[str, str], ...]
    stages: Stages
    opinions: Opinions
    cautions: Cautions
    late: timing.Late
    voicing: Voicing
    draft: suggest.Draft = suggest.draft
