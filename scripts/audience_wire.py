"""The sample of scripts/trial_audience.py that goes over the sandbox's real protocol, with the real adapter on both sides."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from audience_canaries import ASKS, Planted, Watch, word

from bot.jobs.places import Places
from bot.llm.base import Ask, Reply, Voice
from bot.sandbox import Sandbox
from bot.sandbox.models import Json, User
from bot.sandbox.timeline import Timeline
from bot.sandbox.workspace import read_channel
from knowledge.embedding import CachedEmbedder, HashingEmbedder
from tests.harness import CHANNELS, PEOPLE, PUBLIC, Live, Town
from tests.voiced import claude

EVERYBODY = (*PEOPLE.values(), "U0VIGIL")
OTHERS = {"C0VAULT": ("U0AMY", "U0KIM"), "C0CAVE": ("U0BOB", "U0HAL", "U0GUS")}
T = TypeVar("T")


@dataclass(slots=True)
class Seen:
    """The sandbox's workspace as the watch asks about it."""

    box: Sandbox

    @property
    def full(self) -> frozenset[str]:
        return frozenset(user.id for user in self.box.workspace.users.values() if not user.is_restricted)

    @property
    def places(self) -> dict[str, object]:
        return dict(self.box.workspace.channels)

    def readers(self, channel_id: str) -> frozenset[str]:
        channel = self.box.workspace.channels[channel_id]
        walk_in = self.full if channel.kind == "channel" else frozenset[str]()
        return (frozenset(channel.members) | walk_in) - {"U0VIGIL"}


@dataclass(slots=True)
class Captured:
    """The real client; what its endpoint was sent is told to the watch."""

    voice: Voice
    box: Sandbox
    watch: Watch

    def ask(self, ask: Ask[T]) -> Reply[T]:
        """See bot.llm.base.Voice."""
        before, place = len(self.box.llm.requests), ask.channel_id.rsplit(":", 1)[-1]
        try:
            return self.voice.ask(ask)
        finally:
            readers = self.watch.town.readers(place) if self.watch.town else frozenset[str]()
            for request in self.box.llm.requests[before:]:
                self.watch.saw(f"prompt over the wire in {place}", request.body, readers)


@dataclass(slots=True)
class Wire:
    """A running Vigil in a sandbox, and the people there."""

    live: Live
    dice: random.Random
    watch: Watch
    places: Places
    planted: list[Planted]
    seen: dict[str, int]

    def plant(self, count: int) -> None:
        """In every channel threads that somebody answered, with two canaries each."""
        for number in range(count):
            home, about = self._home(number), f"{word(self.dice)} {word(self.dice)}"
            members = [m for m in self.live.box.workspace.channels[home].members if m in PEOPLE.values()]
            asked, told = self.watch.canary(home), self.watch.canary(home)
            ts = self.live.box.say(home, members[0], f"The {about} importer fails with {asked}, how do I repair it?")
            self.live.settle()
            self.live.clock.move(60.0)
            self.live.box.say(home, members[-1], f"Restart the {about} importer with `{told}`.", ts)
            self.planted.append(Planted(home, about, ts))
            self._rest()

    def _home(self, number: int) -> str:
        homes = [*OTHERS, *CHANNELS.values()]
        return homes[number % len(homes)]

    def ask(self) -> None:
        """Somebody asks about something, in a channel that they are in; now and then a door opens or closes."""
        dice, box = self.dice, self.live.box
        if dice.random() < 0.3:
            self._change()
        planted = dice.choice(self.planted)
        here = dice.choice([*OTHERS, *CHANNELS.values()])
        members = [m for m in box.workspace.channels[here].members if m in (*PEOPLE.values(), "U0GUS")]
        question, kind = dice.choice(ASKS).format(planted.about), dice.random()
        link = f"https://test.slack.com/archives/{planted.home}/p{planted.thread.replace('.', '')}"
        if not members:
            return
        if kind < 0.3:
            box.say(here, dice.choice(members), question)
        elif kind < 0.6:
            box.say(here, dice.choice(members), f"<@U0VIGIL> {question} {link if kind < 0.45 else ''}")
        elif kind < 0.8:
            box.command(here, dice.choice(members), "/vigil", f"search {question}")
        else:
            verb = dice.choice(("summary", "status", "why", "handover"))
            box.command(here, dice.choice(members), "/vigil", f"{verb} {link}")
        self._rest()

    def _change(self) -> None:
        """People come and go; or a channel is made private, opened or shared, which Vigil finds out by looking."""
        dice, box = self.dice, self.live.box
        channel = box.workspace.channels[dice.choice([*OTHERS, "C0LAB", "C0FRESH", "C0DESK"])]
        kind, who = dice.random(), dice.choice([*PEOPLE.values(), "U0GUS"])
        if kind < 0.6:
            (box.leave if who in channel.members and len(channel.members) > 4 else box.join)(channel.id, who)
        elif kind < 0.8:
            channel.kind = "group" if channel.kind == "channel" else "channel"
        else:
            channel.shared = not channel.shared
        self.live.clock.move(130.0)
        self.live.settle()
        self.places.run()
        self.live.knowledge.refresh()
        self.look()

    def _rest(self) -> None:
        self.live.clock.move(400.0)
        self.live.settle()
        self.live.engine.librarian.shelve()
        self.look()

    def look(self) -> None:
        """Whatever Vigil said since the last look, against those who can read it now: nothing changed meanwhile."""
        for message in self.live.own():
            key = f"{message['in']} {message['ts']} {message.get('edited', {}).get('ts', '')}"
            if self.seen.setdefault(key, 0) == 0:
                self.seen[key] = 1
                self._saw(f"post over the wire in {message['in']}", message, self.watch_readers(message["in"]))
        whispers = self.live.box.ephemerals
        for message in whispers[self.seen.setdefault("whispers", 0) :]:
            self._saw(f"whisper over the wire in {message['channel']}", message, frozenset({str(message.get("user"))}))
        self.seen["whispers"] = len(whispers)

    def watch_readers(self, place: str) -> frozenset[str]:
        assert self.watch.town is not None
        return self.watch.town.readers(place)

    def _saw(self, where: str, message: Json, readers: frozenset[str]) -> None:
        self.watch.saw(where, json.dumps(message, ensure_ascii=False), readers)


