"""Settles proposed revisions of cases: shown with what would change, approved, reworded or rejected, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from bot.config import Rules
from bot.dialogue import delivery, extract, forms, replies
from bot.dialogue.authority import Object, only_own_word, ruled
from bot.dialogue.base import Directory
from bot.dialogue.differences import difference, differs
from bot.dialogue.replies import name_of
from bot.dialogue.tongue import rules_for
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.wording import say
from bot.events import Click
from bot.messages import Button, Message, Post, Source, Target
from bot.models import Mode
from bot.outcomes import Act, Outcome, Revision
from bot.storage.base import Outbox, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Entry, KnowledgeError, Status
from knowledge.steps import Because, Deed

CLICKS = {
    "vigil_revision_approve": "approve",
    "vigil_revision_edit": "edit",
    "vigil_revision_edited": "edit",
    "vigil_revision_reject": "reject",
}
OPENS = "vigil_revision_edit"  # its form is the listener's work
WORDED = Because(Deed.EDITED, "a helper's words corrected its answer")
CORRECTED = Because(Deed.APPROVED, "a helper's correction of it was approved")


class Waiting(Protocol):
    """The revisions that wait; see bot.dialogue.corrections.Revisions."""

    def get(self, revision_id: str) -> Revision | None:
        """One of them."""


class Revising:
    """Turns clicks on revisions into outcomes; `alone` lets people approve what only they wrote."""

    def __init__(
        self, threads: Threads, entries: EntryStore, outbox: Outbox, directory: Directory, knowledge: KnowledgeBase,
        verdicts: Verdicts, revisions: Waiting, alone: bool,
    ) -> None:  # fmt: skip
        self._threads, self._entries, self._outbox, self._directory = threads, entries, outbox, directory
        self._knowledge, self._verdicts, self._revisions, self._alone = knowledge, verdicts, revisions, alone

    def clicked(self, click: Click, now: float) -> Outcome:
        """Approve, edit or reject; whoever comes second is told that it is settled."""
        revision = self._revisions.get(click.value)
        entry = self._entries.get(revision.entry_id) if revision else None
        if revision is None or entry is None:
            unknown = Act(click.actor, CLICKS[click.action], "revision ?", False)
            return replies.turned_down(click, "settled", self._directory, click.channel_id, unknown)
        home, verb = entry.case.container, CLICKS[click.action]
        authors = frozenset() if self._alone else frozenset({revision.author})
        actor = self._verdicts.roles.at(home, click.actor)
        thing = Object("revision of entry", str(entry.id), home, authors=authors)
        act = ruled(actor, verb, thing)
        if not act.allowed:
            why = "own_case" if only_own_word(actor, verb, thing) else "not_allowed" if actor.reads else "gone"
            return replies.turned_down(click, why, self._directory, click.channel_id or home, act)
        if click.action == OPENS:
            return Outcome(acts=(act,))
        return replace(self._settled(click, verb, revision, entry, now), acts=(act,))

    def _settled(self, click: Click, verb: str, revision: Revision, entry: Entry, now: float) -> Outcome:
        rules = rules_for(self._directory, entry)
        if verb == "reject":
            return self._shown(click, entry, revision, _told("revision_rejected", entry, rules), "rejected")
        if verb == "edit":
            given = dict(click.fields).get("resolution", "").strip()
            rest = revision.resolution[forms.LONGEST :]  # what the form could not hold
            answer = given + rest if given else revision.resolution
            revision = replace(revision, resolution=answer, author=click.actor, at=now)
        if verb == "edit" or not fits(entry, revision):
            renewed = replace(revision, version=entry.version)
            again = card(entry, renewed, rules, "revision_edited" if verb == "edit" else "revision_moved")
            return replace(
                self._shown(click, entry, revision, again, f"renewed-{now:.3f}"), revisions=(renewed,), settled=()
            )
        approve(self._entries, revision, click.actor, now)
        self._knowledge.refresh()
        return self._shown(click, entry, revision, _told("revision_approved", entry, rules), "approved")

    def _shown(self, click: Click, entry: Entry, revision: Revision, message: Message, what: str) -> Outcome:
        container, key = entry.case.container, f"case-{entry.id}"
        name = name_of(click.actor, container, self._directory)
        quiet = say(rules_for(self._directory, entry).language, "revision_by", name=name)
        known = self._outbox.messages_of(key)
        cards_ = [turn for turn, sent in known if f"/revision-{revision.id}" in sent]
        posts = replies.show(
            click, cards_, replace(message, quiet=quiet), f"{key}/revision-{revision.id}/{what}", container, container
        )
        return Outcome(posts=posts, settled=(revision.id,))


def approve(entries: EntryStore, revision: Revision, actor: str, now: float) -> Entry:
    """Make the revision the case's new version, live, by its author and approved by `actor`.

    Raises KnowledgeError when the case is gone, retired, or another than the one that was to be corrected.
    """
    entry = entries.get(revision.entry_id)
    if entry is None or not fits(entry, revision):
        raise KnowledgeError(f"entry {revision.entry_id} changed after this was proposed: look at it anew")
    if differs(entry.case.resolution, revision.resolution):
        entries.put([corrected(entry.case, revision)], Status.PROPOSED, revision.author, now, entry.id, WORDED)
    return entries.change_state([entry.id], Status.LIVE, actor, now, CORRECTED)[0]


def fits(entry: Entry, revision: Revision) -> bool:
    """Whether the revision still says what would change: made from this version, or already half approved (a crash)."""
    if entry.status is Status.LIVE:
        return entry.version == revision.version
    return entry.status is Status.PROPOSED and not differs(entry.case.resolution, revision.resolution)


def corrected(case: Case, revision: Revision) -> Case:
    """The case with the new answer; its author and the turn it came from stand in it, so that they can be erased."""
    authors = tuple(dict.fromkeys((*case.authors, revision.author)))
    turns = tuple(dict.fromkeys((*case.turns, revision.turn_id))) if revision.turn_id else case.turns
    return replace(case, resolution=revision.resolution, authors=authors, turns=turns, happened_at=revision.at)


def card(entry: Entry, revision: Revision, rules: Rules, intro: str = "") -> Message:
    """What would change in which case, with Approve, Edit and Reject."""
    language, case = rules.language, entry.case
    parts = [
        say(language, intro or f"revision_{revision.why}"),
        f"**{extract.clip(case.title, 150)}**",
        difference(case.resolution, revision.resolution),
    ]
    own = Source(
        say(language, "case_source"), case.url, say(language, "revision_note", version=entry.version), known=True
    )
    return Message(
        "\n\n".join(parts), say(language, "title_revision"), sources=(own,), source_label="",
        quiet=say(language, "revision_quiet"),
        buttons=(
            Button("vigil_revision_approve", say(language, "button_approve"), revision.id, "primary"),
            Button("vigil_revision_edit", say(language, "edit"), revision.id),
            Button("vigil_revision_reject", say(language, "button_reject"), revision.id, "danger"),
        ),
    )  # fmt: skip


def cards(entry: Entry, revision: Revision, directory: Directory, helpers: frozenset[str]) -> tuple[Post, ...]:
    """The card for those who look after the case: in the helpers' channel, else to another helper; none in shadow mode."""
    home = entry.case.container
    rules, key = rules_for(directory, entry), f"case-{entry.id}/revision-{revision.id}"
    if rules.mode == Mode.SHADOW:
        return ()
    message, desk = card(entry, revision, rules), delivery.helpers_channel(rules, directory, home)
    if desk and directory.may_pass(home, desk):
        return (Post(key, Target.CHANNEL, desk, message, event_type="vigil_case", tells=(home,)),)
    able = sorted(p for p in helpers if p != revision.author and directory.open_to(home, p))
    return tuple(Post(key, Target.DIRECT, home, message, person=person, event_type="vigil_case") for person in able[:1])


def _told(key: str, entry: Entry, rules: Rules) -> Message:
    return Message(say(rules.language, key, title=extract.clip(entry.case.title, 150)))
