"""Settling drafts: publish, edit, dismiss; each once, and the card says so."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import compose, replies, summary
from bot.dialogue.authority import ruled
from bot.dialogue.base import Directory
from bot.dialogue.recall import decision_of, may_say
from bot.dialogue.replies import name_of
from bot.dialogue.roles import thread_object
from bot.dialogue.tongue import rules_of
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.wording import say
from bot.events import Click
from bot.messages import Message, Post, Source, Target
from bot.models import Decision, Feedback, Mark, Suggestion, Thread
from bot.outcomes import Act, Outcome
from bot.storage.base import Decisions, Outbox, Threads
from knowledge.base import EntryStore

DRAFTS = {
    "vigil_draft_publish": "publish",
    "vigil_draft_edit": "edit_draft",
    "vigil_draft_edited": "publish",
    "vigil_draft_dismiss": "dismiss",
}
OPENS = frozenset({"vigil_draft_edit"})  # their form is the listener's work


class Settling:
    """Turns clicks on drafts into outcomes."""

    def __init__(
        self,
        threads: Threads,
        decisions: Decisions,
        entries: EntryStore,
        outbox: Outbox,
        directory: Directory,
        verdicts: Verdicts,
    ) -> None:
        self._threads, self._decisions, self._entries, self._outbox = threads, decisions, entries, outbox
        self._directory, self._verdicts = directory, verdicts

    def draft(self, click: Click, now: float) -> Outcome:
        """Publish (perhaps reworded) or dismiss a draft; whoever comes second is told that it is settled."""
        record = self._decisions.get(click.value)
        decision = decision_of(record, self._entries) if record else None
        verb = DRAFTS[click.action]
        if decision is None or decision.suggestion is None:
            return self._no(click, "gone", click.channel_id, Act(click.actor, verb, "decision ?", False))
        thread = self._threads.load(decision.thread_id, decision.channel_id, now)
        act = ruled(self._verdicts.actor(thread, click.actor), verb, thread_object(thread))
        if not act.allowed:
            return self._no(click, "not_allowed", thread.channel_id, act)
        if not thread.turns or thread.withdrawn or not may_say(decision, self._entries, self._directory):
            return self._no(click, "gone", thread.channel_id, act)
        settled = f"settled-{decision.id}"
        if thread.marked(settled):
            return self._no(click, "settled", thread.channel_id, act)
        if verb != "dismiss" and self._overtaken(decision):
            return self._no(click, "superseded", thread.channel_id, replace(act, allowed=False))
        if click.action in OPENS:
            return Outcome(acts=(act,))
        posts = self._published(click, decision, now) if verb == "publish" else ()
        deed = Feedback(decision.id, click.actor, verb == "publish", _deed(click, decision.suggestion), now, said=False)
        return Outcome(
            thread.id, thread.channel_id, thread.version, marks=(Mark(settled, click.actor, now),), acts=(act,),
            posts=(*posts, *self._draft_settled(click, decision, thread, verb)), feedback=(deed,),
        )  # fmt: skip

    def _overtaken(self, draft: Decision) -> bool:
        """Whether a later draft for the thread was shown, or an answer given: this one was made for what stood then."""
        later = [d for d in self._decisions.listed(draft.thread_id, limit=50) if d["at"] > draft.at and d["suggestion"]]
        keys = [key for d in later for _, key in self._outbox.messages_of(d["id"])]
        return any(key.endswith(("/draft", "/suggestion")) for key in keys)

    def _published(self, click: Click, decision: Decision, now: float) -> tuple[Post, ...]:
        rules, text = self._directory.rules(decision.channel_id), dict(click.fields).get("text", "")
        message = compose.published(text, decision, rules, now)
        key = f"{decision.id}/suggestion"
        return (Post(key, Target.THREAD, decision.channel_id, message, decision.thread_id, decision_id=decision.id),)

    def _draft_settled(self, click: Click, decision: Decision, thread: Thread, verb: str) -> tuple[Post, ...]:
        rules = rules_of(self._directory, thread)
        name = name_of(click.actor, thread.channel_id, self._directory)
        own = Source(say(rules.language, "draft_thread"), self._directory.permalink(thread.id), "")
        text = say(rules.language, f"settled_{verb}", topic=summary.topic(thread), name=name)
        cards = [turn for turn, key in self._outbox.messages_of(decision.id) if key.endswith("/draft")]
        return replies.show(
            click, cards, Message(text, sources=(own,), source_label=""), f"{decision.id}/settled", thread.channel_id,
            thread.channel_id,
        )  # fmt: skip

    def _no(self, click: Click, why: str, channel_id: str, *acts: Act) -> Outcome:
        """One line to the one who clicked: why nothing was done."""
        return replies.turned_down(click, why, self._directory, channel_id, *acts)


def _deed(click: Click, said: Suggestion) -> str:
    """What a helper did with a draft, as feedback: published, edited (and then published) or dismissed."""
    if DRAFTS[click.action] == "dismiss":
        return "dismissed"
    text = dict(click.fields).get("text", "").strip()
    return "edited" if text and text != said.text.strip() else "published"
