"""Whole conversations as a chat script: what people do on the left, after an arrow what Vigil decides and says.

    #drafts                      go to that channel (help at first); the next words start a thread
    ---                          the next words start a thread
    amy: it fails                amy says it in the thread; `amy> it fails` says it at the channel's root
    amy edits: it still fails    amy's last message here; `amy deletes`, `amy deletes root`
    kim reacts :+1: to vigil     to vigil's last message, to `root`, or to the `last` of the thread
    kim unreacts :+1: to vigil
    kim clicks vigil_why         on Vigil's latest message with that button
    +6m                          time passes (s, m, h, d): holds fall due, follow-ups and learning run

Expectations: `hold`, `silent`, `draft`, `private`, `public` are decisions, with a "piece" of their reasons; `suggests`,
`drafts`, `nudges`, `calls`, `shows`, `asks`, `answers` are posts, with a "piece" of what is to be read there; `removes` is a
message of Vigil's that goes; `nothing` is none of it. Posts that the line does not name must not be there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.sandbox.models import Json
from tests.harness import BOTS, CHANNELS, PEOPLE, TEAM, Live

POSTS = {
    "suggests": "vigil_suggestion", "drafts": "vigil_draft", "nudges": "vigil_follow_up", "calls": "vigil_escalation",
    "shows": "vigil_case", "answers": "vigil_answer", "asks": "vigil_accept",
}  # fmt: skip
DECIDED = ("hold", "silent", "draft", "private", "public")
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
SAYS = re.compile(r"(\w+)(:|>) ?(.*)", re.DOTALL)
DOES = re.compile(r"(\w+) (edits|deletes|reacts|unreacts|clicks)\b:? ?(.*)", re.DOTALL)
EXPECTED = re.compile(r'(\w+)(?: "([^"]*)")?(?:; |$)')
IDS = {**PEOPLE, **BOTS, "vigil": "U0VIGIL"}

STUCK = "the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?"
FULL = "our database went read-only: PGB-013 storage guard engaged. What can I do?"


class Talk:
    """A conversation under way; `play` may be called again to go on with it."""

    def __init__(self, live: Live, channel: str = "help") -> None:
        self.live, self.box = live, live.box
        self.channel = self._channel(channel)
        self.root: str | None = None
        self.said: list[tuple[str, str, str]] = []  # who, channel, ts

    def play(self, script: str) -> None:
        """Do every line, and hold what Vigil does against what is expected."""
        for line in filter(None, (line.strip() for line in script.splitlines())):
            done, _, wanted = (part.strip() for part in line.partition(" -> "))
            before = self._seen()
            self.live.clock.move(1.0)
            self._do(done)
            self.live.settle()
            if wanted:
                self._check(line, wanted, before)

    @property
    def thread_id(self) -> str:
        """The id of the thread that is talked in."""
        return f"slack:{TEAM}:{self.channel}:{self.root}"

    def decisions(self) -> list[dict[str, Any]]:
        """What was decided in the thread, newest first."""
        return self.live.memory.decisions.listed(self.thread_id)

    def state(self) -> str:
        """Where the thread stands, as recorded."""
        return str(self.live.memory.database.value("SELECT state FROM threads WHERE id=?", (self.thread_id,)))

    def _channel(self, name: str) -> str:
        return self.box.open_im(IDS[name[3:]]) if name.startswith("dm-") else CHANNELS[name]

    def _do(self, what: str) -> None:
        if what.startswith("#"):
            self.channel, self.root = self._channel(what[1:]), None
        elif what == "---":
            self.root = None
        elif found := re.fullmatch(r"\+(\d+)([smhd])", what):
            self._wait(int(found[1]) * UNITS[found[2]])
        elif found := DOES.fullmatch(what):
            getattr(self, f"_{found[2]}")(IDS[found[1]], found[3])
        elif found := SAYS.fullmatch(what):
            self._say(IDS[found[1]], re.sub(r"@(\w+)", _mention, found[3]), at_root=found[2] == ">")
        else:
            raise AssertionError(f"not a line of a script: {what}")

    def _say(self, who: str, text: str, at_root: bool) -> None:
        ts = self.box.say(self.channel, who, text, None if at_root else self.root)
        self.said.append((who, self.channel, ts))
        if not at_root:
            self.root = self.root or ts

    def _wait(self, seconds: float) -> None:
        live = self.live
        until = live.clock() + seconds
        while (due := live.engine.threads.next_due()) is not None and due <= until:
            live.clock.now = max(due, live.clock())
            live.settle()
        live.clock.now = max(until, live.clock())
        live.settle()
        live.errands()

    def _mine(self, who: str, which: str) -> tuple[str, str]:
        return next((c, ts) for w, c, ts in reversed(self.said) if w == who and (which != "root" or ts == self.root))

    def _edits(self, who: str, text: str) -> None:
        self.box.edit(*self._mine(who, ""), text)

    def _deletes(self, who: str, which: str) -> None:
        self.box.delete(*self._mine(who, which))

    def _reacts(self, who: str, rest: str) -> None:
        channel, ts, name = self._target(rest)
        self.box.react(channel, ts, name, who)

    def _unreacts(self, who: str, rest: str) -> None:
        channel, ts, name = self._target(rest)
        self.box.unreact(channel, ts, name, who)

    def _target(self, rest: str) -> tuple[str, str, str]:
        name, where = rest.split(" to ")
        ts = self.root if where == "root" else self.said[-1][2]
        if where == "vigil":
            ts = self.live.own(self.channel)[-1]["ts"]
        return self.channel, str(ts), name.strip(":")

    def _clicks(self, who: str, action: str) -> None:
        offered = [m for m in self.live.own() if f'"{action}"' in json.dumps(m.get("blocks", []))]
        assert offered, f"no button {action}; there is {[m['text'] for m in self.live.own()]}"
        newest = max(offered, key=lambda m: float(m["ts"]))
        self.box.click(newest["in"], newest["ts"], action, who).wait()

    def _seen(self) -> tuple[int, list[tuple[str, str]]]:
        newest = self.live.memory.database.value("SELECT coalesce(max(seq), 0) FROM decisions")
        return newest, [(m["in"], m["ts"]) for m in self.live.own()]

    def _check(self, line: str, wanted: str, before: tuple[int, list[tuple[str, str]]]) -> None:
        decided = self.live.memory.database.read(
            "SELECT action, reasons FROM decisions WHERE seq>? ORDER BY seq", (before[0],)
        )
        own = {(m["in"], m["ts"]): m for m in self.live.own()}
        posted = [(kind_of(m), read(m)) for key, m in own.items() if key not in before[1]]
        story = f"\n{line}\ndecided {decided}\nposted {posted}"
        for verb, piece in EXPECTED.findall(wanted):
            if verb in DECIDED:
                assert any(action == verb and piece in reasons for action, reasons in decided), story
            elif verb in POSTS:
                fits = next((p for p in posted if p[0] == POSTS[verb] and piece in p[1]), None)
                assert fits, story
                posted.remove(fits)
            elif verb == "removes":
                assert [key for key in before[1] if key not in own], story
            else:
                assert verb == "nothing", f"unknown expectation {verb!r} in: {line}"
                assert not decided, story
        assert not posted, f"{story}\nthat is more than was expected"


def _mention(found: re.Match[str]) -> str:
    return f"<@{IDS[found[1]]}>" if found[1] in IDS else found[0]


def kind_of(message: Json) -> str:
    """The event type in a message's metadata."""
    return str(message.get("metadata", {}).get("event_type", ""))


def read(message: Json) -> str:
    """Everything that can be read in a message: its text and its blocks."""
    return f"{message['text']}\n{json.dumps(message.get('blocks', []), ensure_ascii=False)}"


Start = Callable[..., Talk]


def assert_forgotten(chat: Talk, word: bytes) -> None:
    """The word is in no file of the store: not in the database, its log, or the index."""
    chat.live.memory.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    chat.live.knowledge.save_cache()
    folder = Path(chat.live.config.store.path).parent
    assert [path.name for path in folder.iterdir() if word in path.read_bytes()] == []


def feedback(chat: Talk) -> list[tuple[str, int]]:
    """Who says what of Vigil's help: (person, 1 for helpful)."""
    return [(row[0], row[1]) for row in chat.live.memory.database.read("SELECT actor, helpful FROM feedback")]
