"""Clicks on Vigil's buttons, choices and forms; each may come twice and does its work once."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, feedback, replies, revising
from bot.dialogue.authority import ruled
from bot.dialogue.base import Directory
from bot.dialogue.casework import CASES, Casework
from bot.dialogue.confirming import CLICKS as CONFIRMS
from bot.dialogue.confirming import Confirming
from bot.dialogue.corrections import Corrections
from bot.dialogue.desk import Desk
from bot.dialogue.feedback import Meaning
from bot.dialogue.genuine import Genuine
from bot.dialogue.picking import picked
from bot.dialogue.recall import still_shown
from bot.dialogue.revising import Revising
from bot.dialogue.roles import thread_object
from bot.dialogue.settling import DRAFTS, Settling
from bot.dialogue.teaching import Teaching
from bot.dialogue.tongue import rules_of
from bot.dialogue.verdicts import Verdicts
from bot.events import Click
from bot.messages import Message
from bot.models import Mark, Thread
from bot.outcomes import Act, Outcome
from bot.storage.base import Decisions, Threads
from knowledge.base import EntryStore

RECEIPTS = {Meaning.HELPFUL: "helpful", Meaning.UNHELPFUL: "not_helpful", Meaning.RESOLVED: "resolve"}
RIGHTS = {"vigil_why": "why", "vigil_need_human": "need_human", "vigil_speak_less": "speak_less"}


class Clicks:
    """Turns clicks and submitted forms into outcomes."""

    def __init__(
        self,
        threads: Threads,
        decisions: Decisions,
        entries: EntryStore,
        directory: Directory,
        desk: Desk,
        verdicts: Verdicts,
        settling: Settling,
        teaching: Teaching,
        casework: Casework,
        confirming: Confirming,
        revising: Revising,
        corrections: Corrections,
        genuine: Genuine,
    ) -> None:
        self._genuine = genuine
        self._confirming, self._revising, self._corrections = confirming, revising, corrections
        self._threads, self._decisions, self._entries, self._directory = threads, decisions, entries, directory
        self._desk, self._verdicts, self._settling, self._teaching = desk, verdicts, settling, teaching
        self._casework = casework

    def click(self, click: Click, now: float) -> Outcome:
        """What a click leads to, a correction of what Vigil knows too; nothing where it is stale, forged or unknown."""
        trouble = self._genuine.trouble(click, now) if known(click.action) else "forged"
        if trouble:
            act = Act(click.actor, f"click: {trouble}", click.action if known(click.action) else "unknown", False)
            return self._reply(click, trouble, click.channel_id, act)
        click = self._genuine.laid_open(click)
        return self._corrections.clicked(click, self._answer(click, now), now)

    def _answer(self, click: Click, now: float) -> Outcome:
        if click.action in CONFIRMS:
            return self._confirming.clicked(click, now)
        if click.action in revising.CLICKS:
            return self._revising.clicked(click, now)
        if click.action in CASES:
            return self._casework.click(click, now)
        if click.action in DRAFTS:
            return self._settling.draft(click, now)
        if click.action == "vigil_taught":
            return self._teaching.submitted(click, now)
        if (
            click.action == "vigil_gap_draft"
        ):  # its form is the listener's work; whoever may not read the thread is told
            return self._desk.command(replies.command_of(click, "teach", "", click.value), now)
        if click.action.startswith("vigil_pick_"):
            verb, argument = picked(click.action)
            return self._desk.command(replies.command_of(click, verb, argument, click.value), now)
        return self._about_decision(click, now)

    def _about_decision(self, click: Click, now: float) -> Outcome:
        """Helpful, Not helpful, Solved, Need a human, Why? under a suggestion, Speak less here under a Why?."""
        record = self._decisions.get(click.value)
        if record is None:
            return self._reply(click, "gone", click.channel_id, Act(click.actor, click.action, "decision ?", False))
        thread = self._threads.load(record["thread_id"], record["channel_id"], now)
        rules = rules_of(self._directory, thread)
        meaning = feedback.CLICKS.get(click.action)
        if meaning is not None:
            return self._verdict(click, thread, meaning, rules, now)
        right = RIGHTS[click.action]
        act = ruled(self._verdicts.actor(thread, click.actor), right, thread_object(thread))
        if not act.allowed:
            return self._reply(click, "not_allowed", thread.channel_id, act)
        if right == "why":
            message = answers.why(still_shown(record, self._entries, self._directory), rules, now)
            return replies.telling(replies.answer(click, message, thread.channel_id, act), thread.channel_id)
        return self._human(click, thread, act, now) if right == "need_human" else self._less(click, thread, act, now)

    def _verdict(self, click: Click, thread: Thread, meaning: Meaning, rules: Rules, now: float) -> Outcome:
        """The click itself counts; the form that "Not helpful" opens adds the reason, and only it is thanked for."""
        said, record = feedback.of_click(click), self._decisions.get(click.value)
        outcome = Outcome(thread.id, thread.channel_id, thread.version)
        reason = said.reason if said and meaning is Meaning.UNHELPFUL else ""
        outcome = self._verdicts.verdict(outcome, thread, meaning, click.actor, record, now, reason)
        if any(not act.allowed for act in outcome.acts):
            return _with(outcome, self._reply(click, "not_allowed", thread.channel_id))
        if meaning is Meaning.UNHELPFUL and not click.fields:
            return outcome
        return _with(outcome, self._say(click, answers.receipt(RECEIPTS[meaning], rules), thread.channel_id))

    def _human(self, click: Click, thread: Thread, act: Act, now: float) -> Outcome:
        rules = rules_of(self._directory, thread)
        message = answers.receipt("human" if self._verdicts.oncall(thread) else "human_nobody", rules)
        outcome = Outcome(thread.id, thread.channel_id, thread.version, acts=(act,))
        called = self._verdicts.call_human(outcome, thread, click.actor, now)
        return _with(called, self._say(click, message, thread.channel_id))

    def _less(self, click: Click, thread: Thread, act: Act, now: float) -> Outcome:
        """Once for each answer that was one too many; the mark remembers which."""
        mark = f"less-{click.value}"
        if thread.marked(mark):
            return self._reply(click, "settled", thread.channel_id, act)
        rules = rules_of(self._directory, thread)
        command = replies.command_of(click, "speak-less", "", thread.id, thread.channel_id)
        quieter = self._desk.speak_less(command, thread.channel_id, rules)
        marks = (Mark(mark, click.actor, now),)
        return replace(quieter, thread_id=thread.id, version=thread.version, marks=marks, acts=(act,))

    def _say(self, click: Click, message: Message, channel_id: str) -> Outcome:
        return replies.answer(click, message, channel_id)

    def _reply(self, click: Click, why: str, channel_id: str, *acts: Act) -> Outcome:
        """One line to the one who clicked: why nothing was done."""
        return replies.turned_down(click, why, self._directory, channel_id, *acts)


def known(action: str) -> bool:
    """Whether there is such a button, choice or form."""
    tables: tuple[Container[str], ...] = (
        CONFIRMS, revising.CLICKS, CASES, DRAFTS, feedback.CLICKS, RIGHTS, ("vigil_taught", "vigil_gap_draft"),
    )  # fmt: skip
    return action.startswith("vigil_pick_") or any(action in table for table in tables)


def _with(outcome: Outcome, reply: Outcome) -> Outcome:
    return replace(outcome, posts=(*outcome.posts, *reply.posts))
