"""What erasing does to Vigil's own words: messages that repeat what is gone are deleted, or worded anew after an edit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.dialogue import compose
from bot.dialogue.base import Directory
from bot.dialogue.changes import removal
from bot.dialogue.quoting import Lost
from bot.dialogue.recall import decision_of
from bot.dialogue.tongue import rules_of
from bot.events import channel_of
from bot.jobs.erase_ports import Erasures
from bot.messages import Message, Post, Target
from bot.outcomes import Erasure, Outcome
from bot.storage.base import Decisions, Ledger, Outbox, Threads
from knowledge.base import EntryStore
from knowledge.models import Kind


class OwnWords:
    """Vigil's messages, its decisions and what people remarked on them, as the eraser sees them."""

    def __init__(
        self, erasures: Erasures, threads: Threads, ledger: Ledger, entries: EntryStore, decisions: Decisions,
        outbox: Outbox, directory: Directory | None,
    ) -> None:  # fmt: skip
        self._erasures, self._threads, self._ledger, self._entries = erasures, threads, ledger, entries
        self._decisions, self._outbox, self._directory = decisions, outbox, directory

    def quotations(self, lost: Mapping[Erasure, Lost], now: float) -> None:
        """Take the words out of all that Vigil said, decided and is about to say."""
        words = {erasure: found for erasure, found in lost.items() if found.runs}
        self._decided(lost, now)
        topics = self._erasures.told_of([erasure.object for erasure in lost])
        rows = {row for row, _, _ in topics}
        waiting = [
            (row, post)
            for row, post in self._erasures.waiting_posts()
            if row in rows or self._quotes(post, words.values())
        ]
        self._erasures.take_words((), (), (), (), waiting)
        own = self._quoting(words, lost)
        gone = [found for erasure, found in words.items() if erasure.why != "edited"]
        fresh = {
            turn_id: post for turn_id, _, text in own if not _any(gone, text) and (post := self._anew(turn_id, now))
        }
        dead = [(turn_id, channel_id) for turn_id, channel_id, _ in own if turn_id not in fresh]
        dead += [(turn_id, channel_id) for _, turn_id, channel_id in topics if turn_id]
        self.post([*fresh.values(), *map(removed, dead)], now)
        self._erasures.renewed(list(fresh))
        self._erasures.take_words([turn_id for turn_id, _ in dead], (), (), (), ())

    def _quotes(self, post: Post, words: Collection[Lost]) -> bool:
        """Whether a post on its way repeats the words, but for the documents it cites and what stands in its thread."""
        said = told(post.message)
        if not _any(words, said):
            return False
        return _any(words, said, [*self._documents(post.decision_id), *self._standing(post.thread_id)])

    def _quoting(self, words: Mapping[Erasure, Lost], lost: Mapping[Erasure, Lost]) -> list[tuple[str, str, str]]:
        """Own messages that repeat the words, but for the documents they cite: in the threads themselves, and anywhere.

        Elsewhere what people still say in their own threads is no quotation either: an escalation repeats its own question.
        """
        turns = [turn for erasure in words if (turn := self._threads.turn(erasure.object)) is not None]
        since = min((turn.sent_at for turn in turns), default=0.0)
        own = [row for row in self._erasures.own_since(since) if _any(words.values(), row[2])] if words else []
        found = {row[0]: row for row in own if _any(words.values(), row[2], self._beside(row[0]))}
        for erasure, said in lost.items():
            for row in self._erasures.own_in(self._threads.thread_of(erasure.object) or ""):
                if said.named_in(row[2], self._documents(self._outbox.decision_of(row[0]))):
                    found[row[0]] = row
        return list(found.values())

    def _beside(self, own_turn: str) -> list[str]:
        """What an own message may repeat: the documents that it cites, and the words that stand in its thread."""
        documents = self._documents(self._outbox.decision_of(own_turn))
        return [*documents, *self._standing(self._threads.thread_of(own_turn))]

    def _standing(self, thread_id: str | None) -> list[str]:
        """What people say in a thread and have not taken back."""
        if thread_id is None:
            return []
        thread = self._threads.load(thread_id, channel_of(thread_id), 0.0, nearby=False)
        return [turn.text for turn in thread.human_turns()]

    def _documents(self, decision_id: str | None) -> list[str]:
        """The texts of the documents' sections that a decision cites."""
        record = self._decisions.get(decision_id or "")
        found = [self._entries.get(entry_id) for entry_id in record["entry_ids"]] if record else []
        return [entry.case.text() for entry in found if entry is not None and entry.case.kind is Kind.SECTION]

    def _anew(self, own_turn: str, now: float) -> Post | None:
        """A draft or suggestion in the words of today; None for all else, and for what a helper has worded or settled."""
        decision_id = self._outbox.decision_of(own_turn) or ""
        record = self._decisions.get(decision_id)
        key = next((key for turn_id, key in self._outbox.messages_of(decision_id) if turn_id == own_turn), "")
        if (
            self._directory is None
            or record is None
            or not record["suggestion"]
            or not key.endswith(("/draft", "/suggestion"))
        ):
            return None
        thread = self._threads.load(record["thread_id"], record["channel_id"], now, nearby=False)
        decision, rules = decision_of(record, self._entries), rules_of(self._directory, thread)
        if not thread.turns or thread.marked(f"settled-{decision.id}"):
            return None
        if key.endswith("/draft"):
            message = compose.draft(decision, thread, self._directory.permalink(thread.id), rules, now)
        else:
            message = compose.suggestion(decision, rules, now)
        return Post(f"{decision.id}/anew-{now:.3f}", Target.UPDATE, channel_of(own_turn), message, address=own_turn)

    def _decided(self, lost: Mapping[Erasure, Lost], now: float) -> None:
        """Decisions and remarks of these threads lose the words; what answered a turn that is gone goes too."""
        said: list[str] = []
        reasons: list[str] = []
        remarks: list[tuple[str, str]] = []
        posts: list[Post] = []
        for erasure, words in lost.items():
            thread_id = self._threads.thread_of(erasure.object)
            if thread_id is None:
                continue
            takes = erasure.why not in ("edited", "retention")
            for decision_id, turn_id, suggestion, why in self._erasures.said_in(thread_id):
                answers = takes and erasure.object in (thread_id, turn_id)
                held = bool(suggestion) and (answers or self._held(decision_id, suggestion, words))
                said += [decision_id] * held
                reasons += [decision_id] * words.quoted_in(why)
                posts += removal(self._outbox, decision_id, channel_of(thread_id)) if answers else []
            said += self._citing(thread_id, words)
            remarks += [(d, actor) for d, actor, text in self._erasures.remarks_in(thread_id) if words.quoted_in(text)]
        self.post(posts, now)
        self._erasures.take_words((), said, reasons, remarks, ())

    def _held(self, decision_id: str, suggestion: str, words: Lost) -> bool:
        return words.quoted_in(suggestion) or words.named_in(suggestion, self._documents(decision_id))

    def _citing(self, thread_id: str, words: Lost) -> list[str]:
        """Decisions anywhere that point to this thread as an earlier one, in words that are lost."""
        entry = self._entries.by_source(f"precedent:{thread_id}")
        citing = self._decisions.citing(entry.id) if entry is not None and words.runs else []
        records = [record for i, _ in citing if (record := self._decisions.get(i)) is not None and record["suggestion"]]
        return [r["id"] for r in records if words.quoted_in(_shown(r["suggestion"]))]

    def answers(self, thread_id: str) -> list[Post]:
        """Deletions of everything that Vigil said for a thread."""
        ids = [decision_id for decision_id, *_ in self._erasures.said_in(thread_id)]
        return [post for i in ids for post in removal(self._outbox, i, channel_of(thread_id))]

    def post(self, posts: Sequence[Post], now: float) -> None:
        """Put posts into the outbox; those that are there already stay as they are."""
        if posts:
            self._ledger.commit(Outcome(posts=tuple(posts)), now)


def removed(own: tuple[str, str]) -> Post:
    """The deletion of an own message (turn id, channel id)."""
    turn_id, channel_id = own
    return Post(f"remove-{turn_id}/delete", Target.DELETE, channel_id, Message(""), address=turn_id)


def _shown(suggestion: Mapping[str, Any]) -> str:
    return "\n".join([suggestion["text"], *(hit["title"] for hit in suggestion["hits"])])


def told(message: Message) -> str:
    """Everything of a message that can be read."""
    return "\n".join([message.title, message.text, message.quiet, *(source.title for source in message.sources)])


def _any(words: Iterable[Lost], text: str, besides: Sequence[str] = ()) -> bool:
    return any(lost.quoted_in(text, besides) for lost in words)
