"""A running Vigil for tests: real socket, real listener, real database, and a clock that moves when a test says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import app, engine
from bot.config import Config, Jobs, Rules, Slack, StoreSettings
from bot.dialogue.forms_at_hand import FormsAtHand
from bot.dialogue.lessons import Lessons
from bot.dialogue.seals import FACT, Seals
from bot.events import Click, Command, Event
from bot.jobs.directory import PlatformDirectory
from bot.llm.base import Voice
from bot.memory import open_memory
from bot.messages import Form
from bot.platforms.slack import SlackPlatform
from bot.platforms.slack_listener import SlackListener
from bot.sandbox import BOT_ID, Sandbox, Workspace
from bot.sandbox.models import Json
from bot.sandbox.timeline import Timeline, stamp
from bot.stages import Stages
from knowledge.embedding import Embedder
from knowledge.ingest import ingest
from knowledge.models import Audience
from knowledge.redaction import redact
from knowledge.sources import read_file

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC).timestamp()  # a Wednesday morning
TEAM = "T0TEST"
APP_TOKEN = "xapp-1-A0VIGIL-1-0"  # a real one holds the id of its app too
SAMPLE = Path(engine.__file__).parent / "sandbox" / "sample" / "runbooks"
RUNBOOKS = ("deploy-stuck", "postgres-disk-full", "postgres-connections", "tls-certificates", "quota-increase")
PEOPLE = {"amy": "U0AMY", "bob": "U0BOB", "cleo": "U0CLEO", "kim": "U0KIM", "hal": "U0HAL"}
BOTS = {"alarm": "U0ALARM", "builds": "U0BUILDS"}
CHANNELS = {"help": "C0HELP", "drafts": "C0DRAFTS", "lab": "C0LAB", "fresh": "C0FRESH", "desk": "C0DESK"}
HELPERS = ("U0KIM", "U0HAL")
PUBLIC = Rules(
    mode="public", helpers=HELPERS, helpers_channel="desk", oncall="S0ONCALL", alert_bots=("U0ALARM", "B0ALARM")
)
RULES = {
    "help": PUBLIC,
    "desk": replace(PUBLIC, mode="shadow"),
    "drafts": replace(PUBLIC, mode="private"),
    "lab": replace(PUBLIC, mode="shadow"),
}


class Clock:
    """Epoch seconds that stand still until somebody moves them."""

    def __init__(self) -> None:
        self.now, self._passed = START, 0.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        """It is so much later; or, where somebody sets the clock back, it says so, and no time has passed."""
        self.now += seconds
        self._passed += max(0.0, seconds)

    def passed(self) -> float:
        """Seconds that passed, whatever the clock was set to."""
        return self._passed


class Place(Workspace):
    """A workspace whose messages are stamped by the test's clock."""

    clock: Clock

    def new_ts(self) -> str:
        """A timestamp for the test's now, later than every one given out before."""
        self._last_ts = stamp(f"{max(self.clock(), float(self._last_ts) + 0.000001):.6f}")
        return self._last_ts


def place(clock: Clock, **settings: Any) -> Place:
    """Five people (kim and hal help), two bots and five channels, all with Vigil in them."""
    people: list[Json] = [{"id": i, "name": n} for n, i in PEOPLE.items()]
    people += [{"id": i, "name": n, "is_bot": True, "bot_id": f"B{i[1:]}"} for n, i in BOTS.items()]
    everybody = [*PEOPLE.values(), *BOTS.values(), "U0VIGIL"]
    channels: list[Json] = [{"id": i, "name": n, "members": everybody} for n, i in CHANNELS.items()]
    data: Json = {
        "team": {"id": TEAM, "name": "Test", "domain": "test"},
        "users": people,
        "channels": channels,
        "usergroups": [{"id": "S0ONCALL", "handle": "oncall", "users": list(HELPERS)}],
    }
    found = Place.from_dict(data, app_token=settings.pop("app_token", APP_TOKEN), **settings)
    found.clock = clock
    return found


def slack_settings(box: Sandbox) -> Slack:
    """How to reach a sandbox."""
    return Slack(
        base_url=box.api_url,
        timeout_seconds=5.0,
        pace=1000.0,
        bot_token="xoxb-sandbox",
        app_token=box.workspace.app_token,
    )


