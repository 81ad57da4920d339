"""Who reads what: guests, strangers, doors that close, members of private rooms, and platforms that cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.jobs.gate import Gate
from bot.jobs.kept import STALE_SECONDS, Kept
from bot.jobs.places import Places
from bot.jobs.readership import FRESH_SECONDS, Readership
from bot.memory import Memory, open_memory
from bot.messages import Channel, Message, Post, Target
from bot.models import VigilError
from bot.platforms.base import Platform, SendLater, SendRefused
from knowledge.models import EVERYONE, Audience, Case, Kind, Status

TEAM = "T0"
OPEN, OTHER, ROOM, SHARED, TALK = (f"slack:{TEAM}:{name}" for name in ("OPEN", "OTHER", "ROOM", "SHARED", "TALK"))
WORKSPACE = f"workspace:{TEAM}"
FULL = frozenset({"amy", "bob", "kim", "vigil"})
NOW = 1_000.0


class World:
    """A platform as tests change it."""

    name = "slack"

    def __init__(self) -> None:
        self.now, self.down, self.asked = NOW, False, 0
        self.guests = frozenset[str]()
        self.rooms = {
            OPEN: Channel(OPEN, "open", team=TEAM),
            OTHER: Channel(OTHER, "other", team=TEAM),
            ROOM: Channel(ROOM, "room", private=True, team=TEAM),
            SHARED: Channel(SHARED, "shared", shared=True, team=TEAM),
            TALK: Channel(TALK, "", private=True, direct=True, team=TEAM),
        }
        self.inside = {OPEN: {"amy", "vigil"}, OTHER: {"bob", "vigil"}, ROOM: {"amy", "kim", "vigil"},
                       SHARED: {"amy", "sam", "vigil"}, TALK: {"amy", "vigil"}}  # fmt: skip
        self.readership = Readership(self.platforms(), Kept(lambda: self.now))

    def platforms(self) -> dict[str, Platform]:
        return {"slack": cast(Platform, self)}

    def channels(self) -> list[Channel]:
        self._ask()
        return list(self.rooms.values())

    def channel(self, channel_id: str) -> Channel:
        self._ask()
        if channel_id not in self.rooms:
            raise SendRefused("channel_not_found")
        return self.rooms[channel_id]

    def members(self, channel_id: str) -> frozenset[str]:
        self._ask()
        return frozenset(self.inside[channel_id])

    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        self._ask()
        return FULL, self.guests

    def forget(self, channel_id: str) -> None:
        """Nothing is remembered here."""

    def at_this_moment(self, channels: object) -> Readership:
        return Readership(self.platforms(), Kept(lambda: self.now, strict=True))

    def _ask(self) -> None:
        self.asked += 1
        if self.down:
            raise SendLater("cannot reach the platform", 1.0)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return open_memory(tmp_path / "vigil.db", durable=False)


def case(home: str, *scopes: str, kind: Kind = Kind.CASE) -> Case:
    return Case(kind, "a title", "why?", "because", Audience.of(*scopes), f"thread:{home}:1.0", container=home)


def test_a_guest_closes_a_public_channel_to_what_the_workspace_knows(world: World) -> None:
    who = world.readership
    assert who.readers(OPEN).scopes == {EVERYONE, WORKSPACE, f"channel:{OPEN}"}
    world.guests, world.inside[OPEN] = frozenset({"gus"}), {"amy", "gus", "vigil"}
    world.now += FRESH_SECONDS + 1
    assert who.readers(OPEN).scopes == {EVERYONE, f"channel:{OPEN}"}
    assert who.readers(OTHER).scopes == {EVERYONE, WORKSPACE, f"channel:{OTHER}"}
    assert not who.may_pass(OTHER, OPEN)
    assert who.may_pass(OPEN, OTHER)
    assert who.audience(OPEN).opens_to(who.readers(OPEN)), "what a channel learns is for its guests too"
    assert who.open_to(OPEN, "gus")
    assert not who.open_to(OTHER, "gus")
    assert who.open_to(OTHER, "amy")


def test_somebody_whom_nobody_knows_counts_as_a_guest(world: World) -> None:
    world.guests = frozenset({"gus"})
    world.inside[OPEN] = {"amy", "new", "vigil"}
    assert WORKSPACE not in world.readership.readers(OPEN).scopes


def test_a_new_guest_is_known_as_soon_as_it_is_told_that_they_came(world: World) -> None:
    who = world.readership
    assert WORKSPACE in who.readers(OPEN).scopes
    world.guests, world.inside[OPEN] = frozenset({"gus"}), {"amy", "gus", "vigil"}
    who.forget(OPEN, "gus")
    assert WORKSPACE not in who.readers(OPEN).scopes


def test_members_of_now_are_not_all_readers_of_a_public_channel(world: World) -> None:
    world.inside[OPEN] = {"amy", "vigil"}  # all of them are in the room too, yet anybody may walk in
    assert not world.readership.may_pass(ROOM, OPEN)
    assert world.readership.may_pass(ROOM, TALK)
    world.inside[ROOM].discard("amy")
    world.readership.forget(ROOM)
    assert not world.readership.may_pass(ROOM, TALK)


def test_a_channel_made_private_shows_nothing_of_before(world: World) -> None:
    learned = case(OPEN, WORKSPACE)
    assert world.readership.shows(learned, world.readership.readers(OTHER))
    world.rooms[OPEN] = replace(world.rooms[OPEN], private=True)
    world.readership.forget(OPEN)
    assert not world.readership.shows(learned, world.readership.readers(OTHER))


def test_a_channel_that_the_platform_will_not_speak_of_is_closed(world: World) -> None:
    who = Readership(world.platforms(), Kept(lambda: world.now), {OPEN: world.rooms.pop(OPEN)}.get)
    assert who.audience(OPEN).scopes == who.readers(OPEN).scopes == frozenset()
    assert not who.open_to(OPEN, "amy")
    assert not who.may_pass(OPEN, OPEN)


def test_an_outage_is_bridged_for_a_while_and_then_nothing_is_shown(world: World) -> None:
    who = world.readership
    assert WORKSPACE in who.readers(OPEN).scopes
    world.down, world.now = True, world.now + FRESH_SECONDS + 1
    assert WORKSPACE in who.readers(OPEN).scopes
    world.now += STALE_SECONDS
    assert who.readers(OPEN).scopes == frozenset()


def test_what_was_learned_follows_its_channel(world: World, memory: Memory) -> None:
    entry = memory.entries.put([case(OPEN, WORKSPACE)], Status.LIVE, "kim", NOW)[0]
    again = memory.entries.put([replace(entry.case, resolution="otherwise")], Status.LIVE, "kim", NOW, entry.id)[0]
    page = replace(case(OPEN, WORKSPACE, kind=Kind.SECTION), source="file:page.md#1")
    section = memory.entries.put([page], Status.LIVE, "kim", NOW)[0]
    places = Places(world.platforms(), memory.channels, memory.rescoping, memory.runs, world.readership, lambda: NOW)
    assert places.run() == 0
    world.rooms[OPEN] = replace(world.rooms[OPEN], private=True)
    assert places.run() == 1
    moved = memory.entries.get(again.id)
    assert moved is not None
    assert moved.case.audience == Audience.of(f"channel:{OPEN}")
    assert (moved.version, moved.case.resolution) == (again.version, "otherwise")
    assert moved.change > again.change
    assert memory.entries.revert(entry.id, "kim", NOW).case.audience == Audience.of(f"channel:{OPEN}")
    assert memory.entries.get(section.id) == section, "a document is read by whom it was ingested for"
    world.down = True
    assert places.run() == 0, "who cannot be asked about stays as it is"


def gate(world: World, memory: Memory) -> Gate:
    return Gate(world, memory.entries, memory.decisions)  # type: ignore[arg-type]


def test_the_gate_asks_again_when_a_post_goes_out(world: World, memory: Memory) -> None:
    entry = memory.entries.put([case(OPEN, WORKSPACE)], Status.LIVE, "kim", NOW)[0]
    cited = Message("so it goes", entries=(entry.id,))
    answer = Post("a/1", Target.THREAD, OTHER, cited, f"{OTHER}:1.0", event_type="vigil_answer")
    assert gate(world, memory).may(answer)
    world.rooms[OPEN] = replace(world.rooms[OPEN], private=True)
    assert not gate(world, memory).may(answer)
    assert gate(world, memory).may(replace(answer, channel_id=OPEN)), "at home it may be said"


def test_the_gate_knows_who_has_left(world: World, memory: Memory) -> None:
    draft = Post("a/draft", Target.DIRECT, ROOM, Message("a draft"), person="kim", event_type="vigil_draft")
    card = Post("case-1/1", Target.CHANNEL, TALK, Message("a card"), event_type="vigil_case", tells=(ROOM,))
    assert gate(world, memory).may(draft)
    assert gate(world, memory).may(card)
    world.inside[ROOM] -= {"kim", "amy"}
    assert not gate(world, memory).may(draft)
    assert not gate(world, memory).may(card)


def test_the_gate_waits_for_a_platform_that_is_down(world: World, memory: Memory) -> None:
    card = Post("case-1/1", Target.CHANNEL, TALK, Message("a card"), event_type="vigil_case", tells=(ROOM,))
    world.down = True
    with pytest.raises(VigilError):
        gate(world, memory).may(card)
    own = Post("a/1", Target.THREAD, OPEN, Message("its own words"), f"{OPEN}:1.0", event_type="vigil_follow_up")
    asked = world.asked
    assert gate(world, memory).may(own)
    assert world.asked == asked, "what tells of nothing but its own place needs nobody's leave"
