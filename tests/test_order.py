"""Shuffled, doubled and delayed envelopes of a thread end in the state of the ordered run."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import lifecycle
from bot.events import Event
from knowledge.embedding import HashingEmbedder
from tests.harness import CHANNELS, PEOPLE, PUBLIC, START, Live, Town
from tests.outage import twice
from tests.script import kind_of

LATER = START + 7200
Envelope = tuple[Event, str, tuple[str, ...], float]
HELP = CHANNELS["help"]
SAID = (
    "the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?",
    "it happens since noon, in eu-west-1, on every deploy",
    "have you looked at `kubectl describe pod`? The probe fails when the port is wrong: set `port: 8080` in probe.yaml",
    "thanks, that was it: the port was wrong, it works now",
    "same here",
    "hm, it still fails with DPL-017 for me, any idea?",
)
ORDERS = ("resolve", "reopen", "mute", "unmute")
MARKS = ("resolved", "reopened", "not-a-request", "muted")
EMOJI = ("white_check_mark", "+1", "eyes", "see_no_evil")
WHO = ("amy", "kim", "bob", "hal")


@dataclass(slots=True)
class Tale:
    """What people did in one thread, as random as `dice`; every deed is an envelope or two."""

    town: Town
    dice: random.Random
    heard: list[Envelope]

    def tell(self) -> None:
        box, dice = self.town.box, self.dice
        self.town.ear = lambda event, raw_id, aliases: self.heard.append((event, raw_id, aliases, self.town.clock()))
        root = box.say(HELP, PEOPLE["amy"], SAID[0])
        stands = {root}
        on: set[tuple[str, str, str]] = set()
        for _ in range(dice.randint(6, 12)):
            self.town.clock.move(dice.uniform(1, 90))
            self._deed(root, stands, on)
            box.wait_acked()
        self.town.ear = lambda *_: None

    def _deed(self, root: str, stands: set[str], on: set[tuple[str, str, str]]) -> None:
        box, dice = self.town.box, self.dice
        if not any(message["ts"] == root for message in box.all_messages(HELP)):
            return
        ts = dice.choice(sorted(stands) or [root])
        match dice.choice(("say", "say", "say", "edit", "delete", "react", "react", "unreact", "order")):
            case "say":
                who = dice.choice(WHO)
                new = box.say(HELP, PEOPLE[who], dice.choice(SAID[1:]), root)
                stands.add(new)
            case "order":
                box.say(HELP, PEOPLE["kim"], f"<@U0VIGIL> {dice.choice(ORDERS)}", root)
            case "edit" if ts in stands:
                box.edit(HELP, ts, f"{dice.choice(SAID)} ({self.town.clock():.0f})")
            case "delete" if ts in stands and (ts != root or dice.random() < 0.3):
                box.delete(HELP, ts)
                stands.discard(ts)
                on -= {one for one in on if one[0] == ts}
            case "react" if ts in stands:
                one = (ts, dice.choice(EMOJI), dice.choice(WHO))
                if one not in on:
                    box.react(HELP, one[0], one[1], PEOPLE[one[2]])
                    on.add(one)
            case "unreact" if on:
                one = dice.choice(sorted(on))
                box.unreact(HELP, one[0], one[1], PEOPLE[one[2]])
                on.discard(one)


def end(live: Live) -> dict[str, Any]:
    """Where everything stands after a while, as far as the order in which it was heard must not matter."""
    live.clock.now = max(live.clock.now, LATER)
    live.settle()
    live.errands()
    live.clock.move(3 * 3600)
    live.errands()
    read = live.memory.database.read
    turns = read("SELECT id, thread_id, author, text, flags&8, CASE WHEN flags&8 THEN 0 ELSE edited_at END, mentions "
                 "FROM turns WHERE flags&2=0 ORDER BY id")  # fmt: skip
    thread_id = turns[0][1]
    thread = live.engine.threads.load(thread_id, thread_id.rsplit(":", 1)[0], live.clock())
    cases = read("SELECT status, json_extract(body, '$.problem'), json_extract(body, '$.resolution') FROM entries "
                 "WHERE kind='case' AND source LIKE 'thread:%' ORDER BY source")  # fmt: skip
    found = {
        "turns": turns,
        "reactions": sorted(read("SELECT turn_id, actor, name FROM reactions")),
        "asker": read("SELECT asker FROM threads"),
        "replied": sorted(read("SELECT person, thread_id FROM replied")),
        "feedback": sorted(read("SELECT actor, helpful FROM feedback")),
        "learned": cases,
        "inbox": live.memory.inbox.backlog(),
    }
    if not thread.root.deleted:  # under a question that was taken back nothing is said, whatever the marks
        resolved, reopened = thread.marked("resolved"), thread.marked("reopened")
        past = reopened if resolved and reopened and resolved.at > reopened.at else None
        found["marks"] = sorted((m.name, m.actor) for m in thread.marks if m.name in MARKS and m is not past)
        found["state"] = str(lifecycle.state(thread, live.clock(), PUBLIC))
        found["stored state"] = read("SELECT state FROM threads")
    return found


def vigil(town: Town, folder: Path, mode: str) -> Live:
    """A Vigil that has heard nothing yet, and hears only what it is handed."""
    town.clear()
    live = Live(town, folder, HashingEmbedder(), {"help": replace(PUBLIC, mode=mode, threshold=0.3, evidence=0.05)})
    live.listen(False)
    town.clock.now = START + 600
    return live


def told(live: Live, seed: int) -> list[Envelope]:
    """The same tale for the same seed, with the same ids."""
    heard: list[Envelope] = []
    Tale(live.town, random.Random(seed), heard).tell()
    return heard


def deliver(live: Live, envelope: Envelope) -> None:
    live.memory.inbox.put(*envelope[:3], live.clock())


def in_order(live: Live, heard: list[Envelope]) -> None:
    for envelope in heard:
        live.clock.now = max(live.clock.now, envelope[3])
        deliver(live, envelope)
        live.settle()


def in_disorder(live: Live, heard: list[Envelope], dice: random.Random) -> None:
    """Every envelope comes late, in any order, every third one twice; sometimes there is time to think in between."""
    live.clock.now = heard[-1][3]
    late = heard + [envelope for envelope in heard if dice.random() < 0.3]
    dice.shuffle(late)
    for envelope in late:
        live.clock.move(dice.uniform(0, 20))
        deliver(live, envelope)
        if dice.random() < 0.5:
            live.engine.worker.step()
            live.engine.worker.wake_due()
            live.engine.sender.step()


@pytest.mark.parametrize("seed", range(6))
def test_any_order_ends_in_the_same_state(town: Town, tmp_path: Path, seed: int) -> None:
    ordered = vigil(town, tmp_path / "ordered", "shadow")
    in_order(ordered, told(ordered, seed))
    wanted = end(ordered)
    for number in range(2):
        shuffled = vigil(town, tmp_path / f"shuffled{number}", "shadow")
        in_disorder(shuffled, told(shuffled, seed), random.Random(1000 * seed + number))
        assert end(shuffled) == wanted


@pytest.mark.parametrize("seed", range(100, 104))
def test_in_any_order_nothing_is_said_twice(town: Town, tmp_path: Path, seed: int) -> None:
    live = vigil(town, tmp_path, "public")
    in_disorder(live, told(live, seed), random.Random(seed))
    end(live)
    assert twice(live) == []
    kinds = Counter(kind_of(message) for message in live.own("help"))
    assert all(count == 1 for kind, count in kinds.items() if kind != "vigil_answer"), kinds  # one for each command


def test_a_reaction_that_comes_first_does_not_hold_up_its_message(town: Town, tmp_path: Path) -> None:
    live = vigil(town, tmp_path, "shadow")
    heard: list[Envelope] = []
    town.ear = lambda event, raw_id, aliases: heard.append((event, raw_id, aliases, town.clock()))
    root = town.box.say(HELP, PEOPLE["amy"], SAID[0])
    town.box.react(HELP, root, "white_check_mark", PEOPLE["kim"])
    town.box.wait_acked()
    turn, reaction = heard
    deliver(live, reaction)
    live.engine.worker.step()
    deliver(live, turn)
    live.engine.worker.step()
    assert live.memory.database.value("SELECT count(*) FROM turns") == 1
    live.settle()
    assert live.memory.database.value("SELECT state FROM threads") == "resolved"
    assert live.clock() - turn[3] < 10
