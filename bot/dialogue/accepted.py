"""Chooses the turns of a thread that carry its problem and the resolution people accepted, or says why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Rules
from bot.dialogue import feedback, summary
from bot.dialogue.acceptance import (
    LEAST,
    accepts,
    closes,
    confirms,
    gives_up,
    hands_on,
    reports,
    signs,
    succeeds,
    tells_how,
    waves_off,
)
from bot.dialogue.feedback import Meaning
from bot.dialogue.needing import needs_answer
from bot.dialogue.standing import ANSWERS, Refusal, asks, judged, length, resolved_at, said_last, since_asked, standing
from bot.dialogue.worth import ENOUGH, SOME, SURE, worth
from bot.events import Turn
from bot.models import Thread

TALK = 12  # turns with something to them above which only what came last before the asker's success is taken
FAR = 36  # and above which nothing is
NEAR = 3  # replies kept beside the asker's own solution, or looked at right before a success
LAST = 8  # turns before a success that are looked at in a longer talk
ASKED = 2  # further questions of the asker that belong to the problem


@dataclass(frozen=True, slots=True)
class Accepted:
    """The turns that carry the problem, and those that carry its resolution, each in order of time."""

    asked: tuple[Turn, ...]
    answers: tuple[Turn, ...]


def accepted(thread: Thread, rules: Rules) -> Accepted | Refusal:
    """What carries problem and resolution: what has a check mark, what the asker confirmed or thanked for, or how the
    asker solved it alone; failing all, the answers before the thread was marked as resolved."""
    asked, talk = _parted(thread)
    if not asked or not (thread.root.is_bot or needs_answer(asked)):
        return Refusal.NO_QUESTION
    closing = _closing(thread, talk)
    found = _marked(thread, rules, talk, closing) or _own(thread, talk, closing)
    if found:
        return Accepted(_problem(thread, asked, talk, found), tuple(found))
    run = _stood(thread, talk) if closing is None else _taken(thread, talk, closing)
    if isinstance(run, Refusal):
        return run
    return Accepted(_problem(thread, asked, talk, run), tuple(run))


def learnable(thread: Thread) -> tuple[Turn, ...]:
    """The turns that a case may rest on: the opening, and what people said until it was resolved; in order."""
    asked, later = _parted(thread)
    ids = {turn.id for turn in (*asked, *later)}
    return tuple(turn for turn in thread.turns if turn.id in ids)


def _parted(thread: Thread) -> tuple[tuple[Turn, ...], list[Turn]]:
    """The opening, up to where its writer tells how it was solved; and what came after, until it was resolved."""
    opening = [turn for turn in summary.opening(thread) if not turn.deleted]
    ends = (i for i, turn in enumerate(opening) if i and (tells_how(turn, True) or closes(turn) or waves_off(turn)))
    asked = opening[: next(ends, len(opening))]
    ids = {thread.id, *(turn.id for turn in asked)}
    later, at = [turn for turn in thread.human_turns() if turn.id not in ids], resolved_at(thread)
    if at is not None:  # what the asker adds after the mark, needing nothing, still belongs to the resolution
        later = [t for t in later if t.sent_at <= at or (asks(thread, t) and not signs(t).needs)]
    return tuple(asked), later


def _closing(thread: Thread, turns: Sequence[Turn]) -> int | None:
    """Where the asker took leave: success counts before mere thanks, the latest before the earlier."""
    leaves = [i for i, turn in enumerate(turns) if asks(thread, turn) and closes(turn)]
    sure = [i for i in leaves if confirms(turns[i])]
    found = sure or leaves
    return found[-1] if found else None


def _marked(thread: Thread, rules: Rules, talk: Sequence[Turn], closing: int | None) -> list[Turn]:
    """Answers with a check mark, and what their writers went on to say; on a turn that answers nothing it says nothing."""
    checked = _checked(thread, rules)
    first = next((i for i, turn in enumerate(talk) if turn.id in checked and _answers(thread, turn)), None)
    if first is None:
        return []
    if closing is not None and closing > first:
        return [talk[first], *standing(thread, talk[first + 1 : closing])][-ANSWERS:]
    kept: list[Turn] = []
    for at, turn in enumerate(talk):
        goes_on = bool(kept) and talk[at - 1] is kept[-1] and turn.author == kept[-1].author and worth(turn) >= ENOUGH
        if goes_on or (turn.id in checked and _answers(thread, turn)):
            kept.append(turn)
    return kept[-ANSWERS:]


def _answers(thread: Thread, turn: Turn) -> bool:
    return tells_how(turn, True) if turn.author == thread.asker else worth(turn) >= SOME


def _own(thread: Thread, turns: Sequence[Turn], closing: int | None) -> list[Turn]:
    """Where the asker says what the cause or the cure turned out to be, if no new need came after it, and what led to it."""
    marked = resolved_at(thread) is not None
    confirmed = closing is not None and confirms(turns[closing])
    others = any(turn.author != thread.asker for turn in thread.human_turns())
    if length(turns) > FAR or not (marked or others or (turns and succeeds(turns[-1]))):
        return []
    for at in reversed(range(len(turns))):
        turn = turns[at]
        if not asks(thread, turn):
            if worth(turn) >= SURE:  # what the asker told before is what led to this answer
                break
            continue
        sure = marked or confirmed or (at == closing and accepts(turn))
        if sure and (tells_how(turn, confirmed) or (at == closing and reports(turn))):
            near = [t for t in standing(thread, turns[max(0, at - LAST) : at]) if worth(t) >= ENOUGH]
            return [*near[-NEAR:], turn]
        if at == closing and confirmed and length(turns) <= TALK and (alone := _alone(thread, turns[:at])):
            return alone
        if signs(turn).needs:
            break
    return []


def _alone(thread: Thread, turns: Sequence[Turn]) -> list[Turn]:
    """What the asker said last, uninterrupted, on the way to success."""
    run: list[Turn] = []
    for turn in reversed(turns):
        if not asks(thread, turn) or signs(turn).needs or signs(turn).will_try or len(run) == NEAR:
            break
        run.insert(0, turn)
    return run if sum(signs(turn).weight for turn in run) >= LEAST or any(signs(turn).code for turn in run) else []


def _taken(thread: Thread, talk: Sequence[Turn], closing: int) -> list[Turn] | Refusal:
    """What the asker took leave of: thanked for or confirmed."""
    before, leave, after = talk[:closing], talk[closing], talk[closing + 1 :]
    sure, marked = confirms(leave), resolved_at(thread) is not None
    if gives_up(leave):
        return Refusal.REJECTED
    if waves_off(leave):
        return Refusal.SILENT
    if not sure and any(map(hands_on, (*before[-2:], leave))):
        return Refusal.ELSEWHERE
    if not marked and not (accepts(leave) and (sure or not _unsure(thread, before, after))):
        return Refusal.UNCLEAR
    if length(before) > FAR or length(after) > TALK:
        return Refusal.UNCLEAR
    if length(before) > TALK:
        before = since_asked(thread, before[-LAST:]) if sure else []
        if not any(worth(turn) >= SURE for turn in before[-NEAR:] if turn.author != thread.asker):
            return Refusal.UNCLEAR
    found = judged(thread, before, sure)
    return [*found, leave] if isinstance(found, list) and sure and "`" in leave.text else found


def _unsure(thread: Thread, before: Sequence[Turn], after: Sequence[Turn]) -> bool:
    """Whether mere thanks prove little: colleagues thank each other all day, and who is about to try does not know yet."""
    last = said_last(thread, before)
    return (
        thread.asker in thread.helpers
        or any(signs(turn).will_try for turn in last)
        or any(asks(thread, turn) and signs(turn).needs for turn in after)
    )


def _stood(thread: Thread, talk: Sequence[Turn]) -> list[Turn] | Refusal:
    """What the last to answer had said when the thread was marked as resolved, if the asker did not contradict it."""
    last = next((turn for turn in reversed(talk) if asks(thread, turn)), None)
    if resolved_at(thread) is None:
        return Refusal.UNCLEAR
    if last is not None and waves_off(last):
        return Refusal.SILENT
    if any(map(hands_on, talk[-2:])):
        return Refusal.ELSEWHERE
    if last is not None and signs(last).needs:
        talk = talk[talk.index(last) + 1 :]
        if not talk:
            return Refusal.REJECTED if signs(last).rejects else Refusal.UNCLEAR
    found = Refusal.UNCLEAR if length(talk) > TALK else judged(thread, talk, False)
    return found if isinstance(found, Refusal) else [turn for turn in found if turn.author == found[-1].author]


def _problem(
    thread: Thread, asked: tuple[Turn, ...], talk: Sequence[Turn], answers: Sequence[Turn]
) -> tuple[Turn, ...]:
    """The opening, with what the asker still asked before the last of the answers."""
    last = answers[-1].sent_at
    more = [t for t in talk if t.author == thread.asker and t.sent_at < last and signs(t).needs and t not in answers]
    return (*asked, *[turn for turn in more if signs(turn).weight >= 3][-ASKED:])


def _checked(thread: Thread, rules: Rules) -> frozenset[str]:
    """Ids of the turns that carry a check mark now."""
    standing: dict[tuple[str, str, str], str] = {}
    for reaction in sorted(thread.reactions, key=lambda r: r.at):
        if feedback.meaning(reaction.name, rules) is not Meaning.RESOLVED:
            continue
        key = (reaction.turn_id, reaction.actor, reaction.name)
        if reaction.added:
            standing[key] = reaction.turn_id
        else:
            standing.pop(key, None)
    return frozenset(standing.values())
