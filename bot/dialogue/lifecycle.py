"""Where a thread stands and whose move it is, derived afresh from its turns and marks, so that edits do no harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.config import Rules
from bot.dialogue import calendar, signals
from bot.dialogue.cues import names_in
from bot.events import Turn
from bot.models import State, Thread

HOUR = 3600.0
NOT_SOLVED = "not-solved"  # a mark: what sounded like success was none
WAITING = (State.OPEN, State.REOPENED, State.WAITING_ON_ASKER, State.WAITING_ON_HELPER)


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


def settled(thread: Thread) -> bool:
    """Whether nobody waits for anything: marked as resolved, or over as far as the asker's words tell."""
    return standing(thread) in (State.RESOLVED, State.ACCEPTED)


def denied(thread: Thread) -> bool:
    """Whether the last thing a person did was to say that the trouble is not over, against what the asker's words told."""
    mark = thread.marked(NOT_SOLVED)
    return mark is not None and not any(turn.sent_at > mark.at for turn in thread.human_turns())


def whose_move(thread: Thread, now: float, rules: Rules) -> str | None:
    """The id of the person who must act next; None means any helper (or nobody, once resolved)."""
    base = standing(thread)
    if base in (State.RESOLVED, State.ACCEPTED):
        return None
    if base is State.WAITING_ON_ASKER:
        return thread.asker
    named = [person for turn in last_asked(thread) for person in turn.mentions if person in thread.helpers]
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
    return tuple(answers_back(thread))[::-1]


def answers_back(thread: Thread) -> Iterator[Turn]:
    """The same from the last to the first, for those who need only a few."""
    return (t for t in reversed(thread.human_turns()) if t.author != thread.asker and not _echo(thread, t))


def stands(thread: Thread, name: str, now: float) -> bool:
    """Whether the thread carries that mark and its time, if it has one, is not over."""
    mark = thread.marked(name)
    return mark is not None and (mark.until is None or now < mark.until)


def answered_nearby(thread: Thread, need: Turn) -> bool:
    """People often answer at the channel's root: by naming the asker, or as a helper who speaks right after."""
    later = [t for t in thread.nearby if t.sent_at > need.sent_at and t.human]
    if any(_names(turn, need.author) for turn in later if turn.author != need.author):
        return True
    for turn in later:
        if turn.author == need.author:
            if signals.of(turn).closes:
                return True
            continue
        return turn.author in thread.helpers and not signals.of(turn).needs
    return False


def _names(turn: Turn, person: str) -> bool:
    """Whether the turn mentions the person, or in the manner of chats without mentions begins with the name."""
    return person in turn.mentions or person.lower() in names_in(turn.text)


def _exchange(thread: Thread, turns: Sequence[Turn], fresh: State) -> State:
    """Where an exchange of turns stands; `fresh` while nobody has answered in it."""
    if _closed(thread, turns):
        return State.ACCEPTED
    asker = thread.asker
    if not any(turn.author != asker and not _echo(thread, turn) for turn in reversed(turns)):
        return fresh
    last = next(turn for turn in reversed(turns) if not _echo(thread, turn))
    if thread.root.is_bot or last.author == asker:
        return State.WAITING_ON_HELPER
    signs = signals.of(last)
    return State.WAITING_ON_HELPER if signs.promises and not signs.asks else State.WAITING_ON_ASKER


def _closed(thread: Thread, turns: Sequence[Turn]) -> bool:
    """Whether the asker's last word was thanks or success, which nobody denied, and no helper has asked on since."""
    mark = thread.marked(NOT_SOLVED)
    denied_until = mark.at if mark else 0.0
    for i in reversed(range(len(turns))):  # from the end, since threads are long and this is asked at every turn
        turn = turns[i]
        if _echo(thread, turn):
            continue
        signs = signals.of(turn)
        if _speaks_as_asker(thread, turn):
            if turn.sent_at <= denied_until:
                return False
            return signs.closes and ((signs.confirms and not turn.is_root) or _answered(thread, turns[:i], turn.author))
        if signs.asks or signs.corrects:
            return False
    return False


def _answered(thread: Thread, turns: Sequence[Turn], asker: str) -> bool:
    spoken = any(turn.author != asker and not _echo(thread, turn) for turn in turns)
    return spoken or any(turn.own for turn in thread.turns)


def _speaks_as_asker(thread: Thread, turn: Turn) -> bool:
    """The asker; under an alert, which cannot speak for itself, anybody."""
    return turn.author == thread.asker or thread.root.is_bot


def _echo(thread: Thread, turn: Turn) -> bool:
    """A stranger's "same here", which answers nothing."""
    return turn.author != thread.asker and signals.of(turn).echo


def last_asked(thread: Thread) -> list[Turn]:
    """The asker's turns since anybody else spoke."""
    asked: list[Turn] = []
    for turn in thread.human_turns():
        asked = [*asked, turn] if turn.author == thread.asker else []
    return asked


def _newest(thread: Thread) -> float:
    """When the thread's last turn was written, if a person wrote it; a short way round `last_sign_of_life`."""
    people = thread.human_turns()
    return people[-1].sent_at if people else thread.root.sent_at


def _waited(thread: Thread, now: float, rules: Rules) -> bool:
    limit = rules.follow_up_hours
    if now - _newest(thread) < limit * HOUR:  # business hours are never more than hours
        return False
    since = last_sign_of_life(thread)
    return calendar.business_hours(since, now, rules, limit) >= limit
