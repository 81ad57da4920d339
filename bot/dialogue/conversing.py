"""Answers a question put to Vigil itself in several rounds with a language model, and keeps of it what its sources carry."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.dialogue import extract, facts, transcribing, vetting
from bot.dialogue.lookups import NOTHING, TOOLS, LookUps, passage_of, text_of
from bot.dialogue.question import MENTION
from bot.dialogue.summarising import Line, Transcript
from bot.dialogue.support import Support
from bot.dialogue.units import units
from bot.events import Turn
from bot.llm.base import Ask, Call, Data, Speechless, Step, Task, Voice
from bot.llm.prompts import prompt
from bot.models import Thread
from knowledge.models import Hit, Kind
from knowledge.tokens import tokens

PARTS = 8  # of one answer that are looked at
ROUNDS = 4  # requests for one answer at most
USES = 4  # look-ups of one round
SECONDS = 40.0  # after which no further round begins
MOST = 1024  # tokens of one answer
ESSENCE = 0.5  # share of what the model said that must stand, or it was not an answer from these sources
MISSING = 120  # characters
BEFORE = 30 * 60.0  # seconds back in a direct conversation that belong to the same talk
LAST = "\n\n(No more look-ups: answer now.)"


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, list or block of code of an answer, and the labels of what carries all of it, such as e12 or t3."""

    text: str
    sources: tuple[str, ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its parts in order, what no source answers, and whether people should decide."""

    parts: tuple[Part, ...]
    missing: str
    unsure: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """Something that people said in a thread, retold: what they said is no answer of ours."""

    line: Line
    thread: Thread


@dataclass(frozen=True, slots=True)
class Talked:
    """What is left of an answer after the check, in order: what entries say, what people said, and earlier threads to point to.

    `failure` is "" or why there is no answer: one of Speechless's, `rounds` or `unsupported`.
    """

    said: tuple[str | Quote, ...] = ()
    rests_on: tuple[Hit, ...] = ()
    points_to: tuple[Hit, ...] = ()
    nearest: tuple[Hit, ...] = ()
    missing: str = ""
    partly: bool = False
    unsure: bool = False
    calls: tuple[Call, ...] = ()
    failure: str = ""


class Conversation:
    """Asks in rounds; nothing but look-ups happens on the way. `clock` counts seconds."""

    def __init__(self, voice: Voice, support: Support, clock: Callable[[], float] = time.monotonic) -> None:
        self._voice, self._support, self._clock = voice, support, clock

    def talk(self, thread: Thread, turn: Turn, question: str, look: LookUps) -> Talked:
        """The answer to `question`, which `turn` asks in `thread`; never raises for what the model does."""
        calls: list[Call] = []
        try:
            answer = self._answer(thread, turn, question, look, calls)
        except Speechless as silence:
            return Talked(calls=(*calls, *((silence.call,) if silence.call else ())), failure=silence.why)
        if answer is None:
            return Talked(calls=tuple(calls), failure="rounds")
        return replace(self._checked(answer, thread, turn, look), calls=tuple(calls))

    def _answer(
        self, thread: Thread, turn: Turn, question: str, look: LookUps, calls: list[Call]
    ) -> Answer | None:  # fmt: skip
        data = (
            *_before(thread, turn),
            Data("thread", transcribing.of(thread)),
            Data("question", question),
            Data("found", look.search(question, "" if turn.is_root else thread.root.text)),
        )
        ask = Ask(Task.CONVERSE, prompt(Task.CONVERSE), data, Answer, thread.channel_id, MOST, tools=TOOLS)
        until = self._clock() + SECONDS
        for left in reversed(range(ROUNDS)):
            reply = self._voice.ask(ask)
            calls.append(reply.call)
            if reply.value is not None:
                return reply.value
            if not reply.uses or not left or self._clock() >= until:
                return None
            found = [look.use(use) for use in reply.uses[:USES]] + [NOTHING] * len(reply.uses[USES:])
            if left == 1:
                found[-1] += LAST
            ask = replace(ask, steps=(*ask.steps, Step(reply.uses, tuple(found), reply.raw)))
        return None

    def _checked(self, answer: Answer, thread: Thread, turn: Turn, look: LookUps) -> Talked:
        keeping = _Keeping(thread, turn, look, self._support)
        for part in answer.parts[:PARTS]:
            keeping.part(part)
        nearest = tuple(hit for hit in look.hits.values() if hit not in keeping.rests_on)[:3]
        said = tuple(keeping.said)
        if keeping.kept < ESSENCE * keeping.total:
            return Talked(nearest=nearest, unsure=answer.unsure, failure="unsupported")
        missing = " ".join(answer.missing.split())
        return Talked(
            said, tuple(keeping.rests_on), tuple(keeping.points_to), nearest, _own_words(missing, thread, turn),
            bool(missing), answer.unsure,
        )  # fmt: skip


class _Keeping:
    """Collects the parts that stand."""

    def __init__(self, thread: Thread, turn: Turn, look: LookUps, support: Support) -> None:
        self._look, self._support = look, support
        own = Transcript(thread)
        self._spoken = {label: own for label, said in own.turns.items() if said.human and said.author != turn.author}
        for other in look.linked:
            self._spoken |= {label: other for label, said in other.turns.items() if said.human}
        self.said: list[str | Quote] = []
        self.rests_on: list[Hit] = []
        self.points_to: list[Hit] = []
        self.kept = self.total = 0
        self._room = extract.LONG
        self._before: list[Hit] | None = None

    def part(self, part: Part) -> None:
        """Take a part in, as far as its own sources carry it."""
        hits = [self._look.hits[label] for label in dict.fromkeys(part.sources) if label in self._look.hits]
        lending = [hit for hit in hits if hit.entry.case.kind is not Kind.PRECEDENT]
        earlier = [hit for hit in hits if hit.entry.case.kind is Kind.PRECEDENT]
        if earlier and not lending:  # nobody approved what was said there: it is pointed to, in words of our own
            self.points_to += [hit for hit in earlier if hit not in self.points_to]
            return
        found, on = self._of_code(part, lending) if part.code else self._of_entries(part, lending)
        alone, self._before = vetting.leans(part.text, on, self._before), on
        if not found.kept or alone:
            self._before = []
            quote = self._of_people(part)
            self.total += max(1, found.said)
            self.kept += max(1, found.said) if quote else 0
            self.said += [quote] if quote else []
            return
        self.total, self._room = self.total + found.said, self._room - len(found.text) - 2
        if self._room >= 0:
            self.kept += found.kept
            self.said.append(found.text)
            self.rests_on += [hit for hit in on if hit not in self.rests_on]

    def _of_entries(self, part: Part, hits: Sequence[Hit]) -> tuple[vetting.Vetted, list[Hit]]:
        texts = [(hit, text) for hit in hits for text in (text_of(hit), passage_of(hit)) if text]
        found = vetting.sentences(part.text, [text for _, text in texts], self._support)
        on = {texts[place][0].entry.id: texts[place][0] for place in sorted(found.rests_on)}
        return found, list(on.values())

    def _of_code(self, part: Part, hits: Sequence[Hit]) -> tuple[vetting.Vetted, list[Hit]]:
        for hit in hits:
            if (code := vetting.code(part.text, text_of(hit))) is not None:
                return vetting.Vetted(f"```\n{code}\n```", 1, 1, frozenset({0})), [hit]
        return vetting.Vetted("", 0, 1, frozenset()), []

    def _of_people(self, part: Part) -> Quote | None:
        """What people said here, or in a thread that was linked; never what Vigil said, nor whoever asks."""
        cited = [label for label in dict.fromkeys(part.sources) if label in self._spoken]
        said = self._spoken[cited[0]] if cited else None
        text = " ".join(part.text.split())
        if said is None or part.code or any(self._spoken[label] is not said for label in cited):
            return None
        if not said.carries(text, cited, self._support):
            return None
        return Quote(Line(text, tuple(said.turns[label] for label in cited)), said.thread)


def _before(thread: Thread, turn: Turn) -> tuple[Data, ...]:
    """What the same person wrote shortly before, where people do not answer in threads."""
    if thread.threaded:
        return ()
    said = [t for t in thread.nearby if t.author == turn.author and 0 <= turn.sent_at - t.sent_at <= BEFORE]
    return (Data("before", "\n".join(MENTION.sub("@somebody", t.text) for t in said)),) if said else ()


def _own_words(missing: str, thread: Thread, turn: Turn) -> str:
    """What is said to be missing, if a sentence of the asker's says it in these words; else "": own words need no source."""
    if not missing or len(missing) > MISSING or not vetting.clean(missing):
        return ""
    asked = [unit.text for t in thread.human_turns() if t.author == turn.author for unit in units(t.text)]
    return missing.rstrip(".。") if any(_in_order(missing, sentence) for sentence in asked) else ""


def _in_order(said: str, sentence: str) -> bool:
    """Whether the words of one stand in the other, in their order and with as many denials."""
    words = iter(tokens(sentence))
    return all(word in words for word in tokens(said)) and facts.read(said).denies == facts.read(sentence).denies
