"""With several platforms each is asked for itself: names, groups, links, posts, walks and health of one are not the other's."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from bot import app
from bot.config import Config, Lark, Slack
from bot.config_chat import slowest
from bot.config_file import load
from bot.config_file_secrets import OF, OF_WORKER, spared
from bot.jobs import caught_up
from bot.jobs.catchup import CatchUp
from bot.jobs.catchups import CatchUps
from bot.jobs.caught_up import CaughtUp
from bot.jobs.crew import SENDERS, Crew, reconnected
from bot.jobs.directory import PlatformDirectory
from bot.jobs.readership import Readership
from bot.jobs.sender import Sender
from bot.jobs.signs import Signs
from bot.live_listener import starting
from bot.memory import Memory
from bot.messages import Channel, Message, Post, Target
from bot.models import VigilError
from bot.outcomes import Outcome
from bot.platforms.base import Platform, SendRefused
from bot.supervisor import Child
from bot.supervisor_health import Limits, judged
from bot.supervisor_lookout import Figures, Reading
from bot.supervisor_signs import STARTING, Sign, Signals, understood
from knowledge.models import EVERYONE, Audience, Case, Kind

NOW = 1_000.0
HERE, THERE = "slack:T1:C1", "lark:t1:oc_1"
DESKS = ("slack:T1:C9", "lark:t1:oc_9")


class Half:
    """A platform with two channels, a group called oncall and people of its own."""

    def __init__(self, name: str, home: str, desk: str, people: frozenset[str]) -> None:
        self.name, self.home, self.people_here = name, home, people
        team = home.split(":")[1]
        self.places = {home: Channel(home, "help", team=team), desk: Channel(desk, "helpers", team=team)}
        self.posted: list[Post] = []

    def channel(self, channel_id: str) -> Channel:
        if channel_id not in self.places:
            raise SendRefused("no such channel")
        return self.places[channel_id]

    def members(self, channel_id: str) -> frozenset[str]:
        return self.people_here

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        return self.people_here, frozenset()

    def is_group(self, name: str) -> bool:
        return name.startswith(self.name)

    def group_named(self, handle: str) -> str | None:
        return f"{self.name}-{handle}"

    def linked(self, text: str) -> tuple[str, str] | None:
        return (f"{self.home}:1", f"{self.home}:1") if self.name in text else None

    def post(self, post: Post) -> str:
        self.posted.append(post)
        return f"{post.channel_id}:{len(self.posted)}"


@pytest.fixture
def halves() -> dict[str, Half]:
    return {
        "slack": Half("slack", HERE, DESKS[0], frozenset({"U1", "U2"})),
        "lark": Half("lark", THERE, DESKS[1], frozenset({"ou_1", "ou_2"})),
    }


@pytest.fixture
def directory(halves: dict[str, Half], memory: Memory) -> PlatformDirectory:
    memory.channels.put([place for half in halves.values() for place in half.places.values()], NOW)
    return PlatformDirectory(Config(), memory.channels, cast("dict[str, Platform]", halves), lambda: NOW)


def test_a_helpers_channel_is_looked_for_on_the_platform_where_help_is_needed(directory: PlatformDirectory) -> None:
    assert [directory.resolve("helpers", home) for home in (HERE, THERE)] == list(DESKS)
    assert directory.resolve(DESKS[0], THERE) is None, "a full id of the other platform is no way round"


def test_handles_and_links_of_one_platform_are_not_remembered_for_the_other(directory: PlatformDirectory) -> None:
    assert [directory.group("@oncall", home) for home in (HERE, THERE)] == ["slack-oncall", "lark-oncall"]
    assert [directory.group("lark-team", home) for home in (HERE, THERE)] == [None, "lark-team"]
    text = "see http://slack.example/1"
    assert [directory.linked(text, home) is None for home in (THERE, HERE)] == [True, False]


@pytest.mark.parametrize(("source", "elsewhere"), [(HERE, THERE), (THERE, HERE)])
def test_what_is_said_on_one_platform_is_shown_there_only(
    directory: PlatformDirectory, source: str, elsewhere: str
) -> None:
    """Public as the channel is: nobody can tell who of one platform is who on the other."""
    readership = directory.readership
    said = Case(Kind.CASE, "t", "p", "c", readership.audience(source), "thread:1", container=source)
    document = Case(Kind.SECTION, "t", "p", "c", Audience.everyone(), "file:a.md", container="a.md")
    assert readership.shows(said, readership.readers(source))
    assert not readership.shows(said, readership.readers(elsewhere))
    assert not readership.may_pass(source, elsewhere)
    assert not any(readership.open_to(source, person) for person in readership.members(elsewhere))
    assert readership.shows(document, readership.readers(elsewhere))
    assert EVERYONE in readership.readers(elsewhere).scopes


def test_a_platform_that_was_switched_off_keeps_what_was_said_there_to_itself(
    halves: dict[str, Half], memory: Memory
) -> None:
    both = PlatformDirectory(Config(), memory.channels, cast("dict[str, Platform]", halves), lambda: NOW)
    said = Case(Kind.CASE, "t", "p", "c", both.audience(THERE), "thread:1", container=THERE)
    slack_alone = cast("dict[str, Platform]", {"slack": halves["slack"]})
    alone: Readership = PlatformDirectory(Config(), memory.channels, slack_alone, lambda: NOW).readership
    assert not alone.shows(said, alone.readers(HERE))
    assert not alone.may_pass(THERE, HERE)
    assert not alone.open_to(THERE, "U1")


def waiting(memory: Memory, *channels: str) -> None:
    posts = tuple(Post(f"k{n}/x", Target.CHANNEL, channel, Message("hi")) for n, channel in enumerate(channels))
    memory.ledger.commit(Outcome(posts=posts), NOW)


def test_posts_are_taken_for_one_platform(memory: Memory) -> None:
    waiting(memory, HERE, HERE.replace("C1", "C2"), THERE)
    taken = memory.outbox.claim("me", NOW, "lark")
    assert taken is not None
    assert taken.post.channel_id == THERE
    assert memory.outbox.claim("me", NOW, "lark") is None
    assert memory.outbox.claim("me", NOW) is not None


def test_posts_for_a_platform_that_was_switched_off_are_given_up_and_the_others_go(
    halves: dict[str, Half], memory: Memory
) -> None:
    waiting(memory, THERE, HERE)
    sender = Sender(memory.outbox, cast("dict[str, Platform]", {"slack": halves["slack"]}), "me", lambda: NOW)
    assert [sender.step() for _ in range(3)] == [True, True, False]
    assert len(halves["slack"].posted) == 1
    assert memory.database.read("SELECT state, error FROM outbox WHERE state!='sent'") == [
        ("failed", "lark is switched off, or was never there")
    ]


def test_each_platform_has_senders_and_a_catch_up_of_its_own(memory: Memory) -> None:
    class Idle:
        def step(self, platform: str = "") -> bool:
            return False

        def end(self, patience: float) -> None:
            """Nothing is in hand."""

    walked: dict[str, threading.Event] = {"slack": threading.Event(), "lark": threading.Event()}
    read, write = os.pipe()
    idle = cast(Any, Idle())
    hung = threading.Event()

    def slack() -> None:
        hung.wait(20)  # a platform that asks to wait, or is down

    scheduler = cast(Any, type("None_", (), {"start": lambda *_: None, "stop": lambda *_: None})())
    crew = Crew(idle, idle, idle, scheduler, {}, lambda: None, Signs(60.0), read,
                look_back={"slack": slack, "lark": walked["lark"].set})  # fmt: skip
    assert sorted(crew._senders) == sorted(f"{name} {where}" for name in SENDERS for where in ("slack", "lark"))
    running = threading.Thread(target=crew.run)
    running.start()
    try:
        assert walked["lark"].wait(10), "not held up by the other"
        walked["lark"].clear()
        os.write(write, b"!" + reconnected("lark") + b"!")
        assert walked["lark"].wait(10)
    finally:
        hung.set()
        crew.stop()
        os.close(write)
        running.join(10)


def test_a_channel_is_current_by_its_own_platforms_walk(memory: Memory) -> None:
    class Walk:
        def __init__(self, heard: bool) -> None:
            self._heard = heard

        def current(self, channel_id: str) -> bool:
            return self._heard

    walks = CatchUps({"slack": cast(CatchUp, Walk(False)), "lark": cast(CatchUp, Walk(True))})
    assert [walks.current(home) for home in (HERE, THERE, "former:t:c")] == [False, True, True]


def test_the_last_walks_are_told_together(memory: Memory) -> None:
    caught_up.keep(memory.runs, CaughtUp(100.0, 40.0, 5.0, 3, 2, 1, {"messages": 4}), "slack")
    caught_up.keep(memory.runs, CaughtUp(90.0, 60.0, 1.0, 1, 1, 0, {"messages": 1}, ("lark",)), "lark")
    told = caught_up.told(memory.runs)
    assert (told["last"]["channels"], told["last"]["missed"], told["last"]["since"]) == (3, {"messages": 5}, 40.0)
    assert told["last"]["at"] + told["last"]["seconds"] == 91.0, "no later than the first of them"
    assert told["last"]["failed"] == ["lark"]
    assert told["totals"]["messages"] == 5


def child(name: str, lag: float) -> Child:
    made = Child(name, (), 0)
    made.process = cast(Any, type("Running", (), {"poll": lambda _: None, "returncode": 0})())
    made.sign, made.heard_at = Sign(True, "", {"stored": 2.0}, {"lag/commit": lag}), NOW
    return made


def test_health_looks_at_the_listeners_that_there_are() -> None:
    reading = Reading(NOW, Figures(), {"probe/slack": 9_999.0, "probe/lark": 1.0})
    health = judged([child("lark", 0.2), child("worker", 0.1)], reading, Limits(120.0, 10.0), NOW)
    assert health.well, "of a platform that was switched off no probe comes any more"
    both = judged([child("slack", 7.0), child("lark", 0.2)], reading, Limits(120.0, 10.0), NOW)
    assert [why for why in both.why if "slack" in why]
    assert cast("dict[str, float]", both.facts["lag_seconds"])["commit"] == 7.0, "the worst of them"


def test_what_is_missing_is_told_in_one_line_whichever_platform_it_is() -> None:
    with pytest.raises(VigilError, match=r"\[slack\] or \[lark\] enabled"):
        app.require(Config(slack=Slack(enabled=False)))
    whole = Slack(bot_token="b", app_token="a")
    for lark, what in ((Lark(True), "app_id"), (Lark(True, app_id="cli_1"), "LARK_APP_SECRET")):
        with pytest.raises(VigilError, match=what):
            app.require(Config(slack=whole, lark=lark))
    app.require(Config(slack=whole, lark=Lark(True, app_id="cli_1", app_secret="s")))
    with pytest.raises(VigilError, match="'irc'"):
        app.listener(Config(slack=whole), "irc")


def test_no_process_gets_a_secret_that_it_does_not_need(tmp_path: Path) -> None:
    env = {"SLACK_BOT_TOKEN": "b", "SLACK_APP_TOKEN": "a", "LARK_APP_SECRET": "s", "ANTHROPIC_API_KEY": "k"}
    held = {"slack": {"b", "a"}, "lark": {"s"}}
    for name, wanted in OF.items():
        config = load(None, env, wanted)
        found = {config.slack.bot_token, config.slack.app_token, config.lark.app_secret, config.llm.api_key} - {""}
        assert found == held[name]
        assert {env[variable] for variable in env if variable not in spared(wanted)} == held[name]
        assert all(
            f"{variable}_FILE" in spared(wanted) for variable in spared(wanted) if not variable.endswith("_FILE")
        )
    worker = load(None, env, OF_WORKER)
    assert (worker.slack.app_token, worker.slack.bot_token, worker.lark.app_secret) == ("", "b", "s")


def test_a_file_with_a_secret_that_is_not_needed_is_not_even_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "secret").chmod(0o644)  # which would be refused
    (tmp_path / "config.toml").write_text('[lark]\napp_secret_file = "secret"\n')
    assert load(tmp_path / "config.toml", {}, OF["slack"]).lark.app_secret == ""


def test_the_longest_timeout_of_all_counts() -> None:
    chats = Config(slack=Slack(timeout_seconds=3.0), lark=Lark(True, timeout_seconds=8.0)).chats
    assert (slowest(chats), slowest({})) == (8.0, 10.0)


def test_a_listener_shows_life_while_it_loads_its_client() -> None:
    read, write = os.pipe()
    with starting(Signals(write)), os.fdopen(read, "rb", buffering=0) as said:
        sign = understood(said.readline())
    os.close(write)
    assert sign is not None
    assert (sign.well, sign.note) == (True, STARTING)
