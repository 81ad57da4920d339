"""Which thread is nudged now, and whom: whoever must act next, once a state, in business hours; then one call for help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Rules
from bot.dialogue import calendar, lifecycle, signals
from bot.dialogue.wording import say
from bot.events import Turn
from bot.models import State, Thread
from bot.outcomes import Nudge

ESCALATION = "escalation"
SUGGESTED = "suggested"
CALLED = ("human-needed", "oncall-called")
"""Marks of threads for which the on-call group was called already."""
REQUESTS = re.compile(
    r"\b(?:please|can you|could you|would you|have you|did you|try|paste|send|share|let (?:me|us) know)\b|请|试|发一下|贴一下"
)
"""What a helper says who wants something of the asker, apart from questions."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A nudge that is due: `person` must act, "" means any helper; `escalates` goes to the on-call group instead.

    `state` is what the nudge is recorded under (Nudge.state); the reason is one plain sentence.
    """

    person: str
    state: str
    reason: str
    escalates: bool = False


def follow_up(thread: Thread, now: float, rules: Rules, sent: Sequence[Nudge]) -> FollowUp | None:
    """The nudge due at `now`, if any: within business hours, one per state and turn, then one escalation.

    For threads in which somebody needed help: chatter is not to be asked about here.
    """
    if _hushed(thread, now) or not calendar.in_business(now, rules):
        return None
    base, spoke = lifecycle.standing(thread), _last_turn_at(thread)
    if lifecycle.state(thread, now, rules) is not State.STALE or not _awaited(thread, base):
        return None
    nudges = [nudge for nudge in sent if nudge.state != ESCALATION]
    sent_at = {turn.id: turn.sent_at for turn in thread.turns}  # by the platform's clock, which nobody sets
    nudged = [n.at for n in nudges if n.state in (base, SUGGESTED) and sent_at.get(n.turn_id, n.at) >= spoke]
    if nudged or len(nudges) >= rules.follow_up_cap:
        return _escalation(thread, base, now, rules, sent, min(now, max([spoke, *nudged])))
    if base in (State.OPEN, State.REOPENED) and (said := _suggested(thread)):
        return _ask_back(thread, said, rules)
    person = lifecycle.whose_move(thread, now, rules) or ""
    reason = say(rules.language, f"reason_stale_{_key(base)}", hours=f"{rules.follow_up_hours:g}")
    return FollowUp(person, str(base), reason)


def _awaited(thread: Thread, base: State) -> bool:
    """Whether somebody waits for a word: a remark, or an answer that stands by itself, needs no reply."""
    answers = lifecycle.answerers(thread)
    said = signals.of(answers[-1]) if answers else None
    if base is State.WAITING_ON_ASKER:
        return said is not None and (said.asks or REQUESTS.search(said.prose) is not None)
    if base is State.WAITING_ON_HELPER:
        promised = said is not None and said.promises
        return (
            promised
            or thread.root.is_bot
            or lifecycle.denied(thread)
            or _asker_waits(thread, said is not None and said.asks)
        )
    return not (lifecycle.answered_nearby(thread, thread.root) or _carried_on(thread))


def _asker_waits(thread: Thread, was_asked: bool) -> bool:
    """Whether the asker's last words put a need, or tell what a helper wanted to know, and do not take leave."""
    said = [signals.of(turn) for turn in lifecycle.last_asked(thread)]
    if not said or said[-1].closes or ((said[-1].promises or said[-1].will_try) and not said[-1].asks):
        return False
    return any(signs.needs or (was_asked and signs.substantive) for signs in said)


def _carried_on(thread: Thread) -> bool:
    """Where people do not answer in threads, others who spoke soon after took the matter along or let it pass."""
    root = thread.root
    return not thread.threaded and any(
        turn.sent_at > root.sent_at and turn.author != root.author and turn.human for turn in thread.nearby
    )


def _suggested(thread: Thread) -> Turn | None:
    """Vigil's own last word, when nobody has spoken or reopened the thread since."""
    reopened = thread.marked("reopened")
    return thread.last if thread.last.own and not (reopened and reopened.at > thread.last.sent_at) else None


def _ask_back(thread: Thread, said: Turn, rules: Rules) -> FollowUp | None:
    """Only Vigil answered: the asker is asked once whether that settled it, unless a thumb said so."""
    liked = any(r.turn_id == said.id and r.added and r.name in rules.helpful_reactions for r in thread.reactions)
    if liked or thread.root.is_bot:
        return None
    return FollowUp(
        thread.asker, SUGGESTED, say(rules.language, "reason_stale_suggested", hours=f"{rules.follow_up_hours:g}")
    )


def _escalation(
    thread: Thread, base: State, now: float, rules: Rules, sent: Sequence[Nudge], since: float
) -> FollowUp | None:
    """One mention of the on-call group when nudging is used up; nobody is called because an asker went quiet."""
    told = any(nudge.state == ESCALATION for nudge in sent) or any(thread.marked(name) for name in CALLED)
    if told or not rules.oncall or base is State.WAITING_ON_ASKER:
        return None
    if calendar.business_hours(since, now, rules, rules.follow_up_hours) < rules.follow_up_hours:
        return None
    return FollowUp("", ESCALATION, say(rules.language, "reason_exhausted"), escalates=True)


def _last_turn_at(thread: Thread) -> float:
    return max([thread.root.sent_at, *(turn.sent_at for turn in thread.human_turns())])


def _hushed(thread: Thread, now: float) -> bool:
    marks = ("snoozed", "muted", "not-a-request")
    return thread.withdrawn or thread.root.system or any(lifecycle.stands(thread, name, now) for name in marks)


def _key(base: State) -> str:
    return str(base).replace(" ", "_")
