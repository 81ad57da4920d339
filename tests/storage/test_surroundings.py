"""What is kept of threads and their surroundings between calls always equals what a fresh look would give."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.memory import Memory, open_memory
from bot.outcomes import Erasure, Outcome
from bot.storage.surroundings import CHANNELS, Surroundings
from bot.storage.threads import SqliteThreads
from tests.storage.values import CHANNEL, NOW, opening, turn


def same(kept: SqliteThreads, memory: Memory, number: int, at: float) -> None:
    """The long-lived view and one that has kept nothing agree on a thread's surroundings."""
    fresh = SqliteThreads(memory.database)
    thread_id = f"{CHANNEL}:{number}.0"
    assert kept.load(thread_id, CHANNEL, at) == fresh.load(thread_id, CHANNEL, at)
    assert kept.helpers(CHANNEL) == fresh.helpers(CHANNEL)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_the_kept_copy_is_true(memory: Memory, seed: int) -> None:
    dice, kept, numbers = random.Random(seed), SqliteThreads(memory.database), []
    for step in range(120):
        what = dice.random()
        if what < 0.55 or not numbers:
            number = 100 + step if dice.random() < 0.8 else dice.randrange(50, 100 + step)
            if number not in numbers:
                numbers.append(number)
                memory.ledger.commit(opening(turn(f"{number}.0", author=dice.choice("abc"))), NOW)
        else:
            root = turn(f"{dice.choice(numbers)}.0", author="a")
            version = kept.load(root.id, CHANNEL, 1e9).version
            change = {
                0: {"turns": (replace(root, text=f"edited {step}", edited_at=float(step)),)},
                1: {"erased": (Erasure("turn", root.id, "deleted"),)},
                2: {"turns": (turn(f"{1000 + step}.0", root.id.rsplit(":", 1)[1], author=dice.choice("bcd")),)},
            }[dice.randrange(3)]
            memory.ledger.commit(Outcome(root.id, CHANNEL, version, **change), NOW)
        same(kept, memory, dice.choice(numbers), dice.choice([1e9, float(100 + step), float(dice.randrange(40, 240))]))


def test_what_another_connection_writes_is_seen(memory: Memory) -> None:
    kept = SqliteThreads(memory.database)
    memory.ledger.commit(opening(turn("100.0")), NOW)
    same(kept, memory, 1, 1e9)
    other = open_memory(memory.database.path)
    other.ledger.commit(opening(turn("101.0")), NOW)
    other.database.close()
    assert len(kept.load("slack:T1:C1:1.0", CHANNEL, 1e9).nearby) == 2
    memory.erasures.remove_threads([f"{CHANNEL}:100.0"])
    same(kept, memory, 1, 1e9)


def test_copies_of_many_channels_do_not_pile_up(memory: Memory) -> None:
    kept = Surroundings(memory.database)
    for number in range(3 * CHANNELS):
        kept.nearby(f"slack:T1:C{number}", f"slack:T1:C{number}:1.0", NOW)
        kept.helpers(f"slack:T1:C{number}")
    sizes = {name: len(copies) for name, copies in vars(kept._local).items()}
    assert sizes == {"roots": CHANNELS, "helpers": CHANNELS}
