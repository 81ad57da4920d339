"""Edits and deletions: what was said is corrected or taken back, and what rested on it follows."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import lifecycle
from bot.dialogue.base import Directory
from bot.dialogue.responder import Responder
from bot.dialogue.tongue import rules_of
from bot.events import Deletion, Edit, Turn, channel_of
from bot.messages import Message, Post, Target
from bot.models import Action, Mark, Thread
from bot.outcomes import Erasure, Outcome
from bot.storage.base import Decisions, Outbox, Threads

WITHDRAWN = "withdrawn"
LATEST = 86_400.0
"""Seconds after which a message that is still not heard is none of ours: from before our time, or past its keeping."""


class Changes:
    """Turns edits and deletions into outcomes."""

    def __init__(
        self, threads: Threads, decisions: Decisions, outbox: Outbox, directory: Directory, responder: Responder
    ) -> None:
        self._threads, self._decisions, self._outbox = threads, decisions, outbox
        self._directory, self._responder = directory, responder

    def unheard(self, edit: Edit, now: float) -> Turn | None:
        """The turn as an edit has it that came before its message; the message itself, once it comes, is known then."""
        turn = edit.turn
        if turn is None or now - turn.sent_at > LATEST or self._threads.thread_of(edit.turn_id):
            return None
        return replace(turn, text=edit.text, edited_at=edit.at)

    def edit(self, edit: Edit, now: float) -> Outcome:
        """The turn's text is replaced; when it is the thread's last word and Vigil stayed silent, it is judged anew."""
        thread = self._thread(edit.turn_id, now)
        turn = next((t for t in thread.turns if t.id == edit.turn_id), None) if thread else None
        if thread is None or turn is None or turn.deleted or (turn.edited_at or 0) > edit.at or turn.text == edit.text:
            return Outcome()
        changed = replace(turn, text=edit.text, edited_at=edit.at)
        if edit.turn is not None:
            names = edit.turn.addressed, edit.turn.mentions, edit.turn.files
            changed = replace(changed, addressed=names[0], mentions=names[1], files=names[2])
        thread, rules = thread.with_turn(changed), rules_of(self._directory, thread)
        spoke = any(d["action"] in (Action.PUBLIC, Action.PRIVATE) for d in self._decisions.listed(thread.id))
        if changed.id == thread.last.id and not spoke:
            return self._responder.consider(thread, changed, rules, now)
        state = lifecycle.state(thread, now, rules)
        return Outcome(thread.id, thread.channel_id, thread.version, turns=(changed,), state=state)

    def deletion(self, deletion: Deletion, now: float) -> Outcome:
        """The text goes for good. A deleted question takes Vigil's answers, its hold and its follow-ups with it.

        Of a turn not heard yet the tombstone is written, so that it is not heard later.
        """
        erased = (Erasure("turn", deletion.turn_id, "deleted", "platform"),)
        thread = self._thread(deletion.turn_id, now) or self._bereft(deletion, now)
        if thread is None:
            return Outcome(erased=erased)
        turn = next((t for t in thread.turns if t.id == deletion.turn_id), None)
        tombstone = None if turn or deletion.turn is None else replace(deletion.turn, deleted=True)
        gone = replace(turn, text="", deleted=True) if turn else tombstone
        left = thread.with_turn(gone) if gone else thread
        outcome = Outcome(
            thread.id, thread.channel_id, thread.version, turns=(tombstone,) if tombstone else (), erased=erased,
            state=lifecycle.state(left, now, rules_of(self._directory, thread)),
        )  # fmt: skip
        if deletion.turn_id != thread.id:
            held = self._threads.held(thread.id)
            return replace(outcome, cancel=bool(held and held.turn_id == deletion.turn_id))
        marks = (Mark("muted", WITHDRAWN, now),)
        return replace(outcome, cancel=True, marks=marks, posts=self.removals(thread, now))

    def _bereft(self, deletion: Deletion, now: float) -> Thread | None:
        """The thread of a turn that was deleted before it was heard: a tombstone goes there, or only the root is missing."""
        turn = deletion.turn if deletion.turn and now - deletion.turn.sent_at < LATEST else None
        thread_id = turn.thread_id if turn else deletion.turn_id
        thread = self._threads.load(thread_id, channel_of(thread_id), now)
        return thread if turn or thread.turns else None

    def removals(self, thread: Thread, now: float) -> tuple[Post, ...]:
        """Deletions of everything Vigil said in the thread."""
        return tuple(
            post
            for d in self._decisions.listed(thread.id)
            for post in removal(self._outbox, d["id"], thread.channel_id)
        )

    def _thread(self, turn_id: str, now: float) -> Thread | None:
        thread_id = self._threads.thread_of(turn_id)
        return self._threads.load(thread_id, channel_of(thread_id), now) if thread_id else None


def removal(outbox: Outbox, decision_id: str, channel_id: str) -> list[Post]:
    """Posts that delete the messages sent for a decision."""
    return [
        Post(f"remove-{turn_id}/delete", Target.DELETE, channel_id, Message(""), address=turn_id)
        for turn_id, key in outbox.messages_of(decision_id)
        if not key.endswith("/delete")
    ]
