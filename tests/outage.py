"""A channel's life before, during and after an outage, as random as a seed; what Vigil holds is compared with what stands."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from bot.sandbox import BOT_ID
from bot.sandbox.models import Json
from tests.harness import CHANNELS, PEOPLE, Live
from tests.script import FULL, STUCK, kind_of

ROOMS = (CHANNELS["help"], CHANNELS["drafts"])
ASKED = (STUCK, FULL, "How do I raise the vCPU quota? I get NW-4290 quota exceeded", "lunch at noon, who comes along?")
ANSWERED = (
    "have you looked at `kubectl describe pod`? The probe fails when the port is wrong",
    "thanks, that was it, it works now", "same here", "it happens since noon, on every deploy", "I am looking into it",
)  # fmt: skip
EMOJI = ("white_check_mark", "+1", "-1", "eyes")
KINDS = ("say",) * 5 + ("ask", "ask", "edit", "edit", "delete", "react", "react", "react", "unreact", "unreact")
LATE = 2 * 3600.0


class Life:
    """What people do in two channels; `deed` does one thing somewhere, whoever listens."""

    def __init__(self, live: Live, seed: int) -> None:
        self._live, self._box, self._dice = live, live.box, random.Random(seed)
        self.done: Counter[str] = Counter()

    def deeds(self, count: int, seconds: float) -> None:
        """So many deeds, spread over so many seconds; Vigil works on what it hears."""
        for _ in range(count):
            self._live.clock.move(self._dice.uniform(0.5, 1.5) * seconds / count)
            self.deed(self._dice.choice(KINDS))
            if self._live.hears:
                self._live.settle()

    def deed(self, kind: str) -> None:
        """One thing that somebody does; what cannot be done just now is a question instead."""
        dice, place = self._dice, self._dice.choice(ROOMS)
        standing = [m for m in self._box.all_messages(place) if m.get("subtype") != "tombstone"]
        people = [m for m in standing if m.get("bot_id") != BOT_ID]
        roots = [m["ts"] for m in people if m.get("thread_ts", m["ts"]) == m["ts"]]
        reacted = [(m["ts"], r["name"], user) for m in standing for r in m.get("reactions", []) for user in r["users"]]
        if kind == "say" and roots:
            self._box.say(place, self._somebody(), dice.choice(ANSWERED), dice.choice(roots[-12:]))
        elif kind == "edit" and people:
            self._box.edit(place, dice.choice(people)["ts"], f"{dice.choice(ASKED + ANSWERED)} ({self.done.total()})")
        elif kind == "delete" and people:
            self._box.delete(place, dice.choice(people)["ts"])
        elif kind == "unreact" and reacted:
            self._box.unreact(place, *dice.choice(reacted))
        elif kind == "react" and standing:
            self._react(place, dice.choice(standing))
        else:
            self._box.say(place, self._somebody(), f"{dice.choice(ASKED)} ({self.done.total()})")
        self.done[kind] += 1

    def _somebody(self) -> str:
        return self._dice.choice(list(PEOPLE.values()))

    def _react(self, place: str, message: Json) -> None:
        name, who = self._dice.choice(EMOJI), self._somebody()
        if not any(r["name"] == name and who in r["users"] for r in message.get("reactions", [])):
            self._box.react(place, message["ts"], name, who)


def standing(live: Live) -> dict[str, dict[str, Any]]:
    """What stands in the workspace: texts of people's messages by place, and reactions on everybody's."""
    found: dict[str, dict[str, Any]] = {"texts": {}, "reactions": {}}
    for place in ROOMS:
        for message in live.box.all_messages(place):
            where = f"{place}:{message['ts']}"
            if message.get("subtype") == "tombstone":
                continue
            if message.get("bot_id") != BOT_ID:
                found["texts"][where] = message["text"]
            for reaction in message.get("reactions", []):
                found["reactions"].update({(where, reaction["name"], user): True for user in reaction["users"]})
    return found


def held(live: Live) -> dict[str, dict[str, Any]]:
    """The same, as Vigil holds it."""
    read = live.memory.database.read
    texts = read("SELECT id, text FROM turns WHERE flags&10=0 AND channel_id IN (?,?)", [_id(place) for place in ROOMS])
    return {
        "texts": {_where(row[0]): row[1] for row in texts},
        "reactions": {
            (_where(t), name, who): True for t, name, who in read("SELECT turn_id, name, actor FROM reactions")
        },
    }


def twice(live: Live) -> list[str]:
    """Posts of Vigil's that stand twice: the same decision's, or a second suggestion or reminder of a kind in one thread."""
    keys = Counter(str(m.get("metadata", {}).get("event_payload", {}).get("key")) for m in live.own())
    kinds = Counter(
        (m["thread_ts"], kind_of(m)) for m in live.own() if m.get("thread_ts") and kind_of(m) == "vigil_escalation"
    )
    nudged = live.memory.database.read(
        "SELECT thread_id, state, turn_id, count(*) FROM nudges GROUP BY 1,2,3 HAVING count(*)>1"
    )
    return [*(k for k, n in keys.items() if n > 1), *(str(k) for k, n in kinds.items() if n > 1), *map(str, nudged)]


def answered_late(live: Live, until: float) -> list[str]:
    """Threads opened during the outage, long before its end, in which Vigil said something unasked afterwards."""
    return [
        m["thread_ts"] for m in live.own()
        if kind_of(m) == "vigil_suggestion" and m.get("thread_ts")
        and float(m["ts"]) > until and float(m["thread_ts"]) < until - LATE
    ]  # fmt: skip


def _id(place: str) -> str:
    return f"slack:T0TEST:{place}"


def _where(turn_id: str) -> str:
    return turn_id.split(":", 2)[2]
