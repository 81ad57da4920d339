"""Turns a thread into a Case: the problem as asked and the answer that was accepted, in the people's own words."""

from __future__ import annotations

import re
from itertools import islice

from bot.config import Rules
from bot.dialogue import evidence, extract, lifecycle, precedents, signals, summary
from bot.dialogue.accepted import accepted
from bot.dialogue.environment import environment
from bot.dialogue.standing import Refusal
from bot.dialogue.trimming import trimmed
from bot.models import Thread
from knowledge.models import Audience, Case, Kind, Link

REPLIES = 6  # turns of a precedent
CAUSE = 300  # characters of a cause
GIVES_REASON = re.compile(r"because|due to|因为|由于", re.I)  # of anything, and not always of what was asked about
SUPPOSED = re.compile(r"\b(?:if|whether|unless|not sure|no idea)\b|[?？]\s*$|如果|是不是", re.I)


def case_of(thread: Thread, url: str, audience: Audience, rules: Rules, title: str = "") -> Case | Refusal:
    """What the thread teaches, to be proposed and approved; else why it teaches nothing.

    The one place where a thread is read for its resolution: whatever reads better may stand behind it.
    """
    found = accepted(thread, rules)
    if isinstance(found, Refusal):
        return found
    problem, asked = trimmed(found.asked, "\n", answers=False)
    resolution, answered = trimmed(found.answers, "\n\n", answers=True)
    used = tuple(dict.fromkeys((*found.asked, *found.answers)))
    return Case(
        kind=Kind.CASE, title=title or summary.topic(thread), problem=problem, resolution=resolution,
        audience=audience, source=f"thread:{thread.id}", url=url, environment=environment(found.asked),
        cause=_cause(resolution, problem), links=tuple(Link(link, link) for link in signals.links(used)),
        authors=tuple(dict.fromkeys(turn.author for turn in used)), happened_at=found.answers[-1].sent_at,
        turns=tuple(turn.id for turn in used), container=thread.channel_id, said=(*asked, *answered),
    ).traced()  # fmt: skip


def precedent_of(thread: Thread, url: str, audience: Audience) -> Case | None:
    """The thread as something to point to, once a person replied with substance; else None.

    Its passages are the turns' exact texts, so that their vectors are computed once. `cause` holds a sign of how the
    thread stands (see precedents.standing).
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
        url=url, cause=precedents.sign(thread), authors=tuple(dict.fromkeys(turn.author for turn in used)),
        happened_at=thread.root.sent_at, turns=tuple(turn.id for turn in used), container=thread.channel_id,
    )  # fmt: skip


def _cause(resolution: str, problem: str) -> str:
    """The first sentence of the answer that names a cause; what merely says why must speak of the problem's subject."""
    asked = extract.words(problem)
    for unit in extract.units(signals.FENCE.sub("\n", resolution)):
        named = signals.CAUSE.search(unit.text.lower())
        if named is None or SUPPOSED.search(unit.text):
            continue
        if not GIVES_REASON.fullmatch(named.group()) or asked & extract.words(unit.text):
            return extract.clip(unit.text, CAUSE)
    return ""
