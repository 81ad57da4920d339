"""The forms a listener opens by itself, since the right to open one lives three seconds."""

from __future__ import annotations

from collections.abc import Callable

from bot.config import Rules
from bot.dialogue import forms
from bot.dialogue.lessons import Lessons
from bot.dialogue.recall import decision_of
from bot.dialogue.references import reference
from bot.events import Click, Command
from bot.messages import Form
from bot.outcomes import Revision
from bot.storage.base import Decisions
from knowledge.base import EntryStore

PICKED = frozenset({"vigil_pick_teach", "vigil_gap_draft"})


class FormsAtHand:
    """Says which form a click or shortcut opens, with short reads only."""

    def __init__(
        self, decisions: Decisions, entries: EntryStore, rules: Callable[[str], Rules], lessons: Lessons,
        revision: Callable[[str], Revision | None],
    ) -> None:  # fmt: skip
        self._decisions, self._entries, self._rules, self._lessons = decisions, entries, rules, lessons
        self._revision = revision

    def form(self, event: Click | Command) -> Form | None:
        """The form to open at once, None when the event opens none."""
        if isinstance(event, Command):
            if event.verb != "teach" or event.thread_id is None:
                return None
            return self._lessons.form(event.thread_id, event.turn_id, event.actor, event.via == "shortcut")
        language = self._rules(event.channel_id).language
        if event.action in PICKED:
            return self._lessons.form(event.value, None, event.actor, False)
        if event.action == "vigil_not_helpful" and not event.fields:
            return forms.not_helpful(event.value, language) if self._decisions.get(event.value) else None
        if event.action == "vigil_case_edit" and (named := reference(event.value)):
            entry = self._entries.get(named[0])
            return forms.edit_case(entry, language) if entry else None
        if event.action == "vigil_revision_edit":
            revision = self._revision(event.value)
            return forms.edit_revision(revision, language) if revision else None
        if event.action == "vigil_draft_edit":
            record = self._decisions.get(event.value)
            return forms.edit_draft(decision_of(record, self._entries), language) if record else None
        return None
