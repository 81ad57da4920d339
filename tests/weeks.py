"""Weeks of a made-up team for what watches Vigil: questions day by day, the real mind, ratings, and a clock that jumps."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot import app, engine
from bot.config import Config, Embedding, Rules
from bot.events import WHISPER, Click, Turn
from bot.jobs.watch import Watch
from bot.memory import open_memory
from bot.messages import Channel
from bot.models import Action
from bot.platforms.transcript import Transcript
from bot.replay_world import SimulatedClock, TranscriptDirectory
from bot.stages import Stages
from knowledge.embedding import CachedEmbedder, HashingEmbedder
from knowledge.models import Audience, Case, Kind, Status

DAY = 86_400.0
MONDAY = 20_605 * DAY  # 2026-06-01, so that weeks begin with working days
HELP, VAULT, DESK, LAB = "sim:T1:HELP", "sim:T1:VAULT", "sim:T1:DESK", "sim:T1:LAB"
PUBLIC = Rules(mode="public", helpers=("kim",), threshold=0.05, hold_minutes=0.0, evidence=0.1, helpers_channel="desk", repeat_days=0.0,
               per_channel_per_hour=99)  # fmt: skip
KNOWN = ("rollout deadline", "certificate expiry", "quota limit", "replica lag", "queue backlog", "runner timeout",
         "bucket upload", "firewall egress", "token rotation", "scheduler backoff")  # fmt: skip
ASKS = ("How do I fix it when the {} fails?", "Why does the {} fail, and what can I do about it?",
        "The {} stopped working. How do I get it back?", "Does anybody know how to repair the {}?")  # fmt: skip


class Office(TranscriptDirectory):
    """A public channel, a private one, the helpers' channel, and a channel in shadow mode."""

    def __init__(self, config: Config, private: bool) -> None:
        places = (("help", HELP), ("vault", VAULT), ("desk", DESK), ("lab", LAB))
        channels = tuple(Channel(i, name, private=i == VAULT and private, team="sim:T1") for name, i in places)
        super().__init__(config, Transcript("sim", channels, (), False, {}))
        self.modes: Mapping[str, Rules] = {HELP: PUBLIC, VAULT: PUBLIC, LAB: replace(PUBLIC, mode="shadow")}

    def rules(self, channel_id: str) -> Rules:
        """Shadow mode where nothing else is said."""
        return self.modes.get(channel_id, Rules())

    def helpers(self, channel_id: str) -> frozenset[str]:
        """One."""
        return frozenset({"kim"})

    def may_pass(self, source: str, destination: str) -> bool:
        """What is said in private stays there."""
        return source == destination or not self.channel(source).private


class Weeks:
    """The team: `ask` and `week` let time pass; `watch` is the errand on the same store."""

    def __init__(
        self, folder: Path, start: float = MONDAY, private: bool = True, seed: int = 7, durable: bool = True
    ) -> None:
        self.folder, self.random, self._durable = folder, random.Random(seed), durable
        self.config = Config(embedding=Embedding(model="hashing"), defaults=PUBLIC)
        self.clock = SimulatedClock(start)
        self.office = Office(self.config, private)
        self.restart()
        if not self.knowledge.store.changes(Status.LIVE, 1):
            self.knowledge.put([guide(topic) for topic in KNOWN], "test", start)

    def restart(self, width: int = 256) -> None:
        """Another process begins on the same store, with an embedding model of that width."""
        self.memory = open_memory(self.folder / "vigil.db", self._durable)
        model = CachedEmbedder(HashingEmbedder(width))
        self.knowledge = app.knowledge_base(self.config, self.memory, model, None)
        self.engine = engine.build(
            self.config, self.memory, self.knowledge, model, {}, self.office, self.clock, "sim", Stages(), lambda _: None
        )  # fmt: skip

    @property
    def watch(self) -> Watch:
        """The errand."""
        return self.engine.watch

    def ask(self, topic: str, asker: str, channel: str = HELP, right: float | None = 0.9) -> None:
        """Somebody asks; where Vigil answers, they say whether it helped: rightly so in `right` of the answers."""
        turn_id = f"{channel}:{self.clock():.6f}"
        turn = Turn(turn_id, turn_id, channel, asker, self.random.choice(ASKS).format(topic), self.clock())
        outcome = self.engine.mind.respond(turn, self.clock())
        self.memory.ledger.commit(outcome, self.clock())
        said = next((d for d in outcome.decisions if d.action in (Action.PUBLIC, Action.PRIVATE)), None)
        if said is not None and right is not None:
            action = "vigil_helpful" if self.random.random() < right else "vigil_not_helpful"
            click = Click(action, said.id, asker, channel, self.clock(), via=WHISPER)
            self.memory.ledger.commit(self.engine.mind.respond(click, self.clock()), self.clock())
        self.clock.move_to(self.clock() + 61.0)

    def week(
        self,
        topics: Sequence[str] = KNOWN,
        a_day: int = 10,
        channel: str = HELP,
        right: float = 0.9,
        watched: bool = True,
    ) -> int:
        """Seven days of questions drawn from the topics; every night is watched. Returns how many posts were written."""
        told = 0
        for _ in range(7):
            day = self.clock() // DAY
            for number in range(a_day):
                self.clock.move_to(day * DAY + 9 * 3600 + number * 1800)
                self.ask(self.random.choice(topics), f"U{self.random.randrange(40)}", channel, right)
            self.clock.move_to((day + 1) * DAY + 3600)  # at night: time to measure, not to talk
            told += self.watch.run() if watched else 0
            self.clock.move_to((day + 1) * DAY + 9 * 3600)
            told += self.watch.run() if watched else 0
        return told

    def posts(self) -> list[str]:
        """What the watch put into the outbox, oldest first."""
        rows = self.memory.database.read("SELECT post FROM outbox WHERE key LIKE 'watch-%' ORDER BY id")
        return [row[0] for row in rows]

    def numbers(self, name: str) -> dict[str, int]:
        """All that was kept under a name, by part."""
        sql = "SELECT part, sum(number) FROM series WHERE name=? GROUP BY part"
        return dict(self.memory.database.read(sql, (name,)))  # type: ignore[arg-type]


def guide(topic: str) -> Case:
    """A page about a topic that everybody may read."""
    one, two = topic.split()
    text = f"When the {one} fails with its {two}, run `nw {one} reset --{two}` and restart the {one} afterwards."
    return Case(Kind.SECTION, f"The {topic}", f"Guide > {topic}", text, Audience.everyone(), f"file:{one}.md#fix",
                url=f"https://guide.example/{one}", happened_at=MONDAY - 400 * DAY, container=f"file:{one}.md")  # fmt: skip
