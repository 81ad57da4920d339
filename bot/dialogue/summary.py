"""Reads a thread into a summary in its own words: the problem, what was tried, where it stands and what is next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.config import Rules
from bot.dialogue import extract, lifecycle, signals
from bot.events import Turn
from bot.models import State, Thread

TRIED = 5  # steps told
LINE = 220  # characters of one step
PROBLEM = 360


@dataclass(frozen=True, slots=True)
class Summary:
    """A thread in short: `tried` holds (author, words) in order; `person` must move next ("" = any helper)."""

    problem: str
    tried: tuple[tuple[str, str], ...]
    state: State
    person: str
    links: tuple[str, ...]
    last: str = ""


def of(thread: Thread, now: float, rules: Rules) -> Summary:
    """The thread's summary at `now`, quoted from its turns; nothing in it is made up."""
    turns = thread.human_turns() or (thread.root,)
    return Summary(
        problem=extract.clip(prose(opening(thread)), PROBLEM),
        tried=tuple((turn.author, extract.clip(prose((turn,)), LINE)) for turn in steps(thread)),
        state=lifecycle.state(thread, now, rules),
        person=lifecycle.whose_move(thread, now, rules) or "",
        links=signals.links(turns)[:5],
        last=extract.clip(prose((turns[-1],)), LINE),
    )


def steps(thread: Thread, most: int = TRIED) -> tuple[Turn, ...]:
    """The last turns that say what was found out, advised or tried in vain, oldest first."""
    turns = thread.human_turns() or (thread.root,)
    found = [turn for turn in lifecycle.answerers(thread) if signals.of(turn).substantive]
    found += [turn for turn in turns[1:] if turn.author == thread.asker and signals.of(turn).rejects]
    return tuple(sorted(found, key=lambda turn: (turn.sent_at, turn.id))[-most:])


def promised(thread: Thread, most: int = TRIED) -> tuple[Turn, ...]:
    """The last turns in which somebody promised something and has not spoken since, oldest first."""
    last = {turn.author: turn for turn in thread.human_turns()}
    kept = [turn for turn in last.values() if signals.of(turn).promises and not turn.is_root]
    return tuple(sorted(kept, key=lambda turn: (turn.sent_at, turn.id))[-most:])


def opening(thread: Thread) -> tuple[Turn, ...]:
    """The asker's turns before anybody answered: the problem as asked (the root's author may be an alert bot)."""
    if thread.root.is_bot:
        return (thread.root,)
    asked: list[Turn] = []
    for turn in thread.human_turns():
        if turn.author == thread.asker:
            asked.append(turn)
        elif not signals.of(turn).me_too:
            break
    return tuple(asked) or (thread.root,)


def topic(thread: Thread, limit: int = 90) -> str:
    """The first telling sentence of the problem, short enough to stand inside another sentence."""
    return extract.clip(_telling(prose(opening(thread))) or thread.root.text, limit).rstrip("?:.!？：。！ ")


@lru_cache(maxsize=512)
def _telling(text: str) -> str:
    """The first sentence with something to it, else the first; remembered, since a growing thread is asked time and again."""
    found = [unit.text for unit in extract.units(text) if unit.kind != "code"]
    return next((said for said in found if signals.read(said).weight >= 3), found[0] if found else "")


def prose(turns: tuple[Turn, ...]) -> str:
    """Their words without code blocks, unless there is nothing else."""
    text = "\n".join(turn.text for turn in turns)
    return signals.FENCE.sub(" ", text).strip() or text
