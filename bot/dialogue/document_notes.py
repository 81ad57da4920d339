"""What a helper changed in a draft that quotes a document: proposed as a case, since the document lies elsewhere."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import delivery, summary
from bot.dialogue.base import Directory
from bot.dialogue.differences import carried, difference, differs
from bot.dialogue.tongue import rules_of
from bot.events import Click
from bot.models import Decision, Thread
from bot.outcomes import Outcome
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Entry, Kind, Link, Status

INTRO = "proposal_edited"


class DocumentNotes:
    """Turns edited drafts into proposed cases that link the document they depart from."""

    def __init__(self, knowledge: KnowledgeBase, directory: Directory) -> None:
        self._knowledge, self._directory = knowledge, directory

    def edited(
        self, click: Click, decision: Decision, section: Entry, thread: Thread, outcome: Outcome, now: float
    ) -> Outcome:
        """`outcome` with the card of the case; nothing is added where only a greeting was."""
        quoted = decision.suggestion.text if decision.suggestion else ""
        said = carried(quoted, quoted, dict(click.fields).get("text", "").strip())
        if not thread.turns or not said or not differs(quoted, said):
            return outcome
        entry = self._knowledge.propose(self._case(click.actor, said, section, thread, now), click.actor, now)
        if entry.status is not Status.PROPOSED:
            return outcome
        rules = rules_of(self._directory, thread)
        posts = delivery.case_posts(entry, thread, rules, self._directory, thread.helpers, INTRO)
        shown = difference(quoted, said)
        cards = [replace(p, message=replace(p.message, text=f"{p.message.text}\n\n{shown}")) for p in posts]
        return replace(outcome, posts=(*outcome.posts, *cards))

    def _case(self, author: str, said: str, section: Entry, thread: Thread, now: float) -> Case:
        asked = summary.opening(thread)
        return Case(
            Kind.CASE, summary.topic(thread), "\n".join(turn.text for turn in asked), said,
            self._directory.audience(thread.channel_id), f"thread:{thread.id}~edited", self._directory.permalink(thread.id),
            links=(Link(section.case.title, section.case.url),) if section.case.url else (),
            authors=(author, thread.asker), happened_at=now, turns=tuple(turn.id for turn in asked),
            container=thread.channel_id,
        )  # fmt: skip
