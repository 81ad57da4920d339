"""Clicks on Vigil's buttons, choices and forms; each may come twice and does its work once."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Rules
from bot.dialogue import answers, compose, feedback, proposals
from bot.dialogue.authority import authorize
from bot.dialogue.base import Directory
from bot.dialogue.desk import Desk
from bot.dialogue.feedback import Meaning
from bot.dialogue.recall import decision_of
from bot.dialogue.verdicts import Verdicts
from bot.events import Click, Command
from bot.messages import Message, Post, Target
from bot.models import Thread
from bot.outcomes import Act, Outcome
from bot.storage.base import Decisions, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Entry, KnowledgeError

CASES = {
    "vigil_case_approve": "approve",
    "vigil_case_reject": "reject",
    "vigil_case_undo": "undo",
    "vigil_case_edited": "edit",
}
DRAFTS = {"vigil_draft_publish": "publish", "vigil_draft_edited": "publish", "vigil_draft_dismiss": "dismiss"}


class Clicks:
    """Turns clicks and submitted forms into outcomes."""

    def __init__(
        self, threads: Threads, decisions: Decisions, entries: EntryStore, directory: Directory, knowledge: KnowledgeBase,
        desk: Desk, verdicts: Verdicts,
    ) -> None:  # fmt: skip
        self._threads, self._decisions, self._entries = threads, decisions, entries
        self._directory, self._knowledge, self._desk, self._verdicts = directory, knowledge, desk, verdicts

    def click(self, click: Click, now: float) -> Outcome:
        """What a click leads to; clicks that open a form, or that nobody knows, lead to nothing."""
        if click.action in CASES:
            return self._case(click, now)
        if click.action in DRAFTS:
            return self._draft(click, now)
        if click.action.startswith("vigil_pick_"):
            return self._desk.command(self._command(click, click.action.removeprefix("vigil_pick_"), click.value), now)
        if click.action == "vigil_taught":
            return self._taught(click, now)
        if click.action == "vigil_speak_less":
            return self._less(click)
        return self._verdict(click, now)

    def _verdict(self, click: Click, now: float) -> Outcome:
        """Helpful, Not helpful, Solved, Need a human, Why? under a suggestion."""
        record = self._decisions.get(click.value)
        if record is None:
            return Outcome()
        thread = self._threads.load(record["thread_id"], record["channel_id"], now)
        rules = self._directory.rules(thread.channel_id)
        outcome = Outcome(thread.id, thread.channel_id, thread.version)
        if click.action == "vigil_why":
            allowed = authorize(self._verdicts.actor(thread, click.actor), "why")
            message = (
                answers.why(decision_of(record, self._entries), rules, now)
                if allowed
                else answers.refusal("not_allowed", rules)
            )
            return self._reply(click, message, record["channel_id"], Act(click.actor, "why", thread.id, allowed))
        if click.action == "vigil_need_human":
            return self._human(click, outcome, thread, rules, now)
        meaning = feedback.CLICKS.get(click.action)
        if meaning is None:
            return Outcome()
        said = feedback.of_click(click)
        reason = said.reason if said else ""
        outcome = self._verdicts.verdict(outcome, thread, meaning, click.actor, record, now, reason)
        if meaning is Meaning.RESOLVED:
            outcome = self._verdicts.verdict(outcome, thread, Meaning.HELPFUL, click.actor, record, now, "solved")
        return (
            outcome
            if meaning is Meaning.UNHELPFUL and not click.fields
            else self._thanks(click, outcome, meaning, rules)
        )

    def _thanks(self, click: Click, outcome: Outcome, meaning: Meaning, rules: Rules) -> Outcome:
        names = {Meaning.HELPFUL: "helpful", Meaning.UNHELPFUL: "not_helpful", Meaning.RESOLVED: "resolve"}
        refused = any(not act.allowed for act in outcome.acts)
        message = answers.refusal("not_allowed", rules) if refused else answers.receipt(names[meaning], rules)
        return _with(outcome, self._reply(click, message, outcome.channel_id))

    def _human(self, click: Click, outcome: Outcome, thread: Thread, rules: Rules, now: float) -> Outcome:
        allowed = authorize(self._verdicts.actor(thread, click.actor), "need_human")
        act = Act(click.actor, "need_human", thread.id, allowed)
        if not allowed:
            return self._reply(click, answers.refusal("not_allowed", rules), thread.channel_id, act)
        message = answers.receipt("human" if rules.oncall else "human_nobody", rules)
        called = self._verdicts.call_human(replace(outcome, acts=(act,)), thread, click.actor, now)
        return _with(called, self._reply(click, message, thread.channel_id))

    def _draft(self, click: Click, now: float) -> Outcome:
        """Publish (perhaps reworded) or dismiss a draft; the second click finds it done."""
        record = self._decisions.get(click.value)
        if record is None:
            return Outcome()
        thread = self._threads.load(record["thread_id"], record["channel_id"], now)
        rules = self._directory.rules(thread.channel_id)
        allowed = authorize(self._verdicts.actor(thread, click.actor), DRAFTS[click.action])
        act = Act(click.actor, DRAFTS[click.action], thread.id, allowed)
        if not allowed:
            return self._reply(click, answers.refusal("not_allowed", rules), thread.channel_id, act)
        posts: list[Post] = []
        if DRAFTS[click.action] == "publish":
            text = dict(click.fields).get("text", "")
            message = compose.published(text, decision_of(record, self._entries), rules, now)
            posts.append(
                Post(
                    f"{record['id']}/suggestion",
                    Target.THREAD,
                    thread.channel_id,
                    message,
                    thread.id,
                    decision_id=record["id"],
                )
            )
        posts += self._update(
            click, answers.receipt(DRAFTS[click.action], rules), f"{record['id']}/settled", thread.channel_id
        )
        return Outcome(posts=tuple(posts), acts=(act,))

    def _case(self, click: Click, now: float) -> Outcome:
        """Approve, edit, reject or undo a case."""
        entry = self._entries.get(int(click.value)) if click.value.isdigit() else None
        rules = self._directory.rules(click.channel_id or (entry.case.container if entry else ""))
        if entry is None:
            return self._reply(click, answers.refusal("gone", rules), click.channel_id)
        verb = CASES[click.action]
        home = Thread(entry.case.container + ":", entry.case.container, (), self._helpers(entry.case.container))
        allowed = authorize(self._verdicts.actor(home, click.actor), verb)
        act = Act(click.actor, verb, f"entry {entry.id}", allowed)
        if not allowed:
            return self._reply(click, answers.refusal("not_allowed", rules), home.channel_id, act)
        try:
            message = self._settle(verb, entry, click, rules, now)
        except KnowledgeError as refused:
            return self._reply(click, Message(str(refused)), home.channel_id, act)
        return Outcome(
            posts=tuple(self._update(click, message, f"case-{entry.id}/{verb}-{now:.0f}", home.channel_id)), acts=(act,)
        )

    def _settle(self, verb: str, entry: Entry, click: Click, rules: Rules, now: float) -> Message:
        if verb == "approve":
            return proposals.approved(self._knowledge.approve(entry.id, click.actor, now), rules)
        if verb == "reject":
            return proposals.rejected(self._knowledge.reject(entry.id, click.actor, now), rules)
        if verb == "undo":
            return proposals.undone(self._knowledge.undo(entry.id, click.actor, now), rules)
        given = {name: text for name, text in click.fields if text.strip()}
        old = entry.case
        case = replace(
            old,
            title=given.get("title", old.title),
            problem=given.get("problem", old.problem),
            resolution=given.get("resolution", old.resolution),
        )
        return proposals.proposal(self._knowledge.edit(entry.id, case, click.actor, now), rules, now)

    def _taught(self, click: Click, now: float) -> Outcome:
        """The form of "Teach Vigil from this thread" was sent."""
        return self._desk.taught(self._command(click, "teach", click.value), dict(click.fields), now)

    def _less(self, click: Click) -> Outcome:
        rules = self._directory.rules(click.value)
        home = Thread(click.value + ":", click.value, (), self._helpers(click.value))
        allowed = authorize(self._verdicts.actor(home, click.actor), "speak_less")
        act = Act(click.actor, "speak_less", click.value, allowed)
        if not allowed:
            return self._reply(click, answers.refusal("not_allowed", rules), click.value, act)
        return replace(self._desk.speak_less(self._command(click, "speak-less", None), click.value, rules), acts=(act,))

    def _helpers(self, channel_id: str) -> frozenset[str]:
        return self._threads.helpers(channel_id)

    @staticmethod
    def _command(click: Click, verb: str, thread_id: str | None) -> Command:
        return Command(
            verb,
            "",
            click.actor,
            click.channel_id or _home(thread_id),
            click.at,
            thread_id,
            reply_to=click.reply_to,
            via="click",
        )

    def _reply(self, click: Click, message: Message, channel_id: str, *acts: Act) -> Outcome:
        """An answer that only the one who clicked sees."""
        return self._desk.say(
            replace(self._command(click, click.action, None), channel_id=channel_id, argument=click.value),
            message,
            acts,
        )

    @staticmethod
    def _update(click: Click, message: Message, key: str, channel_id: str) -> list[Post]:
        """The card that was clicked shows what came of it."""
        if click.turn_id is None:
            return [
                Post(f"{key}-said", Target.DIRECT, channel_id, message, person=click.actor, event_type="vigil_answer")
            ]
        return [
            Post(
                key,
                Target.UPDATE,
                click.turn_id.rsplit(":", 1)[0],
                message,
                address=click.turn_id,
                event_type="vigil_answer",
            )
        ]


def _home(thread_id: str | None) -> str:
    return thread_id.rsplit(":", 1)[0] if thread_id else ""


def _with(outcome: Outcome, reply: Outcome) -> Outcome:
    return replace(outcome, posts=(*outcome.posts, *reply.posts))
