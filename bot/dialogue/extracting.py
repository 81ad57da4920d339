"""Has a language model retell what a resolved thread teaches, and keeps of it what the thread itself carries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.dialogue import signals, transcribing, vetting
from bot.dialogue.accepted import learnable
from bot.dialogue.learning import CAUSE
from bot.dialogue.retold import MOST, Kept, Line, kept, named, tidy
from bot.dialogue.standing import Refusal, asks
from bot.dialogue.support import Support
from bot.events import Turn
from bot.llm.base import Ask, Call, Data, Task, Voice
from bot.llm.prompts import prompt
from bot.models import Thread
from knowledge.models import Case, Said

CODE = re.compile(r"```|`[^`\n]{2,}`")
HALF = 0.5  # of the steps at least must be carried: a procedure full of holes is worse than people's own words
NAMED = 80  # characters of one thing in the environment
ANSWER = 1500  # tokens


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the model reads in a thread; `why` is the Refusal of one that is not `resolved`."""

    resolved: bool
    why: str
    problem: tuple[Line, ...]
    environment: tuple[Line, ...]
    cause: tuple[Line, ...]
    resolution: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as it came, and the turn that each label stood for (label -> turn id); nothing in it is checked yet."""

    said: Extracted
    turns: Mapping[str, str]
    call: Call


class Extractor:
    """Asks for a reading, and makes a case of one; the second needs no call and can be done again once the thread moved on."""

    def __init__(self, voice: Voice, support: Support) -> None:
        self._voice, self._support = voice, support

    def read(self, thread: Thread) -> Reading:
        """What the model reads in the thread; raises Speechless."""
        told = replace(thread, turns=learnable(thread))
        data = (Data("language", "the language of the thread"), Data("thread", transcribing.of(told)))
        ask = Ask(Task.EXTRACT, prompt(Task.EXTRACT), data, Extracted, thread.channel_id, ANSWER)
        reply = self._voice.ask(ask)
        said = reply.value or Extracted(False, "", (), (), (), ())
        return Reading(said, {label: turn.id for label, turn in transcribing.labels(told).items()}, reply.call)

    def case(self, reading: Reading, thread: Thread, plain: Case) -> Case | Refusal | None:
        """The case in the model's words as far as turns carry them; why there is none; or None where too little is left.

        `plain` is the same case in people's own words. Title, links, audience, authors, source and time are its; only
        turns of its authors count, so that nobody else's words come in; and at least one step rests on its answer.
        """
        said = reading.said
        if not said.resolved:
            return _refusal(said.why)
        links = {link.url for link in plain.links}
        turns, answers = _turns(reading, thread, plain), _answers(plain)
        able = {label: turn for label, turn in turns.items() if turn.id in answers or _stands(thread, turn)}
        steps = [step for step in kept(said.resolution, able, links, self._support) if _quotes(step, answers)]
        if not _enough(steps, said.resolution, answers, plain):
            return None
        problem = kept(said.problem, turns, links, self._support)
        cause = [
            one for one in kept(said.cause, able, links, self._support) if len(one.prose) <= CAUSE and not one.block
        ]
        return _made(plain, problem, _environment(said.environment, turns), cause[:1], steps)


def _refusal(why: str) -> Refusal:
    """The reason as one of those that are known: no text of the model's own is recorded."""
    return next((known for known in Refusal if known == why.strip().lower()), Refusal.UNCLEAR)


def _turns(reading: Reading, thread: Thread, plain: Case) -> dict[str, Turn]:
    """By label the turns that may be learned from, as they stand now."""
    standing = {turn.id: turn for turn in learnable(thread) if turn.author in plain.authors and not turn.own}
    return {label: standing[turn_id] for label, turn_id in reading.turns.items() if turn_id in standing}


def _answers(plain: Case) -> frozenset[str]:
    return frozenset(said.turn for said in plain.said if said.text in plain.resolution)


def _stands(thread: Thread, turn: Turn) -> bool:
    """Whether a step may rest on the turn: a person's, and no advice of which the asker said next that it did not help."""
    if not turn.human or turn.author == thread.asker:
        return turn.human
    later = (other for other in thread.human_turns() if other.sent_at > turn.sent_at and asks(thread, other))
    after = next(later, None)
    return after is None or not signals.of(after).rejects


def _quotes(step: Kept, answers: Collection[str]) -> bool:
    """Whether what is to be typed, if anything, comes from the accepted answer."""
    return not CODE.search(step.text) or any(turn.id in answers for turn in step.turns)


def _enough(steps: Sequence[Kept], said: Sequence[Line], answers: Collection[str], plain: Case) -> bool:
    """Whether what is left still is the resolution: on the accepted answer, mostly whole, and not without its commands."""
    if not steps or len(steps) < HALF * min(MOST, len(said)):
        return False
    if not any(turn.id in answers for step in steps for turn in step.turns):
        return False
    return not CODE.search(plain.resolution) or any(CODE.search(step.text) for step in steps)


def _environment(lines: Sequence[Line], turns: Mapping[str, Turn]) -> list[Said]:
    """What the turns name, word for word."""
    wanted = [(tidy(line.text), named(line, turns)[:1]) for line in lines[:MOST]]
    found = [
        Said(turn.id, match.group())
        for item, turns_named in wanted
        for turn in turns_named
        if 0 < len(item) <= NAMED and vetting.clean(item)
        for match in [re.search(rf"(?<!\w){re.escape(item)}(?!\w)", turn.text, re.IGNORECASE)]
        if match is not None
    ]
    return list(dict.fromkeys(found))


def _made(
    plain: Case, problem: Sequence[Kept], place: Sequence[Said], cause: Sequence[Kept], steps: Sequence[Kept]
) -> Case:
    """The plain case in these words; problem, cause and environment stay as they were where nothing is left of them."""
    asked = [said for said in plain.said if said.text in plain.problem]
    said = (*(_said(problem) or asked), *_said(steps), *_said(cause), *place)
    return replace(
        plain,
        problem="\n".join(one.text for one in problem) or plain.problem,
        environment="; ".join(one.text for one in place) or plain.environment,
        cause=cause[0].prose if cause else plain.cause,
        resolution="\n".join(f"- {one.text}" if one.prose and len(steps) > 1 else one.text for one in steps),
        said=said,
        turns=tuple(dict.fromkeys((*plain.turns, *(part.turn for part in said)))),
    ).traced()


def _said(sentences: Iterable[Kept]) -> list[Said]:
    return [Said(turn.id, one.text) for one in sentences for turn in one.turns]
