"""What is known of channels, claims of scheduled runs, signs of life and small facts."""

from __future__ import annotations

import threading

from bot.memory import Memory, open_memory
from bot.messages import Channel
from bot.outcomes import Outcome
from tests.storage.values import CHANNEL, NOW


def test_a_direct_conversation_is_not_named_after_its_person(memory: Memory) -> None:
    memory.channels.put([Channel("slack:T1:D1", "U1", private=True, direct=True)], NOW)
    found = memory.channels.get("slack:T1:D1")
    assert found is not None
    assert found.name == "(direct)"


def test_a_channel_comes_back_as_it_went_in(memory: Memory) -> None:
    known = [
        Channel(CHANNEL, "help", team="T1"),
        Channel("slack:T1:C2", "secret", private=True, shared=True, member=False, team="T1"),
        Channel("slack:T1:D1", "(direct)", private=True, direct=True),
    ]
    memory.channels.put(known, NOW)
    assert [memory.channels.get(channel.id) for channel in known] == known
    assert memory.channels.listed() == sorted(known, key=lambda channel: channel.name)
    assert memory.channels.get("slack:T1:C9") is None


def test_news_of_a_channel_keeps_what_was_learned(memory: Memory) -> None:
    memory.channels.put([Channel(CHANNEL, "help")], NOW)
    memory.channels.heard(CHANNEL, NOW)
    memory.ledger.commit(Outcome(channel_id=CHANNEL, raise_by=0.1), NOW)
    memory.channels.put([Channel(CHANNEL, "renamed", private=True)], NOW + 1)
    assert memory.channels.get(CHANNEL) == Channel(CHANNEL, "renamed", private=True)
    assert (memory.channels.heard_until(CHANNEL), memory.channels.raised(CHANNEL)) == (NOW, 0.1)


def test_history_never_goes_back(memory: Memory) -> None:
    assert memory.channels.heard_until(CHANNEL) == 0.0
    memory.channels.put([Channel(CHANNEL, "help")], NOW)
    memory.channels.heard(CHANNEL, NOW)
    memory.channels.heard(CHANNEL, NOW - 60)
    assert memory.channels.heard_until(CHANNEL) == NOW


def test_a_run_is_claimed_once(memory: Memory) -> None:
    assert memory.runs.claim("learn", 7, "a", NOW)
    assert not memory.runs.claim("learn", 7, "b", NOW)
    memory.runs.done("learn", 7, NOW + 1)
    assert not memory.runs.claim("learn", 7, "a", NOW)
    assert memory.runs.claim("learn", 8, "b", NOW)
    assert memory.runs.claim("follow_up", 7, "b", NOW)


def test_of_many_claimants_one_gets_the_run(memory: Memory) -> None:
    won: list[tuple[str, int]] = []

    def claim(owner: str) -> None:
        own = open_memory(memory.database.path)
        won.extend((owner, slot) for slot in range(30) if own.runs.claim("learn", slot, owner, NOW))
        own.database.close()

    claimants = [threading.Thread(target=claim, args=(f"w{n}",)) for n in range(3)]
    for claimant in claimants:
        claimant.start()
    for claimant in claimants:
        claimant.join(60)
    assert sorted(slot for _, slot in won) == list(range(30))


def test_old_claims_are_swept_without_opening_recent_ones(memory: Memory) -> None:
    memory.runs.claim("learn", 1, "a", NOW)
    memory.runs.claim("learn", 1500, "a", NOW)
    memory.runs.claim("learn", 2400, "a", NOW)
    assert memory.database.read("SELECT slot FROM runs ORDER BY slot") == [(1500,), (2400,)]


def test_signs_of_life(memory: Memory) -> None:
    memory.runs.beat("slack", NOW)
    memory.runs.beat("slack", NOW + 2, "connected")
    memory.runs.beat("worker", NOW + 1)
    assert memory.runs.beats() == {"slack": (NOW + 2, "connected"), "worker": (NOW + 1, "")}


def test_facts(memory: Memory) -> None:
    assert memory.runs.fact("key") == ""
    memory.runs.remember("key", "old")
    memory.runs.remember("key", "new")
    assert memory.runs.fact("key") == "new"
