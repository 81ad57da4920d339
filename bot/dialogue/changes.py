"""Edits and deletions: what was said is corrected or taken back, and what rested on it follows."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.base import Directory
from bot.dialogue.responder import Responder
from bot.events import Deletion, Edit
from bot.messages import Message, Post, Target
from bot.models import Action, Mark, Thread
from bot.outcomes import Erasure, Outcome
from bot.storage.base import Decisions, Outbox, Threads

WITHDRAWN = "withdrawn"


class Changes:
    """Turns edits and deletions into outcomes."""

    def __init__(
        self, threads: Threads, decisions: Decisions, outbox: Outbox, directory: Directory, responder: Responder
    ) -> None:
        self._threads, self._decisions, self._outbox = threads, decisions, outbox
        self._directory, self._responder = directory, responder

    def edit(self, edit: Edit, now: float) -> Outcome:
        """The turn's text is replaced; when it is the thread's last word and Vigil stayed silent, it is judged anew."""
        thread = self._thread(edit.turn_id, now)
        turn = next((t for t in thread.turns if t.id == edit.turn_id), None) if thread else None
        if thread is None or turn is None or turn.deleted or (turn.edited_at or 0) > edit.at or turn.text == edit.text:
            return Outcome()
        changed = replace(turn, text=edit.text, edited_at=edit.at)
        thread = thread.with_turn(changed)
        spoke = any(d["action"] in (Action.PUBLIC, Action.PRIVATE) for d in self._decisions.listed(thread.id))
        if changed.id == thread.last.id and not spoke:
            return self._responder.consider(thread, changed, self._directory.rules(thread.channel_id), now)
        return Outcome(thread.id, thread.channel_id, thread.version, turns=(changed,))

    def deletion(self, deletion: Deletion, now: float) -> Outcome:
        """The text goes for good. A deleted question takes Vigil's answers, its hold and its follow-ups with it.

        Of a turn not heard yet the tombstone is written, so that it is not heard later.
        """
        thread, erased = (
            self._thread(deletion.turn_id, now),
            (Erasure("turn", deletion.turn_id, "deleted", "platform"),),
        )
        if thread is None:
            return Outcome(erased=erased)
        outcome = Outcome(thread.id, thread.channel_id, thread.version, erased=erased)
        if deletion.turn_id != thread.id:
            held = self._threads.held(thread.id)
            return replace(outcome, cancel=bool(held and held.turn_id == deletion.turn_id))
        marks = (Mark("muted", WITHDRAWN, now),)
        return replace(outcome, cancel=True, marks=marks, posts=self.removals(thread, now))

    def removals(self, thread: Thread, now: float) -> tuple[Post, ...]:
        """Deletions of everything Vigil said in the thread."""
        return tuple(
            post
            for d in self._decisions.listed(thread.id)
            for post in removal(self._outbox, d["id"], thread.channel_id)
        )

    def _thread(self, turn_id: str, now: float) -> Thread | None:
        thread_id = self._threads.thread_of(turn_id)
        return self._threads.load(thread_id, thread_id.rsplit(":", 1)[0], now) if thread_id else None


def removal(outbox: Outbox, decision_id: str, channel_id: str) -> list[Post]:
    """Posts that delete the messages sent for a decision."""
    return [
        Post(f"remove-{turn_id}/delete", Target.DELETE, channel_id, Message(""), address=turn_id)
        for turn_id, key in outbox.messages_of(decision_id)
        if not key.endswith("/delete")
    ]
