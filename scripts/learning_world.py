"""Made-up resolved threads for scripts/trial_learning.py: questions, answers with commands, thanks, chatter, and no people's words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bot.events import Turn
from bot.memory import Memory
from bot.models import Mark, State
from bot.outcomes import Outcome

HERE = "sim:T1:C1"
START = 1_700_000_000.0
PACE = 600.0  # seconds from one thread to the next
RESOLVED = 0.8  # share of the threads that people marked
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
ASKS = (
    "How do I get {a} {b} running again? Since the update it stops with {code} after {c}.",
    "{a} fails with {code} as soon as {b} starts. What can I do?",
    "Does anybody know why {b} refuses {c} and logs {code}?",
    "We cannot use {a}: {b} hangs on {c} and then says {code}.",
)
CAUSES = (
    "{b} keeps an old lock of {c}.",
    "That comes from {c}, which {b} reads before {a} is up.",
    "{a} lost its {c}.",
)
CURES = (
    "Run `{a} reset --{c}` on the {b} host, then start it again.",
    "Remove the {c} file of {b} and restart:\n```\n{a} stop\nrm /var/lib/{b}/{c}.lock\n{a} start\n```",
    "Set `{c}_limit = 0` in {b}.conf and reload {a} with `{a} reload --{b}`.",
)
THANKS = ("That worked, thank you!", "Solved, many thanks.", "Yes, that fixed it.")
CHATTER = ("Same here.", "I am looking at it.", "One moment please.", "Which version is it?")


@dataclass(frozen=True, slots=True)
class Talk:
    """One thread to be learned from, and whether people marked it as resolved."""

    turns: tuple[Turn, ...]
    resolved: bool


def talks(count: int, seed: int) -> Iterator[Talk]:
    """So many threads, the same for the same seed; about a tenth ask what was asked before."""
    dice = random.Random(seed)
    matters: list[dict[str, str]] = []
    for number in range(count):
        again = matters and dice.random() < 0.1
        matter = dice.choice(matters) if again else _matter(dice)
        matters.append(matter)
        yield _talk(number, matter, dice)


def store(memory: Memory, talk: Talk) -> None:
    """Write a thread as the bot would have, at one go."""
    root = talk.turns[0]
    marks = (Mark("resolved", root.author, talk.turns[-1].sent_at),) if talk.resolved else ()
    state = State.RESOLVED if talk.resolved else State.WAITING_ON_ASKER
    outcome = Outcome(root.id, HERE, 0, talk.turns, marks=marks, state=state, need=0.9)
    memory.ledger.commit(outcome, talk.turns[-1].sent_at)


def _matter(dice: random.Random) -> dict[str, str]:
    named = {name: "".join(dice.sample(SYLLABLES, 3)) for name in "abc"}
    return {**named, "code": f"{named['a'][:3].upper()}-{dice.randrange(100, 999)}"}


def _talk(number: int, matter: dict[str, str], dice: random.Random) -> Talk:
    at = START + number * PACE
    asker, helper = f"U{dice.randrange(400)}", f"H{dice.randrange(12)}"
    said = [(asker, dice.choice(ASKS))]
    said += [(f"U{dice.randrange(400)}", dice.choice(CHATTER))] * (dice.random() < 0.4)
    said += [(helper, f"{dice.choice(CAUSES)} {dice.choice(CURES)}")]
    said += [(asker, dice.choice(THANKS))] * (dice.random() < 0.7)
    root = f"{HERE}:{at:.6f}"
    turns = tuple(
        Turn(f"{HERE}:{at + 20 * place:.6f}", root, HERE, who, text.format(**matter), at + 20 * place)
        for place, (who, text) in enumerate(said)
    )
    return Talk(turns, dice.random() < RESOLVED)
