"""The forms a listener opens by itself, since the right to open one lives three seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.config import Rules
from bot.dialogue import forms
from bot.dialogue.authority import authorize
from bot.dialogue.base import Directory
from bot.dialogue.lessons import Lessons
from bot.dialogue.recall import decision_of
from bot.dialogue.references import reference
from bot.dialogue.roles import Roles, entry_object, thread_object
from bot.dialogue.seals import Seals
from bot.events import FOREIGN, FORM, Click, Command
from bot.messages import Form
from bot.outcomes import Revision
from bot.storage.base import Decisions, Threads
from knowledge.base import EntryStore
from knowledge.models import Entry

PICKED = frozenset({"vigil_pick_teach", "vigil_gap_draft"})


class FormsAtHand:
    """Says which form a click or shortcut opens, with short reads only."""

    def __init__(
        self, decisions: Decisions, entries: EntryStore, rules: Callable[[str], Rules], lessons: Lessons,
        revision: Callable[[str], Revision | None], threads: Threads, directory: Directory, seals: Seals,
    ) -> None:  # fmt: skip
        self._threads, self._roles, self._seals = threads, Roles(threads, directory), seals
        self._decisions, self._entries, self._rules, self._lessons = decisions, entries, rules, lessons
        self._revision = revision

    def form(self, event: Click | Command) -> Form | None:
        """The form to open at once, sealed; None when the event opens none, or not for this person."""
        form = self._form(event)
        return self._seals.sealed(form, event.actor) if form else None

    def _form(self, event: Click | Command) -> Form | None:
        if isinstance(event, Command):
            if event.verb != "teach" or event.thread_id is None:
                return None
            return self._lessons.form(event.thread_id, event.turn_id, event.actor, event.via == "shortcut")
        if event.via in (FORM, FOREIGN):
            return None
        language = self._rules(event.channel_id).language
        if event.action in PICKED:
            return self._lessons.form(event.value, None, event.actor, False)
        if event.action == "vigil_not_helpful" and not event.fields:
            record = self._decisions.get(event.value)
            return forms.not_helpful(event.value, language) if record and self._may(event, "feedback", record) else None
        if event.action == "vigil_case_edit" and (named := reference(event.value)):
            entry = self._entries.get(named[0])
            return forms.edit_case(entry, language) if entry and self._edits(event, entry) else None
        if event.action == "vigil_revision_edit":
            revision = self._revision(event.value)
            entry = self._entries.get(revision.entry_id) if revision else None
            return forms.edit_revision(revision, language) if revision and entry and self._edits(event, entry) else None
        if event.action == "vigil_draft_edit":
            record = self._decisions.get(event.value)
            if record is None or not self._may(event, "edit_draft", record):
                return None
            return forms.edit_draft(decision_of(record, self._entries), language)
        return None

    def _may(self, click: Click, action: str, record: dict[str, Any]) -> bool:
        """Whether the one who clicked may do this to the thread of a decision."""
        thread = self._threads.load(record["thread_id"], record["channel_id"], click.at, nearby=False)
        return authorize(self._roles.before(thread, click.actor), action, thread_object(thread))

    def _edits(self, click: Click, entry: Entry) -> bool:
        """Whether they may edit a case."""
        return authorize(self._roles.at(entry.case.container, click.actor), "edit", entry_object(entry))
