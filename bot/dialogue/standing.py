"""Which replies of a thread still stand, and why they may be no resolution."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.dialogue.acceptance import HOW, signs
from bot.dialogue.worth import ENOUGH, SOME, only_points, worth
from bot.events import Turn
from bot.models import Thread

ANSWERS = 7  # turns of a resolution


class Refusal(StrEnum):
    """Why a thread teaches nothing."""

    NO_QUESTION = "no question"
    NO_REPLY = "no reply"
    QUESTIONS_BACK = "only questions back"
    PROMISES = "only plans and promises"
    REJECTED = "rejected by the asker"
    SILENT = "solved by the asker without saying how"
    ELSEWHERE = "points elsewhere only"
    UNCLEAR = "nothing tells which reply resolved it"
    THIN = "too thin"


def asks(thread: Thread, turn: Turn) -> bool:
    """Whether the asker speaks; under an alert, which cannot speak for itself, anybody does."""
    return turn.author == thread.asker or thread.root.is_bot


def resolved_at(thread: Thread) -> float | None:
    """When the thread was marked as resolved (epoch seconds); None when it never was, or the asker needed more later."""
    mark, again = thread.marked("resolved"), thread.marked("reopened")
    if mark is None or (again is not None and again.at > mark.at):
        return None
    later = [turn for turn in thread.human_turns() if turn.sent_at > mark.at and asks(thread, turn)]
    return None if any(signs(turn).needs for turn in later) else mark.at


def length(turns: Sequence[Turn]) -> int:
    """How many turns have something to them."""
    return sum(signs(turn).weight >= 2 or signs(turn).code for turn in turns)


def standing(thread: Thread, turns: Sequence[Turn]) -> list[Turn]:
    """Replies worth keeping that nobody rejected or corrected afterwards."""
    run: list[Turn] = []
    for turn in turns:
        said = signs(turn)
        if turn.author == thread.asker:
            run = [] if said.rejects and not (said.confirms or HOW.search(said.prose)) else run
            continue
        if said.corrects:
            run = []
        if worth(turn) >= SOME:
            run.append(turn)
    return run


def since_asked(thread: Thread, turns: Sequence[Turn]) -> Sequence[Turn]:
    """What was said since the asker last reported trouble or asked."""
    last = next((i for i in reversed(range(len(turns))) if asks(thread, turns[i]) and signs(turns[i]).needs), -1)
    return turns[last + 1 :]


def said_last(thread: Thread, turns: Sequence[Turn]) -> Sequence[Turn]:
    """The asker's turns since anybody else spoke."""
    at = next((i for i in reversed(range(len(turns))) if not asks(thread, turns[i])), -1)
    return turns[at + 1 :]


def judged(thread: Thread, before: Sequence[Turn], sure: bool) -> list[Turn] | Refusal:
    """The replies that stand, if they say enough."""
    run = standing(thread, before)
    if any(worth(turn) >= ENOUGH for turn in run):
        bare = not sure and all(map(only_points, run))
        return Refusal.ELSEWHERE if bare else run[-ANSWERS:]
    return _refused(thread, before)


def _refused(thread: Thread, turns: Sequence[Turn]) -> Refusal:
    """Why none of these turns is a resolution."""
    replies = [turn for turn in turns if turn.author != thread.asker and not signs(turn).echo]
    if not replies:
        return Refusal.SILENT if turns else Refusal.NO_REPLY
    if any(worth(turn) >= ENOUGH for turn in replies):
        return Refusal.REJECTED
    if all(signs(turn).asks for turn in replies):
        return Refusal.QUESTIONS_BACK
    if any(map(only_points, replies)):
        return Refusal.ELSEWHERE
    return Refusal.PROMISES if any(signs(turn).promises for turn in replies) else Refusal.THIN
