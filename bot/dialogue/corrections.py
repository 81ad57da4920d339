"""Takes up what helpers know better: a differing answer, an edited draft or a reason becomes a proposed new answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.dialogue import evidence, extract, revising, signals
from bot.dialogue.authority import Object, ruled
from bot.dialogue.base import Directory
from bot.dialogue.differences import amended, carried, differs
from bot.dialogue.document_notes import DocumentNotes
from bot.dialogue.recall import decision_of
from bot.dialogue.verdicts import Verdicts
from bot.events import Click, Turn
from bot.models import Action, Decision, Mode, Thread
from bot.outcomes import Outcome, Revision
from bot.storage.base import Decisions, Threads
from knowledge.base import EntryStore
from knowledge.models import Entry, Kind

DAY = 86_400.0
OPEN, WEEKLY = 3, 6  # revisions of one case that wait at once, and that are proposed within seven days
CONTENT = frozenset(
    {"wrong", "outdated", "other"}
)  # reasons that speak of an answer's content, not of where it was said
NEAR, SURELY_NEAR = 0.35, 0.6  # cosine of a reply to the case it differs from: with words in common, and alone
SHARED, NEWS = 2, 3  # telling words that a differing reply has in common with the case, and that it adds

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class Revisions(Protocol):
    """Proposed new answers that nobody has settled yet."""

    def get(self, revision_id: str) -> Revision | None:
        """One of them."""

    def of(self, entry_id: int) -> list[Revision]:
        """Those of an entry, oldest first."""

    def since(self, entry_id: int, at: float) -> int:
        """How many were proposed for an entry since then, open or settled."""


class Corrections:
    """Adds proposed revisions, and the cards that show them, to the outcomes of turns and clicks."""

    def __init__(
        self, threads: Threads, decisions: Decisions, entries: EntryStore, revisions: Revisions, directory: Directory,
        verdicts: Verdicts, embed: Embed, documents: DocumentNotes,
    ) -> None:  # fmt: skip
        self._documents = documents
        self._threads, self._decisions, self._entries, self._revisions = threads, decisions, entries, revisions
        self._directory, self._verdicts, self._embed = directory, verdicts, embed

    def heard(self, turn: Turn, outcome: Outcome, now: float) -> Outcome:
        """`outcome` of a turn, with a revision where a helper answers otherwise than a suggestion in the thread did."""
        if turn not in outcome.turns or not turn.human or turn.is_root or not _answers(turn):
            return outcome
        if (
            self._directory.rules(turn.channel_id).mode == Mode.SHADOW
        ):  # nothing was shown that could be answered otherwise
            return outcome
        thread = self._threads.load(turn.thread_id, turn.channel_id, now, nearby=False).with_turn(turn)
        if turn.author == thread.asker or not self._helps(thread, turn.author):
            return outcome
        entry = next((e for d in self._shown(thread, turn) if (e := _cited(d)) is not None), None)
        if entry is None or not self._other_answer(turn, entry):
            return outcome
        return self._added(outcome, entry, amended(entry.case.resolution, turn.text), turn.author, "answered", thread,
                           turn.id, now)  # fmt: skip

    def clicked(self, click: Click, outcome: Outcome, now: float) -> Outcome:
        """`outcome` of a click, with a revision where a helper edited a draft, or said why an answer was not helpful."""
        if click.action not in ("vigil_draft_edited", "vigil_not_helpful") or not outcome.feedback:
            return outcome
        record = self._decisions.get(click.value)
        decision = decision_of(record, self._entries) if record else None
        entry = _cited(decision) if decision else None
        if decision is None or decision.suggestion is None or entry is None:
            return outcome
        thread = self._threads.load(decision.thread_id, decision.channel_id, now, nearby=False)
        if not self._helps(thread, click.actor):
            return outcome
        if click.action == "vigil_not_helpful":
            return self._remarked(click, entry, thread, outcome, now)
        if entry.case.kind is Kind.SECTION:
            return self._documents.edited(click, decision, entry, thread, outcome, now)
        text = dict(click.fields).get("text", "").strip()
        answer = carried(entry.case.resolution, decision.suggestion.text, text)
        return self._added(outcome, entry, answer, click.actor, "edited", thread, "", now)

    def _remarked(self, click: Click, entry: Entry, thread: Thread, outcome: Outcome, now: float) -> Outcome:
        fields = dict(click.fields)
        detail = fields.get("detail", "").strip()
        if fields.get("reason") not in CONTENT or signals.read(detail).weight < NEWS:
            return outcome
        answer = amended(entry.case.resolution, detail)
        return self._added(outcome, entry, answer, click.actor, "unhelpful", thread, "", now)

    def _shown(self, thread: Thread, turn: Turn) -> list[Decision]:
        """What Vigil had suggested, in the thread or to its helpers, before the turn was written; the newest first."""
        records = self._decisions.listed(thread.id, limit=20)
        said = [r for r in records if r["action"] in (Action.PUBLIC, Action.PRIVATE) and r["at"] <= turn.sent_at]
        return [decision_of(r, self._entries) for r in said if r["suggestion"] and r["suggestion"]["enough"]]

    def _helps(self, thread: Thread, person: str) -> bool:
        actor = self._verdicts.actor(thread, person)
        return actor.reads and (actor.helps or actor.administers)

    def _other_answer(self, turn: Turn, entry: Entry) -> bool:
        """Whether the turn is about the case's own matter, and says what its answer does not."""
        case, said = entry.case, extract.words(turn.text)
        known = extract.words(case.resolution)
        if len(said - known) < NEWS or len(said & extract.words(case.text())) < SHARED:
            return False
        ours, *theirs = self._embed([turn.text, *case.passages()])
        near = max(float(np.dot(ours, other)) for other in theirs)
        return near >= (NEAR if signals.of(turn).corrects or len(said & known) >= SHARED else SURELY_NEAR)

    def _added(
        self,
        outcome: Outcome,
        entry: Entry,
        answer: str,
        author: str,
        why: str,
        thread: Thread,
        turn_id: str,
        now: float,
    ) -> Outcome:
        if not self._wanted(entry, answer, author, thread, now):
            return outcome
        actor = self._verdicts.actor(thread, author)
        act = ruled(actor, "correct", Object("entry", str(entry.id), thread.channel_id))
        if not act.allowed:
            return replace(outcome, acts=(*outcome.acts, act))
        named = hashlib.sha256(f"{entry.id}\n{author}\n{thread.id}\n{answer}".encode()).hexdigest()[:12]
        revision = Revision(named, entry.id, entry.version, answer, author, why, thread.id, turn_id, now)
        posts = revising.cards(entry, revision, self._directory, self._threads.helpers(entry.case.container))
        return replace(outcome, revisions=(*outcome.revisions, revision), posts=(*outcome.posts, *posts),
                       acts=(*outcome.acts, act))  # fmt: skip

    def _wanted(self, entry: Entry, answer: str, author: str, thread: Thread, now: float) -> bool:
        """Only cases are corrected: documents are mended where they lie, and threads are nobody's to word anew.

        The answer differs from what stands and waits, whoever reads the case may know what was said here, and it is no flood.
        """
        home = entry.case.container
        if entry.case.kind is not Kind.CASE:
            return False
        if thread.channel_id != home and not self._directory.may_pass(thread.channel_id, home):
            return False
        waiting = self._revisions.of(entry.id)
        if any(not differs(answer, other) for other in (entry.case.resolution, *(r.resolution for r in waiting))):
            return False
        others = [r for r in waiting if r.author != author]
        return len(others) < OPEN and self._revisions.since(entry.id, now - 7 * DAY) < WEEKLY


def _answers(turn: Turn) -> bool:
    """Whether the turn advises or explains: more than a question back, a plan, or assent."""
    signs = signals.of(turn)
    return evidence.tells(turn) and not signs.inquires and not signs.promises


def _cited(decision: Decision) -> Entry | None:
    """What a suggestion rests on first."""
    cited = decision.suggestion.citations if decision.suggestion else ()
    return cited[0].entry if cited else None
