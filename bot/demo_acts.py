"""The demo's acts: people's steps are played, and what Vigil makes of them is waited for and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.demo_view import Seen, View
from bot.demo_world import Said, World
from bot.memory import Memory
from knowledge.models import Entry, Kind, Status

PATIENCE = 60.0
TICK = 0.1

Step = Mapping[str, Any]


@dataclass(slots=True)
class Stage:
    """The workspace, the bot's memory and the view, with what was said and told so far."""

    world: World
    memory: Memory
    view: View
    threads: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    learned: int = 0

    def __post_init__(self) -> None:
        self.told |= {record["id"] for record in self.memory.decisions.listed(limit=10_000)}
        self.told |= {said.id for said in self.world.own()}

    def tell(self) -> None:
        """Print what Vigil decided and said since the last time."""
        for record in reversed(self.memory.decisions.listed(limit=50)):
            if record["id"] not in self.told:
                self.told.add(record["id"])
                self.view.decided(record)
        for said in self.world.own():
            if said.id not in self.told and (what := self.key_of(said)):
                self.told.add(said.id)
                self.view.spoke(said, what)

    def key_of(self, said: Said) -> str:
        """The key of a message of Vigil's, "" while it is not on record that it is out."""
        turn_id = self.world.turn_id(said.channel, said.id)
        return str(
            self.memory.database.value("SELECT key FROM outbox WHERE turn_id=? ORDER BY id LIMIT 1", (turn_id,)) or ""
        )

    def until(self, ready: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """What `ready` gives once it gives something, telling meanwhile; None when patience ends.

        It looks again and again, because the bot's database belongs to other processes.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.tell()
            if found := ready():
                self.tell()
                return found
            time.sleep(TICK)
        return None

    def posted(self, key: str, what: str) -> list[Said]:
        """Vigil's posts of a kind ("suggestion", "follow_up") in an act's thread."""
        root = self.threads[key][1][0]
        return [said for said in self.world.own() if said.root == root and self.key_of(said).endswith(f"/{what}")]

    def thread_id(self, key: str) -> str:
        """Vigil's id of an act's thread."""
        channel, said = self.threads[key]
        return self.world.turn_id(channel, said[0])

    def case(self, key: str) -> Entry | None:
        """What was learned from an act's thread."""
        found = [self.memory.entries.by_source(f"{kind}thread:{self.thread_id(key)}") for kind in ("", "case:")]
        return next((entry for entry in found if entry and entry.case.kind is Kind.CASE), None)

    def card(self, key: str) -> Said | None:
        """The message that shows the helpers that case, None while there is none."""
        entry = self.case(key)
        wanted = f"case-{entry.id}/{entry.version}" if entry else ""
        return next((said for said in self.world.own() if wanted and self.key_of(said) == wanted), None)

    def decisions(self, key: str) -> list[dict[str, Any]]:
        """Decisions about an act's thread, newest first."""
        return self.memory.decisions.listed(thread_id=self.thread_id(key))


def play(stage: Stage, acts: Sequence[Mapping[str, Any]]) -> list[Seen]:
    """Play all acts in order; says of each whether it was seen."""
    seen = []
    for number, act in enumerate(acts, 1):
        stage.view.act(number, act["title"])
        for step in act["steps"]:
            STEPS[step["do"]](stage, step)
        key = next((step["thread"] for step in reversed(act["steps"]) if "thread" in step), act.get("about", ""))
        how = stage.until(lambda a=act, k=key: EXPECTED[a["expect"]](stage, k))  # type: ignore[misc]
        seen.append(Seen(act["title"], bool(how), str(how or "did not happen")))
    return seen


def _say(stage: Stage, step: Step) -> None:
    channel, said = stage.threads.setdefault(step["thread"], (step["channel"], []))
    stage.view.said(channel, step["user"], step["text"])
    said.append(stage.world.say(channel, step["user"], step["text"], said[0] if said else None))
    turn_id = stage.world.turn_id(channel, said[-1])
    stage.until(lambda: any(d["turn_id"] == turn_id for d in stage.decisions(step["thread"])), 15.0)


def _react(stage: Stage, step: Step) -> None:
    channel, said = stage.threads[step["thread"]]
    own = stage.posted(step["thread"], "suggestion") if step["on"] == "vigil" else []
    stage.view.did(step["user"], f"reacts :{step['name']}:")
    stage.world.react(channel, own[-1].id if own else said[0], step["name"], step["user"])


def _wait(stage: Stage, step: Step) -> None:
    stage.view.waits(step["why"])
    if step["for"] == "suggestion":
        stage.until(lambda: stage.posted(step["thread"], "suggestion"))


def _approve(stage: Stage, step: Step) -> None:
    card = stage.card(step["thread"])
    stage.view.did(step["user"], "clicks Approve under the case in #support-helpers")
    if card is not None:
        stage.world.click(card.channel, card.id, "vigil_case_approve", step["user"])


def _suggested(stage: Stage, key: str) -> str:
    found = [d for d in stage.decisions(key) if d["action"] == "public" and d["suggestion"]]
    if not stage.posted(key, "suggestion") or not found or not found[0]["suggestion"]["hits"]:
        return ""
    return "cites " + ", ".join(hit["title"] for hit in found[0]["suggestion"]["hits"])


def _silent(stage: Stage, key: str) -> str:
    found = stage.decisions(key)
    return found[0]["reasons"][0] if found and all(d["action"] == "silent" for d in found) else ""


def _stays_out(stage: Stage, key: str) -> str:
    found = stage.decisions(key)
    helped = [d for d in found if d["action"] in ("public", "private", "draft")]
    return "" if helped or not found else f"{len(found)} decisions, not a word"


def _cancelled(stage: Stage, key: str) -> str:
    return next((d["reasons"][0] for d in stage.decisions(key) if d["kind"] == "hold"), "")


def _followed_up(stage: Stage, key: str) -> str:
    posts = stage.posted(key, "follow_up")
    return posts[0].text.replace("\n", " ") if posts else ""


def _resolved(stage: Stage, key: str) -> str:
    state = stage.memory.database.value("SELECT state FROM threads WHERE id=?", (stage.thread_id(key),))
    return "state: resolved" if state == "resolved" else ""


def _proposed(stage: Stage, key: str) -> str:
    return "shown in #support-helpers" if stage.card(key) else ""


def _approved(stage: Stage, key: str) -> str:
    entry = stage.case(key)
    stage.learned = entry.id if entry and entry.status is Status.LIVE else 0
    return f"entry {stage.learned} is live" if stage.learned else ""


def _by_learned(stage: Stage, key: str) -> str:
    spoken = [d for d in stage.decisions(key) if d["action"] == "public" and stage.learned in d["entry_ids"]]
    return f"cites entry {stage.learned}" if spoken and stage.posted(key, "suggestion") else ""


STEPS: Mapping[str, Callable[[Stage, Step], None]] = {"say": _say, "react": _react, "wait": _wait, "approve": _approve}
EXPECTED: Mapping[str, Callable[[Stage, str], str]] = {
    "suggestion": _suggested,
    "silence": _silent,
    "stays_out": _stays_out,
    "hold_cancelled": _cancelled,
    "follow_up": _followed_up,
    "resolved": _resolved,
    "case_proposed": _proposed,
    "approved": _approved,
    "answered_by_learned": _by_learned,
}
