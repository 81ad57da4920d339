"""Has cases put into a model's words: at most one call a thread, none once a call has failed in a run, and never for long."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from bot.dialogue.extracting import Extractor, Reading
from bot.dialogue.standing import Refusal
from bot.llm.base import Speechless
from bot.models import Thread
from knowledge.models import Case

RETOLD, QUOTED = "case retold by a language model: ", "case in people's own words: "
"""Actions in the audit log beside that of the proposal, followed by the prompt's version and model, or by the reason."""
SAID_BY_MODEL = ", says the model"
log = structlog.get_logger("retelling")


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be proposed, or why nothing is; `retold` says that the words are the model's, `note` how that came."""

    case: Case | Refusal
    retold: bool
    note: str


class Retelling:
    """Keeps what was read until the thread is learned: neither a commit that failed nor words that changed cost a second call.

    `refuses` tells why a case would not be proposed, "" where it would. Used by one thread at a time.
    """

    def __init__(self, extractor: Extractor, refuses: Callable[[Case], str]) -> None:
        self._extractor, self._refuses = extractor, refuses
        self._heard: dict[str, Reading | str] = {}
        self._failed = ""

    def begin(self, thread_ids: Collection[str]) -> None:
        """A run begins with these threads to learn from: what failed in the last one may do now."""
        self._failed = ""
        self._heard = {thread_id: heard for thread_id, heard in self._heard.items() if thread_id in thread_ids}

    def hear(self, thread: Thread, plain: Case) -> bool:
        """Ask the model where it was not asked yet; True when it was, and the thread may have moved on meanwhile.

        `plain` is the case in people's own words: one that says too little, or too much about somebody, no call will mend.
        """
        if thread.id in self._heard or self._failed or self._refuses(plain):
            return False
        try:
            self._heard[thread.id] = self._extractor.read(thread)
        except Speechless as silent:
            log.warning("no reading", action="keep people's own words", why=silent.why, error=str(silent))
            self._heard[thread.id] = self._failed = f"the model gave no answer ({silent.why})"
        return True

    def told(self, thread: Thread, plain: Case) -> Told:
        """What to propose instead of the case in people's own words; that one, wherever the model does not do better."""
        heard = self._heard.get(thread.id, self._failed)
        if not heard or self._refuses(plain):
            return Told(plain, False, "")
        if isinstance(heard, str):
            return Told(plain, False, f"{QUOTED}{heard}")
        case = self._extractor.case(heard, thread, plain)
        if case is None or (isinstance(case, Case) and self._refuses(case)):
            return Told(plain, False, f"{QUOTED}too little of what the model wrote is carried by the thread")
        return Told(case, isinstance(case, Case), f"{RETOLD}{heard.call.prompt} {heard.call.model}")
