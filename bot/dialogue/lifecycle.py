"""Where a thread stands and whose move it is, derived afresh from its turns and marks, so that edits do no harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Rules
from bot.dialogue import calendar, signals
from bot.dialogue.wording import say
from bot.events import Turn
from bot.models import State, Thread
from bot.outcomes import Nudge

HOUR = 3600.0
ESCALATION = "escalation"
SUGGESTED = "suggested"
CALLED = ("human-needed", "oncall-called")  # marks of threads for which the on-call group was called already
WAITING = (State.OPEN, State.REOPENED, State.WAITING_ON_ASKER, State.WAITING_ON_HELPER)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A nudge that is due: `person` must act, "" means any helper; `escalates` goes to the on-call group instead.

    `state` is what the nudge is recorded under (Nudge.state); the reason is one plain sentence.
    """

    person: str
    state: str
    reason: str
    escalates: bool = False


def state(thread: Thread, now: float, rules: Rules) -> State:
    """Where the thread stands at `now`: stale once it has waited follow_up_hours of business time for anybody."""
    base = standing(thread)
    return State.STALE if base in WAITING and _waited(thread, now, rules) else base


def standing(thread: Thread) -> State:
    """Where the thread stands whatever the time is; never stale."""
    resolved, reopened = thread.marked("resolved"), thread.marked("reopened")
    turns = thread.human_turns()
    if reopened and not (resolved and resolved.at > reopened.at):
        return _exchange(thread, [turn for turn in turns if turn.sent_at > reopened.at], State.REOPENED)
    if resolved:
        after = [turn for turn in turns if turn.sent_at > resolved.at]
        first = next((i for i, t in enumerate(after) if _speaks_as_asker(thread, t) and signals.of(t).needs), None)
        return State.RESOLVED if first is None else _exchange(thread, after[first:], State.REOPENED)
    return _exchange(thread, turns, State.OPEN)


def whose_move(thread: Thread, now: float, rules: Rules) -> str | None:
    """The id of the person who must act next; None means any helper (or nobody, once resolved)."""
    base = standing(thread)
    if base is State.RESOLVED:
        return None
    if base is State.WAITING_ON_ASKER:
        return thread.asker
    named = [person for turn in _last_asked(thread) for person in turn.mentions if person in thread.helpers]
    if named:
        return named[-1]
    return answerers(thread)[-1].author if base is State.WAITING_ON_HELPER else None


def last_sign_of_life(thread: Thread) -> float:
    """When a person last wrote or reacted in the thread, or the thread began; epoch seconds."""
    turns = [turn.sent_at for turn in thread.human_turns()]
    reactions = [reaction.at for reaction in thread.reactions if reaction.added]
    return max([thread.root.sent_at, *turns, *reactions])


def answerers(thread: Thread) -> tuple[Turn, ...]:
    """The turns by people other than the asker that answer in some way, even if only with a promise."""
    return tuple(t for t in thread.human_turns() if t.author != thread.asker and not _echo(thread, t))


def stands(thread: Thread, name: str, now: float) -> bool:
    """Whether the thread carries that mark and its time, if it has one, is not over."""
    mark = thread.marked(name)
    return mark is not None and (mark.until is None or now < mark.until)


def follow_up(
    thread: Thread, now: float, rules: Rules, sent: Sequence[Nudge], *, needed: bool = True
) -> FollowUp | None:
    """The nudge due at `now`, if any: within business hours, one per state and turn, then one escalation.

    `needed` says whether anybody in the thread ever needed help; chatter is never followed up.
    """
    if not needed or _hushed(thread, now) or not calendar.in_business(now, rules):
        return None
    if state(thread, now, rules) is not State.STALE:
        return None
    base, spoke = standing(thread), _last_turn_at(thread)
    nudges = [nudge for nudge in sent if nudge.state != ESCALATION]
    nudged = [nudge.at for nudge in nudges if nudge.state in (base, SUGGESTED) and nudge.at >= spoke]
    if nudged or len(nudges) >= rules.follow_up_cap:
        return _escalation(thread, base, now, rules, sent, max([spoke, *nudged]))
    if base in (State.OPEN, State.REOPENED) and (said := _suggested(thread)):
        return _ask_back(thread, said, rules)
    person = whose_move(thread, now, rules) or ""
    reason = say(rules.language, f"reason_stale_{_key(base)}", hours=f"{rules.follow_up_hours:g}")
    return FollowUp(person, str(base), reason)


def _suggested(thread: Thread) -> Turn | None:
    """Vigil's own last word, when nobody has spoken since."""
    return thread.last if thread.last.own else None


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


def _exchange(thread: Thread, turns: Sequence[Turn], fresh: State) -> State:
    """Where an exchange of turns stands; `fresh` while nobody has answered in it."""
    spoken = [turn for turn in turns if not _echo(thread, turn)]
    if _closed(thread, spoken):
        return State.RESOLVED
    if not any(turn.author != thread.asker for turn in spoken):
        return fresh
    last = spoken[-1]
    if thread.root.is_bot or last.author == thread.asker:
        return State.WAITING_ON_HELPER
    signs = signals.of(last)
    return State.WAITING_ON_HELPER if signs.promises and not signs.asks else State.WAITING_ON_ASKER


def _closed(thread: Thread, turns: Sequence[Turn]) -> bool:
    """Whether the asker's last word was thanks or success and no helper has asked on since."""
    last = next((i for i in reversed(range(len(turns))) if _speaks_as_asker(thread, turns[i])), None)
    if last is None:
        return False
    signs = signals.of(turns[last])
    answered = any(turn.author != turns[last].author for turn in turns[:last]) or any(t.own for t in thread.turns)
    closing = signs.closes and (answered or (signs.confirms and not turns[last].is_root))
    return closing and not any(signals.of(turn).asks or signals.of(turn).corrects for turn in turns[last + 1 :])


def _speaks_as_asker(thread: Thread, turn: Turn) -> bool:
    """The asker; under an alert, which cannot speak for itself, anybody."""
    return turn.author == thread.asker or thread.root.is_bot


def _echo(thread: Thread, turn: Turn) -> bool:
    """A stranger's "same here", which answers nothing."""
    return turn.author != thread.asker and signals.of(turn).me_too and not signals.of(turn).substantive


def _last_asked(thread: Thread) -> list[Turn]:
    """The asker's turns since anybody else spoke."""
    asked: list[Turn] = []
    for turn in thread.human_turns():
        asked = [*asked, turn] if turn.author == thread.asker else []
    return asked


def _last_turn_at(thread: Thread) -> float:
    return max([thread.root.sent_at, *(turn.sent_at for turn in thread.human_turns())])


def _waited(thread: Thread, now: float, rules: Rules) -> bool:
    limit = rules.follow_up_hours
    return calendar.business_hours(last_sign_of_life(thread), now, rules, limit) >= limit


def _hushed(thread: Thread, now: float) -> bool:
    marks = ("snoozed", "muted", "not-a-request")
    return thread.root.deleted or thread.root.system or any(stands(thread, name, now) for name in marks)


def _key(base: State) -> str:
    return str(base).replace(" ", "_")
