"""Teaching: what somebody wants Vigil to learn from a thread becomes a proposed case that the helpers see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, replies
from bot.dialogue.authority import ruled
from bot.dialogue.base import Directory
from bot.dialogue.cards import Cards
from bot.dialogue.lessons import read_case
from bot.dialogue.roles import thread_object
from bot.dialogue.tongue import rules_of
from bot.dialogue.verdicts import Verdicts
from bot.events import Click, Command, channel_of
from bot.models import Mode, Thread
from bot.outcomes import Outcome
from bot.storage.base import Threads
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Entry, Kind, Status


class Teaching:
    """Turns "teach" commands and submitted lessons into proposed cases."""

    def __init__(
        self, threads: Threads, directory: Directory, knowledge: KnowledgeBase, verdicts: Verdicts, cards: Cards
    ) -> None:  # fmt: skip
        self._threads, self._directory, self._knowledge, self._verdicts = threads, directory, knowledge, verdicts
        self._cards = cards

    def teach(self, command: Command, thread: Thread, rules: Rules, now: float) -> Outcome:
        """Propose what the thread itself teaches; nothing where the listener has opened a form instead."""
        if command.trigger:
            return Outcome()
        case = read_case(thread, self._directory, rules, now)
        if case is None:
            return replies.refuse(command, self._directory, "nothing_known")
        return self._proposed(command, self._propose(case, command.actor, thread, now), thread, rules, now)

    def submitted(self, click: Click, now: float) -> Outcome:
        """A lesson as somebody wrote it into the form, about a thread they may read."""
        command = replies.command_of(click, "teach", "", click.value)
        thread = self._threads.load(click.value, channel_of(click.value), now)
        actor = self._verdicts.actor(thread, click.actor)
        act = ruled(actor, "teach", thread_object(thread))
        if not (act.allowed and thread.turns):
            return replies.refuse(command, self._directory, "unknown_thread", replace(act, allowed=False))
        rules = rules_of(self._directory, thread)
        case = self._written(thread, click.actor, dict(click.fields), now)
        entry = self._propose(case, click.actor, thread, now)
        return replace(self._proposed(command, entry, thread, rules, now), acts=(act,))

    def _propose(self, case: Case, actor: str, thread: Thread, now: float) -> Entry:
        return self._knowledge.propose(case, actor, now, self._directory.readers(thread.channel_id))

    def _written(self, thread: Thread, author: str, fields: Mapping[str, str], now: float) -> Case:
        return Case(
            Kind.CASE, fields.get("title", ""), fields.get("problem", ""), fields.get("resolution", ""),
            self._directory.audience(thread.channel_id), f"thread:{thread.id}", self._directory.permalink(thread.id),
            authors=(author,), happened_at=now, turns=tuple(turn.id for turn in thread.human_turns()),
            container=thread.channel_id,
        )  # fmt: skip

    def _proposed(self, command: Command, entry: Entry, thread: Thread, rules: Rules, now: float) -> Outcome:
        """The receipt, and the card for the helpers: also in shadow mode, since a person asked for it."""
        if entry.status is Status.RETIRED and (reason := self._knowledge.reason(entry.id)):
            return replies.say(command, answers.receipt("teach_refused", rules, reason=reason))
        if entry.status is not Status.PROPOSED:
            return replies.say(command, answers.receipt("teach_known", rules))
        asked = replace(rules, mode=Mode.PRIVATE) if rules.mode == Mode.SHADOW else rules
        posts = self._cards.posts(entry, thread, asked, self._threads.helpers(thread.channel_id), now)
        said = replies.say(command, answers.receipt("teach" if posts else "teach_waiting", rules))
        return replace(said, posts=(*said.posts, *posts))
