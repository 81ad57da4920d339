"""The real engine over a made-up town for scripts/trial_audience.py: what it knows, and a model that overhears its prompts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from audience_canaries import EVERYONE, WORKSPACE, Planted, Watch, word
from audience_town import TEAM, VIGIL, Town

from bot import app, engine
from bot.config import Config, Embedding, Knowledge, Rules, StoreSettings
from bot.dialogue.forms_at_hand import FormsAtHand
from bot.dialogue.lessons import Lessons
from bot.dialogue.seals import FACT, Seals
from bot.events import Membership, Turn
from bot.jobs.directory import PlatformDirectory
from bot.jobs.gate import Gate
from bot.jobs.places import Places
from bot.llm.base import Ask, Reply
from bot.llm.scripted_voice import Scripted
from bot.memory import Memory, open_memory
from bot.models import Mark, State
from bot.outcomes import Outcome
from bot.replay_world import SimulatedClock
from bot.stages import Stages
from knowledge.embedding import CachedEmbedder, HashingEmbedder
from knowledge.library import KnowledgeBase
from knowledge.models import Audience, Case, Kind, Status
from knowledge.redaction import redact

START = 1_795_000_000.0  # a Wednesday morning in 2026
T = TypeVar("T")


@dataclass(slots=True)
class Overheard:
    """A model that obliges by plain rules, and tells the watch whatever it is sent."""

    watch: Watch
    town: Town
    obliging: Scripted

    def ask(self, ask: Ask[T]) -> Reply[T]:
        """See bot.llm.base.Voice."""
        said = [data.text for data in (*ask.stable, *ask.data)] + [text for step in ask.steps for text in step.found]
        self.watch.saw(f"prompt {ask.task} in {ask.channel_id}", "\n".join(said), self.town.readers(ask.channel_id))
        return self.obliging.ask(ask)


class Stage:
    """A town, a Vigil in it, and everything that was planted there."""

    def __init__(
        self, folder: Path, dice: random.Random, people: int, directory: Callable[..., PlatformDirectory]
    ) -> None:
        self.dice, self.clock = dice, SimulatedClock(START)
        self.watch = Watch(dice)
        self.town = self.watch.town = Town(dice, people, self.watch.saw)
        self.config = Config(
            embedding=Embedding(model="hashing"), store=StoreSettings(path=str(folder / "vigil.db")),
            knowledge=Knowledge(), channels=self._rules(),
        )  # fmt: skip
        self.memory: Memory = open_memory(folder / "vigil.db", durable=False)
        model = CachedEmbedder(HashingEmbedder(128))
        self.knowledge: KnowledgeBase = app.knowledge_base(self.config, self.memory, model, None)
        platforms = {"slack": self.town}
        self.memory.channels.put(self.town.channels(), self.clock())
        self.directory = directory(self.config, self.memory.channels, platforms, self.clock)
        voice = Overheard(self.watch, self.town, Scripted())
        self.engine = engine.build(
            self.config, self.memory, self.knowledge, model, platforms, self.directory, self.clock, "trial", Stages(),
            lambda _: None, voice=voice,
        )  # fmt: skip
        readership = self.directory.readership
        self.places = Places(
            platforms, self.memory.channels, self.memory.rescoping, self.memory.runs, readership, self.clock
        )
        lessons = Lessons(self.engine.threads, self.directory, self.clock)
        self.forms = FormsAtHand(
            self.memory.decisions, self.memory.entries, self.directory.rules, lessons, self.memory.revisions.get,
            self.engine.threads, self.directory, Seals(self.memory.runs.fact(FACT)),
        )  # fmt: skip
        self.gate = Gate(self.directory, self.memory.entries, self.memory.decisions)
        self.planted: list[Planted] = []

    def _rules(self) -> dict[str, Rules]:
        """A third speaks in public, a third in drafts to a helpers' channel, a sixth each to helpers alone and in shadow."""
        places = list(self.town.places.values())
        desks = [place.channel.name for place in places if not place.channel.direct]
        found = {}
        for number, place in enumerate(places):
            mode = ("public", "private", "public", "private", "shadow", "private")[number % 6]
            desk = self.dice.choice(desks) if number % 3 == 1 else ""
            found[place.channel.name] = Rules(
                mode=mode, threshold=0.05, hold_minutes=0.0, evidence=0.1, helpers_channel=desk, repeat_days=0.0,
                cooldown_minutes=0.0, per_thread_per_hour=999, per_channel_per_hour=9999, digest_days=1.0,
            )  # fmt: skip
        return found

    def hear(self, channel_id: str, who: str) -> None:
        """The news of a change reach Vigil."""
        joined = bool(who) and who in self.town.places[channel_id].members
        self.memory.inbox.put(
            Membership(channel_id, who, joined, False, self.clock()), f"m{self.dice.random()}", (), self.clock()
        )
        self.engine.worker.step()

    def plant(self, canaries: int, say: Callable[[str], None]) -> None:
        """So many canaries: in threads (four of ten), cases and documents (two each), proposals (one), drafts (one)."""
        homes = list(self.town.places)
        sections: list[Case] = []
        while len(self.watch.homes) < canaries:
            home, about = self.dice.choice(homes), f"{word(self.dice)} {word(self.dice)}"
            kind = self.dice.choice(("thread", "thread", "case", "case", "section", "section", "proposed"))
            if kind == "thread":
                self.planted.append(self._thread(home, about))
            elif kind == "section":
                sections.append(self._section(self.dice.choice((home, WORKSPACE, EVERYONE)), about))
            else:
                self._case(home, about, Status.LIVE if kind == "case" else Status.PROPOSED)
        self.knowledge.put(sections, "trial", self.clock())
        while self.engine.librarian.shelve():
            continue
        say(f"{len(self.watch.homes)} canaries in {len(self.planted)} places, {self.knowledge.size} entries")

    def _thread(self, home: str, about: str) -> Planted:
        self.clock.move_to(self.clock() + 1.0)
        members = sorted(self.town.places[home].members - {VIGIL}) or sorted(self.town.full)[:2]
        root, now = f"{home}:{self.clock():.6f}", self.clock()
        asked, told = self.watch.canary(home), self.watch.canary(home)
        asker, helper = members[0], members[-1]
        turns = (
            Turn(root, root, home, asker, f"The {about} importer fails with {asked}, how do I repair it?", now - 90),
            Turn(f"{home}:{now + 0.1:.6f}", root, home, helper, f"Restart the {about} importer with `{told}`.", now - 30),
        )  # fmt: skip
        settled = self.dice.random() < 0.3
        marks = (Mark("resolved", asker, now),) if settled else ()
        state = State.RESOLVED if settled else State.WAITING_ON_ASKER
        outcome = Outcome(root, home, 0, turns, marks=marks, state=state, need=0.9)
        self.memory.ledger.commit(outcome, now)
        return Planted(home, about, root)

    def _case(self, home: str, about: str, status: Status) -> None:
        asked, told = self.watch.canary(home), self.watch.canary(home)
        problem, answer = f"The {about} importer fails with {asked}", f"Restart the {about} importer with `{told}`."
        case = Case(
            Kind.CASE, problem, f"How do I repair the {about} importer? It fails with {asked}.", answer,
            self.directory.audience(home), f"thread:{home}:{len(self.planted)}.0", container=home, authors=("U0001",),
            happened_at=self.clock(),
        )  # fmt: skip
        self.memory.entries.put([case], status, "U0002", self.clock())
        self.planted.append(Planted(home, about))

    def _section(self, home: str, about: str) -> Case:
        asked, told = self.watch.canary(home), self.watch.canary(home)
        scope = {WORKSPACE: f"workspace:{TEAM}", EVERYONE: EVERYONE}.get(home, f"channel:{home}")
        self.planted.append(Planted(home, about))
        text = f"When the {about} importer fails with {asked}, restart the importer with `{told}`."
        return Case(Kind.SECTION, f"{about} {asked}", f"Guide > {about} importer", text, Audience.of(scope),
                    f"file:{about}.md#{len(self.planted)}", container=f"{about}.md", happened_at=self.clock())  # fmt: skip


def unredacted(watch: Watch) -> bool:
    """Whether redaction leaves the canaries alone: else they could not come out, and the trial would prove nothing."""
    return all(redact(f"It fails with {canary}.") == f"It fails with {canary}." for canary in list(watch.homes)[:200])