class Town:
    """A sandbox and one real listener, shared by many tests; what is heard goes to the Vigil that lives there now."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.box = Sandbox(place(self.clock, retry_after=(1.0,) * 8)).start()
        self.platform = self._platform()
        self.ear: Callable[[Event, str, tuple[str, ...]], object] = _deaf
        self.forms: Callable[[Click | Command], Form | None] = lambda _: None
        self.refused: list[object] = []
        self._listener = SlackListener(
            slack_settings(self.box), redact, self.clock, ping_seconds=0.5, refused=self.refused.append
        )
        self._thread = threading.Thread(target=self._listen, name="listener")
        self._thread.start()
        self.box.wait_connected()

    def _platform(self) -> SlackPlatform:
        return SlackPlatform(slack_settings(self.box), redact, clock=self.clock.passed, sleep=self.clock.move)

    def _listen(self) -> None:
        self._listener.run(self._heard, lambda event: self.forms(event), lambda *_: None)

    def _heard(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
        self.ear(event, raw_id, aliases)

    def clear(self) -> None:
        """An empty workspace on the same Wednesday morning."""
        self.box.wait_acked()
        self.ear = _deaf
        self.box.faults.clear()
        self.box._core.ephemerals.clear()
        self.platform = self._platform()  # a new one, that remembers no members
        workspace = self.box.workspace
        workspace.timelines.update({channel: Timeline() for channel in workspace.timelines})
        workspace._last_ts = "0000000000.000000"
        self.clock.now = START

    def close(self) -> None:
        """End listener and sandbox; the server goes first, or the client waits for a read."""
        self._listener.stop()
        self.box.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()


def _deaf(event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
    """Nobody is listening."""


class Live:
    """One Vigil in a Town: everything but the processes is real, and `settle` lets it do all there is to do."""

    def __init__(
        self, town: Town, folder: Path, embedder: Embedder, rules: Mapping[str, Rules] | None = None,
        knows: tuple[str, ...] = RUNBOOKS, voice: Voice | None = None,
    ) -> None:  # fmt: skip
        self.voice = voice
        self.town, self.box, self.clock, self._embedder = town, town.box, town.clock, embedder
        self.config = Config(
            slack=slack_settings(town.box), store=StoreSettings(path=str(folder / "vigil.db")),
            jobs=Jobs(), channels={**RULES, **(rules or {})},
        )  # fmt: skip
        self.restart()
        self.learn(*(SAMPLE / f"{name}.md" for name in knows))
        self.engine.catch_up.run()
        self.settle()

    def restart(self) -> None:
        """End the Vigil of before, wherever it stands, and start another on the same store."""
        self.town.ear = _deaf
        self.memory = open_memory(Path(self.config.store.path))
        platforms = {"slack": self.town.platform}
        cache = app.cache_path(self.config)
        self.knowledge = app.knowledge_base(self.config, self.memory, self._embedder, cache)
        self.directory = PlatformDirectory(self.config, self.memory.channels, platforms, self.clock)
        self.engine = engine.build(
            self.config, self.memory, self.knowledge, self._embedder, platforms, self.directory, self.clock,
            app.owner(), Stages(), lambda _: None, voice=self.voice,
        )  # fmt: skip
        self.listen()

    def listen(self, hears: bool = True) -> None:
        """Hear what is said from now on; without `hears` nothing arrives, as in a long outage."""
        self.town.ear, self.hears = (self._put if hears else _deaf), hears
        lessons = Lessons(self.engine.threads, self.directory, self.clock)
        self.town.forms = FormsAtHand(
            self.memory.decisions, self.memory.entries, self.directory.rules, lessons, self.memory.revisions.get,
            self.engine.threads, self.directory, Seals(self.memory.runs.fact(FACT)),
        ).form  # fmt: skip

    def _put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
        self.memory.inbox.put(event, raw_id, aliases, self.clock())

    def learn(self, *paths: Path) -> None:
        """Ingest documents that everybody may read."""
        ingest(paths, self.knowledge, Audience.everyone(), "test", self.clock(), read_file=read_file)

    def settle(self) -> None:
        """Work until nothing is left that can be done now; what asks for a moment's patience gets it."""
        parts = self.engine
        for _ in range(500):
            self.box.wait_acked()
            worked = parts.clicks.step(quick=True) + parts.worker.step() + parts.worker.wake_due() + parts.sender.step()
            worked += parts.eraser.step()
            if worked or self.box.unacked():
                continue
            if not self.memory.inbox.backlog()[0] and not self.memory.outbox.backlog()[0]:
                return
            self.clock.move(1.0)
        raise AssertionError(f"never at rest: {self.memory.inbox.backlog()} in, {self.memory.outbox.backlog()} out")

    def errands(self) -> None:
        """Run follow-ups and learning once, and whatever they lead to."""
        self.engine.follow_ups.run()
        self.engine.librarian.run()
        self.engine.reviews.run()
        self.settle()

    def own(self, channel: str | None = None) -> list[Json]:
        """Vigil's messages that stand, by channel and time, each with its channel's id under "in"."""
        places = [CHANNELS.get(channel, channel)] if channel else list(self.box.workspace.channels)
        return [m | {"in": c} for c in places for m in self.box.all_messages(c) if m.get("bot_id") == BOT_ID]