def over_the_wire(seed: int, answers: int, watch: Watch, say: Callable[[str], None]) -> int:
    """So many answers; what came out is added to `watch`. Returns how many there were."""
    town, dice = Town(), random.Random(seed)
    mine = Watch(dice, examples=watch.examples, counts=watch.counts)
    try:
        town.box.workspace.users["U0GUS"] = User("U0GUS", "gus", "Gus", is_restricted=True)
        for place, members in OTHERS.items():
            given = {"id": place, "name": place[2:].lower(), "is_private": True, "members": [*members, "U0VIGIL"]}
            town.box.workspace.channels[place], town.box.workspace.timelines[place] = read_channel(given), Timeline()
        town.box.workspace.channels["C0LAB"].members.append("U0GUS")
        mine.town = Seen(town.box)  # type: ignore[assignment]
        with tempfile.TemporaryDirectory() as folder:
            wire = _wire(town, Path(folder), dice, mine)
            wire.plant(max(8, answers // 8))
            for number in range(answers):
                wire.ask()
                if number % max(1, answers // 10) == 0:
                    say(f"over the sandbox {number} of {answers}: {watch.counts['canaries_out']} out")
    finally:
        town.close()
    watch.homes.update(mine.homes)
    return answers


def _wire(town: Town, folder: Path, dice: random.Random, watch: Watch) -> Wire:
    quick = replace(PUBLIC, threshold=0.05, evidence=0.1, hold_minutes=0.0, oncall="", repeat_days=0.0,
                    cooldown_minutes=0.0, per_channel_per_hour=9999)  # fmt: skip
    rules = dict.fromkeys(("help", "lab", "fresh", "vault"), quick)
    rules |= {name: replace(quick, mode="private") for name in ("drafts", "cave")}
    voice = Captured(claude(town.box.url, timeout_seconds=10.0), town.box, watch)
    live = Live(town, folder, CachedEmbedder(HashingEmbedder(128)), rules, knows=(), voice=voice)
    readership = live.directory.readership
    platforms = {"slack": town.platform}
    places = Places(platforms, live.memory.channels, live.memory.rescoping, live.memory.runs, readership, live.clock)
    return Wire(live, dice, watch, places, [], {})
