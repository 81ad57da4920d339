"""Sums a thread up with a language model; each sentence names its turns, and what these do not carry is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.dialogue import commands, transcribing, vetting
from bot.dialogue.support import Support
from bot.events import Turn
from bot.llm.base import Ask, Data, Reply, Task, Voice
from bot.llm.prompts import prompt
from bot.models import Thread

TRIED, ACTIONS, SAYS = 5, 3, 2  # sentences of each kind that are shown
SHORT = 360  # characters of a thread that needs no summary
LONGEST = 320  # characters of one sentence
MOST = 700  # tokens of an answer
TURN = re.compile(r"^\[(t\d+)\] ([^,\n]+), \d\d:\d\d: ", re.MULTILINE)
FIRST = re.compile(r"^\[(t\d+)\]", re.MULTILINE)
ROLE = re.compile(r"(?:\bthe )?@?\b(?:asker|vigil|(?:helper|person|bot) \d{1,3})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence, and the labels of the turns that it comes from, such as t3."""

    text: str
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A thread in short: what is wrong, what was found out and tried in order, and what is still to be done."""

    problem: Item
    tried: tuple[Item, ...]
    actions: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a question stands, in one or two sentences."""

    says: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that its turns carry, people in it as the transcript calls them."""

    text: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is left of a Brief after the check; `problem` is None where the turns did not carry it."""

    problem: Line | None
    tried: tuple[Line, ...]
    actions: tuple[Line, ...]

    def __bool__(self) -> bool:
        return bool(self.problem or self.tried or self.actions)


class Summariser:
    """Asks for briefs and checks them. Asking blocks and may be done side by side."""

    def __init__(self, voice: Voice, support: Support) -> None:
        self._voice, self._support = voice, support

    def brief(self, thread: Thread) -> Reply[Brief]:
        """The model's brief, unchecked; raises Speechless."""
        data = (Data("thread", transcribing.of(matter(thread))),)
        ask = Ask(Task.SUMMARISE, prompt(Task.SUMMARISE), data, Brief, thread.channel_id, MOST)
        return self._voice.ask(ask)

    def standing(self, thread: Thread, facts: str) -> Reply[Standing]:
        """The model's sentences on where a question stands, unchecked; raises Speechless."""
        data = (Data("thread", transcribing.of(matter(thread))), Data("facts", facts))
        ask = Ask(Task.STATUS, prompt(Task.STATUS), data, Standing, thread.channel_id, MOST)
        return self._voice.ask(ask)

    def digest(self, brief: Brief, thread: Thread) -> Digest:
        """What the thread's turns carry of a brief."""
        said = Transcript(matter(thread))
        return Digest(
            next(iter(self._carried([brief.problem], said, 1)), None),
            self._carried(brief.tried, said, TRIED),
            self._carried(brief.actions, said, ACTIONS),
        )

    def sentences(self, standing: Standing, thread: Thread) -> tuple[Line, ...]:
        """What the thread's turns carry of it."""
        return self._carried(standing.says, Transcript(matter(thread)), SAYS)

    def _carried(self, items: Iterable[Item], said: Transcript, most: int) -> tuple[Line, ...]:
        lines: dict[str, Line] = {}
        for item in list(items)[: 2 * most]:
            line = self._line(item, said)
            if line is not None:
                lines.setdefault(line.text.lower(), line)
        return tuple(lines.values())[:most]

    def _line(self, item: Item, said: Transcript) -> Line | None:
        text = " ".join(item.text.split())
        cited = [label for label in dict.fromkeys(item.turns) if label in said.turns]
        if any(said.turns[label].own for label in cited):  # Vigil's words, perhaps a model's, are nobody's report
            return None
        if not said.carries(text, cited, self._support):
            return None
        return Line(text, tuple(said.turns[label] for label in cited))


def matter(thread: Thread) -> Thread:
    """The thread without the commands that people gave Vigil in it, which say nothing of the matter."""
    told = [t for t in thread.turns if t.is_root or not (t.addressed and commands.parse(t.text)[0] != commands.ASK)]
    return replace(thread, turns=tuple(told))


def thin(thread: Thread) -> bool:
    """Whether there is nothing to sum up: one short message, which says itself what it says."""
    said = [turn for turn in matter(thread).turns if turn.human or turn.own or turn is thread.root]
    return len(said) < 2 and sum(len(turn.text) for turn in said) <= SHORT


class Transcript:
    """A thread as a model reads it, turn by turn; `letter` begins the labels of its turns."""

    def __init__(self, thread: Thread, letter: str = "t", limit: int = transcribing.LIMIT) -> None:
        self.thread = thread
        self._letter, self._whole = letter, transcribing.of(thread, limit=10**9)
        self.turns = {self._label(label): turn for label, turn in transcribing.labels(thread).items()}
        self.text = FIRST.sub(lambda m: f"[{self._label(m[1])}]", transcribing.of(thread, limit=limit))

    def _label(self, label: str) -> str:
        return f"{self._letter}{label.removeprefix('t')}"

    @cached_property
    def _parts(self) -> dict[str, tuple[str, str]]:
        """(who spoke, what was said) by label; a message's own lines are indented, so that none looks like a turn."""
        found = list(TURN.finditer(self._whole))
        ends = [*(match.start() for match in found[1:]), len(self._whole)]
        return {
            self._label(m[1]): (m[2].lower(), self._whole[m.end() : end].strip())
            for m, end in zip(found, ends, strict=True)
        }

    def words(self, turn: Turn) -> str:
        """What a turn says, people in it by role; "" for one that does not stand here."""
        label = next((label for label, known in self.turns.items() if known.id == turn.id), "")
        return self._parts[label][1] if label else ""

    def carries(self, text: str, cited: Sequence[str], support: Support) -> bool:
        """Whether the cited turns carry all of `text`, and everybody whom it names speaks, or is spoken of, in them."""
        if not cited or len(text) > LONGEST:
            return False
        spoken = [self._parts[label] for label in cited]
        there = {who for who, _ in spoken}.union(*(_named(words) for _, words in spoken))
        bare = " ".join(ROLE.sub(" ", text).split())
        vetted = vetting.sentences(bare, [words for _, words in spoken], support)
        return _named(text) <= there and 0 < vetted.said == vetted.kept


def _named(text: str) -> set[str]:
    return {role_of(name) for name in ROLE.findall(text)}


def role_of(called: str) -> str:
    """A role as the transcript writes it, of what ROLE finds."""
    return called.lower().removeprefix("the ").lstrip("@")
