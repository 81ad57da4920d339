"""Casework: approve, edit, reject, undo, confirm and retire cases, by click or by command; each once, and the card says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import answers, proposals, replies
from bot.dialogue.authority import Actor, authorize, only_own_word, ruled
from bot.dialogue.base import Directory
from bot.dialogue.cards import Cards
from bot.dialogue.forms import LONGEST
from bot.dialogue.references import reference
from bot.dialogue.replies import name_of
from bot.dialogue.roles import channel_object, entry_object
from bot.dialogue.tongue import rules_for
from bot.dialogue.verdicts import Verdicts
from bot.dialogue.withdrawal import withdrawn
from bot.dialogue.wording import say
from bot.events import Click, Command
from bot.messages import Message, Post
from bot.outcomes import Act, Outcome
from bot.storage.base import Decisions, Outbox, Threads
from knowledge.base import EntryStore
from knowledge.library import KnowledgeBase
from knowledge.models import Case, Entry, Kind, KnowledgeError, Status

CASES = {
    "vigil_case_approve": "approve",
    "vigil_case_replace": "approve",
    "vigil_case_keep": "approve",
    "vigil_case_reject": "reject",
    "vigil_case_undo": "undo",
    "vigil_case_edit": "edit",
    "vigil_case_edited": "edit",
    "vigil_case_confirm": "confirm",
    "vigil_case_retire": "retire",
    "vigil_case_show": "cases",
}
OPENS = frozenset({"vigil_case_edit"})  # its form is the listener's work
REPLACES = {"vigil_case_replace": True, "vigil_case_keep": False}
BEFORE = {
    "approve": (Status.PROPOSED,),
    "reject": (Status.PROPOSED,),
    "edit": (Status.PROPOSED, Status.LIVE),
    "undo": (Status.LIVE,),
    "confirm": (Status.LIVE,),
    "retire": (Status.LIVE,),
    "cases": tuple(Status),
}
"""How an entry must stand for a deed."""
AS_SHOWN = frozenset({"approve", "confirm", "edit"})  # deeds that speak for a text: for the one that was shown


class Casework:
    """Turns clicks on cards, and commands that name a case, into outcomes."""

    def __init__(
        self, threads: Threads, decisions: Decisions, entries: EntryStore, outbox: Outbox, directory: Directory,
        knowledge: KnowledgeBase, verdicts: Verdicts, cards: Cards,
    ) -> None:  # fmt: skip
        self._threads, self._decisions, self._entries, self._outbox = threads, decisions, entries, outbox
        self._directory, self._knowledge, self._verdicts, self._cards = directory, knowledge, verdicts, cards

    def command(self, command: Command, verb: str, argument: str, now: float) -> Outcome:
        """`approve 12`, `reject 12`, `undo 12`, `cases 12`, or `cases` for what waits; answered to its actor alone."""
        reply_to = "" if command.via == "mention" else command.reply_to
        action = f"vigil_case_{'show' if verb == 'cases' else verb}"
        click = Click(action, argument, command.actor, command.channel_id, command.at, None, reply_to)
        return self.click(click, now) if argument else self._queue(click)

    def _queue(self, click: Click) -> Outcome:
        """What waits for approval in the channels where the actor may decide, as a choice."""
        rules = self._directory.rules(click.channel_id)
        proposed = [e for e in self._entries.with_status(Status.PROPOSED, proposals.MOST) if e.case.kind is Kind.CASE]
        act = ruled(self._verdicts.roles.at(click.channel_id, click.actor), "queue", channel_object(click.channel_id))
        if not act.allowed:
            return self._no(click, "not_allowed", click.channel_id, act)
        mine = [e for e in proposed if authorize(self._actor(click.actor, e.case.container), "cases", entry_object(e))]
        told = replies.answer(click, proposals.queue(mine, rules), click.channel_id, act)
        return replies.telling(told, *{entry.case.container for entry in mine})

    def click(self, click: Click, now: float) -> Outcome:
        """What a click on a card leads to; whoever comes second, or looked at a former text, is told so."""
        named = reference(click.value)
        entry = self._entries.get(named[0]) if named else None
        verb = CASES[click.action]
        if entry is None or named is None:
            unknown = Act(click.actor, verb, f"entry {named[0] if named else '?'}", False)
            return self._no(click, "gone", click.channel_id, unknown)
        container = entry.case.container
        home = click.channel_id or container
        actor, thing = self._actor(click.actor, container), entry_object(entry, self._knowledge.second_approver)
        act = ruled(actor, verb, thing)
        if not act.allowed:  # whoever may not read where it lives learns no more than of one that does not exist
            why = "own_case" if only_own_word(actor, verb, thing) else "not_allowed" if actor.reads else "gone"
            return self._no(click, why, home, act)
        if entry.status not in BEFORE[verb]:
            return self._no(click, "settled", home, act)
        if verb in AS_SHOWN and named[1] not in (0, entry.version):
            return self._no(click, "changed", home, act)
        if click.action in OPENS:
            return Outcome(acts=(act,))
        rules = rules_for(self._directory, entry)
        if verb == "cases":
            return replies.telling(replies.answer(click, self._cards.message(entry, rules, now), home, act), container)
        try:
            after = self._settle(verb, entry, click, now)
        except KnowledgeError:  # the state was looked at above, so what is left is the second approver's rule
            return self._no(click, "own_case", home, act)
        taken = entry.status is Status.LIVE and after.status is not Status.LIVE and verb in ("undo", "retire")
        gone = withdrawn(entry.id, self._decisions, self._outbox, self._directory) if taken else ()
        return Outcome(posts=(*self._settled(click, verb, after, now), *gone), acts=(act,))

    def _settle(self, verb: str, entry: Entry, click: Click, now: float) -> Entry:
        if verb == "edit":
            return self._knowledge.edit(entry.id, _edited(entry.case, click), click.actor, now)
        if verb == "approve":
            return self._knowledge.approve(entry.id, click.actor, now, self._replaces(entry, click))
        deeds: dict[str, Callable[[int, str, float], Entry]] = {
            "reject": self._knowledge.reject,
            "undo": self._knowledge.undo,
            "confirm": self._knowledge.confirm,
            "retire": self._knowledge.retire,
        }
        return deeds[verb](entry.id, click.actor, now)

    def _replaces(self, entry: Entry, click: Click) -> bool | None:
        """Whether the case takes another's place: as chosen, but not where the actor may not decide on the other one."""
        found = self._knowledge.against(entry.id)
        if found is None:
            return REPLACES.get(click.action)
        other = found[0]
        if not authorize(self._actor(click.actor, other.case.container), "retire", entry_object(other)):
            return False
        return REPLACES.get(click.action)

    def _settled(self, click: Click, verb: str, entry: Entry, now: float) -> tuple[Post, ...]:
        """The cards say what came of it; so does an answer, where the click was on none of them."""
        container = entry.case.container
        rules = rules_for(self._directory, entry)
        quiet = say(rules.language, f"settled_{verb}", name=name_of(click.actor, container, self._directory))
        message = replace(self._card(verb, entry, now), quiet=quiet)
        cards = [turn for turn, key in self._outbox.messages_of(f"case-{entry.id}")]
        key = f"case-{entry.id}/{verb}-{entry.version}-{entry.change}"
        shown = replies.show(click, cards, message, key, click.channel_id or container, container)
        elsewhere = bool(cards) and click.turn_id not in cards and not click.fields
        if not elsewhere:
            return shown
        told = replies.telling(replies.answer(click, message, click.channel_id or container), container)
        return (*shown, *told.posts)

    def _card(self, verb: str, entry: Entry, now: float) -> Message:
        """The card of a case as it stands after the deed."""
        rules = rules_for(self._directory, entry)
        if verb in ("edit", "confirm"):
            return self._cards.message(entry, rules, now)
        made = {"reject": proposals.rejected, "undo": proposals.undone, "retire": proposals.gone}
        if verb != "approve":
            return made[verb](entry, rules)
        found = self._knowledge.against(entry.id)
        way = found[0] if found is not None and found[0].status is Status.SUPERSEDED else None
        return proposals.approved(entry, rules, way)

    def _actor(self, person: str, container: str) -> Actor:
        return self._verdicts.roles.at(container, person)

    def _no(self, click: Click, why: str, channel_id: str, *acts: Act) -> Outcome:
        """One line to the one who clicked: why nothing was done."""
        if not channel_id:
            return Outcome(acts=acts)
        return replies.answer(click, answers.refusal(why, self._directory.rules(channel_id)), channel_id, *acts)


def _edited(old: Case, click: Click) -> Case:
    """The case with what the form says; a field left blank stays as it was, and so does what the form could not hold."""
    given = {name: text for name, text in click.fields if text.strip()}
    return replace(
        old,
        title=given.get("title", old.title),
        problem=given.get("problem", old.problem),
        resolution=given["resolution"] + old.resolution[LONGEST:] if "resolution" in given else old.resolution,
    )
