"""A made-up team for scripts/simulate_feedback.py: entries of which some are wrong, questions, raters, and the real bot."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot import app, engine
from bot.config import Config, Embedding, Rules
from bot.events import WHISPER, Click, Turn
from bot.memory import open_memory
from bot.messages import Channel
from bot.models import Action, Decision
from bot.outcomes import Outcome
from bot.platforms.transcript import Transcript
from bot.replay_world import SimulatedClock, TranscriptDirectory
from bot.stages import Stages
from knowledge.models import Audience, Case, Kind

ENTRIES, WRONG = 100, 30
ZIPF = 1.0
PEOPLE = 40  # who ask and rate
PACE = 3 * 3600.0  # seconds from one question to the next
START = 1_800_000_000.0
HERE = "sim:T1:C1"
HELPER = "helper"
RULES = Rules(mode="public", threshold=0.05, hold_minutes=0.0)  # what counts as a need is not what is tried here
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
SYMPTOMS = ("fails", "hangs", "is rejected", "times out", "stops", "crashes", "is refused", "stays pending")
ASKS = (
    "How do I fix it when {what}?", "{what}, what can I do about it?", "Why is it that {what}? How do I get past this?",
    "Since today {what}. How do I solve that?", "Does anybody know what to do when {what}?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """What an entry is about: its words, whether the entry is wrong about it, and how often people ask (shares of 1)."""

    words: tuple[str, ...]
    wrong: bool
    share: float


def topics(rng: random.Random) -> list[Topic]:
    """ENTRIES topics asked about by Zipf's law, WRONG of them, at any rank, with a wrong entry."""
    weights = [1 / (rank + 1) ** ZIPF for rank in range(ENTRIES)]
    wrong = set(rng.sample(range(ENTRIES), WRONG))
    return [
        Topic(tuple("".join(rng.sample(SYLLABLES, 3)) for _ in range(6)), rank in wrong, weight / sum(weights))
        for rank, weight in enumerate(weights)
    ]


def question(topic: Topic, rng: random.Random) -> str:
    """Somebody's own way of asking: three to five of the topic's six words in any order, a symptom, a manner of speaking."""
    one, two, *more = rng.sample(topic.words, rng.choice((3, 4, 4, 5)))
    what = f"the {one} {two} {rng.choice(SYMPTOMS)} after {' '.join(more)}"
    return rng.choice(ASKS).format(what=what)


class Office(TranscriptDirectory):
    """One public channel with one helper."""

    def rules(self, channel_id: str) -> Rules:
        """Public mode, no hold."""
        return RULES

    def helpers(self, channel_id: str) -> frozenset[str]:
        """One, to whom drafts go."""
        return frozenset({HELPER})


class Team:
    """The real mind over a real database on disk, with the hashing embedder; nothing is sent anywhere."""

    def __init__(self, folder: Path, known: Sequence[Topic]) -> None:
        config = Config(embedding=Embedding(model="hashing"), defaults=RULES)
        self.memory = open_memory(folder / "vigil.db")
        model = app.embedder(config)
        knowledge = app.knowledge_base(config, self.memory, model, None)
        self._clock = SimulatedClock(START)
        place = Channel(HERE, "help", team="sim:T1")
        office = Office(config, Transcript("sim", (place,), (), False, {}))
        self._mind = engine.build(
            config, self.memory, knowledge, model, {}, office, self._clock, "sim", Stages(), lambda _: None
        ).mind  # fmt: skip
        entries = knowledge.put([_entry(topic, number) for number, topic in enumerate(known)], "sim", START)
        self.topic_of = {entry.id: number for number, entry in enumerate(entries)}
        self._asked = 0

    @property
    def now(self) -> float:
        """Epoch seconds of the time that is played."""
        return self._clock()

    def later(self) -> None:
        """PACE seconds pass."""
        self._clock.move_to(self._clock() + PACE)

    def think(self, text: str, asker: str) -> Outcome:
        """What Vigil would do about a question asked now; nothing is written."""
        self._asked += 1
        turn_id = f"{HERE}:{self.now + self._asked / 1e4:.6f}"
        return self._mind.respond(Turn(turn_id, turn_id, HERE, asker, text, self.now), self.now)

    def do(self, outcome: Outcome) -> None:
        """Write it, as the ledger does."""
        self.memory.ledger.commit(outcome, self.now)

    def click(self, action: str, decision: Decision, who: str) -> None:
        """Somebody presses a button under what Vigil said."""
        self.do(self._mind.respond(Click(action, decision.id, who, HERE, self.now, via=WHISPER), self.now))

    def close(self) -> None:
        """Close the database."""
        self.memory.database.close()


def said(outcome: Outcome) -> Decision | None:
    """The decision by which Vigil says something, in public or to the helper; None for silence."""
    return next((d for d in outcome.decisions if d.action in (Action.PUBLIC, Action.PRIVATE)), None)


def in_public(decision: Decision | None) -> bool:
    """Whether the asker gets to see it."""
    return decision is not None and decision.action is Action.PUBLIC


def _entry(topic: Topic, number: int) -> Case:
    one, two, three, four, five, six = topic.words
    text = (
        f"When the {one} {two} fails after {three} {four}, run `{five} reset --{six}` and restart the {one}. "
        f"Then check that {five} answers to {six} again."
    )
    case = Case(Kind.SECTION, f"{one} and {two}", f"Guide > {one} {two} {three} {four} {five} {six}", text,
                Audience.everyone(), f"file:{number}.md#fix")  # fmt: skip
    return replace(case, url=f"https://guide.example/{number}", container=f"file:{number}.md")
