"""Turns a thread into a Case: the problem as asked and the answer that was accepted, in the people's own words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from bot.config import Rules
from bot.dialogue import evidence, extract, feedback, lifecycle, signals, summary
from bot.dialogue.evidence import RESOLVED_SIGN
from bot.dialogue.feedback import Meaning
from bot.events import Turn
from bot.models import Thread
from knowledge.models import Audience, Case, Kind, Link

ANSWERS = 4  # turns of an accepted answer
REPLIES = 6  # turns of a precedent
LONGEST = 4000  # characters kept of a problem or an answer


def case_of(thread: Thread, url: str, audience: Audience, rules: Rules, now: float, title: str = "") -> Case | None:
    """What the thread teaches, to be proposed and approved; None when no answer in it can be told.

    The answer is what carries a check mark or what the asker confirmed; failing both, the last substantive reply.
    A reply that was rejected or corrected later is left out.
    """
    asked = summary.opening(thread)
    answers = _accepted(thread, rules)
    if not answers:
        return None
    used = tuple(dict.fromkeys((*asked, *answers)))
    return Case(
        kind=Kind.CASE, title=title or summary.topic(thread), problem=_text(asked, "\n"),
        resolution=_text(answers, "\n\n"), audience=audience, source=f"thread:{thread.id}", url=url,
        cause=_cause(answers), links=tuple(Link(link, link) for link in signals.links(used)),
        authors=tuple(dict.fromkeys(turn.author for turn in used)), happened_at=answers[-1].sent_at,
        turns=tuple(turn.id for turn in used), container=thread.channel_id,
    )  # fmt: skip


def precedent_of(thread: Thread, url: str, audience: Audience, resolved: bool) -> Case | None:
    """The thread as something to point to, once a person replied with substance; else None.

    Its passages are the turns' exact texts, so that their vectors are computed once. `cause` holds a sign when the
    thread is resolved (see evidence.RESOLVED_SIGN).
    """
    asked = tuple(turn for turn in summary.opening(thread) if not turn.deleted)
    telling = (turn for turn in lifecycle.answers_back(thread) if evidence.tells(turn))
    replies = list(islice(telling, REPLIES))[::-1]
    if not replies or not asked:
        return None
    used = (*asked, *replies)
    return Case(
        kind=Kind.PRECEDENT, title=summary.topic(thread), problem="\n".join(turn.text for turn in asked),
        resolution="\n\n".join(turn.text for turn in replies), audience=audience, source=f"precedent:{thread.id}",
        url=url, cause=RESOLVED_SIGN if resolved else "", authors=tuple(dict.fromkeys(turn.author for turn in used)),
        happened_at=thread.root.sent_at, turns=tuple(turn.id for turn in used), container=thread.channel_id,
    )  # fmt: skip


def _accepted(thread: Thread, rules: Rules) -> tuple[Turn, ...]:
    turns = _until_resolved(thread)
    closing = _closing(thread, turns)
    run = _standing_answers(thread, turns[:closing] if closing is not None else turns)
    checked = _checked(thread, rules)
    marked = [turn for turn in run if turn.id in checked]
    if marked:
        run = run[run.index(marked[0]) :] if closing is not None else marked
    elif closing is None:
        run = run[-1:]
    if closing is not None and _tells(turns[closing]) and (not run or signals.of(turns[closing]).self_solved):
        run = [*run, turns[closing]]
    return tuple(run[-ANSWERS:])


def _until_resolved(thread: Thread) -> list[Turn]:
    """Turns up to the mark; thanks that come just after it still belong to the resolution."""
    mark = thread.marked("resolved")
    turns = [turn for turn in thread.human_turns() if turn.id != thread.id]
    if mark is None:
        return turns
    return [turn for turn in turns if turn.sent_at <= mark.at or not signals.of(turn).needs]


def _closing(thread: Thread, turns: Sequence[Turn]) -> int | None:
    """Where the asker took leave: success counts before mere thanks, the latest before the earlier."""
    closes = [i for i, turn in enumerate(turns) if _asks(thread, turn) and signals.of(turn).closes]
    sure = [i for i in closes if signals.of(turns[i]).confirms]
    found = sure or closes
    return found[-1] if found else None


def _standing_answers(thread: Thread, turns: Sequence[Turn]) -> list[Turn]:
    """Substantive replies that nobody rejected or corrected afterwards."""
    run: list[Turn] = []
    for turn in turns:
        signs = signals.of(turn)
        if turn.author == thread.asker:
            run = [] if signs.rejects and not signs.confirms else run
            continue
        if signs.corrects:
            run = []
        if signs.substantive and not signs.inquires:
            run.append(turn)
    return run


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


def _asks(thread: Thread, turn: Turn) -> bool:
    return turn.author == thread.asker or thread.root.is_bot


def _tells(turn: Turn) -> bool:
    """It says what helped, not only that something did."""
    return signals.of(turn).weight >= 4


def _cause(answers: Sequence[Turn]) -> str:
    for turn in answers:
        for unit in extract.units(summary.prose((turn,))):
            if signals.CAUSE.search(unit.text):
                return extract.clip(unit.text, 300)
    return ""


def _text(turns: Sequence[Turn], between: str) -> str:
    text = between.join(turn.text.strip() for turn in turns)[:LONGEST]
    return f"{text}\n```" if text.count("```") % 2 else text
