"""A sandbox workspace with everybody in it who may or may not do something, and a Vigil that can be put back as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pysqlite3 as sqlite

from bot.config import Rules
from bot.messages import Button, Message, Post, Target
from bot.outcomes import Outcome, Revision
from bot.sandbox.models import Json, User, UserGroup
from bot.sandbox.timeline import Timeline
from bot.sandbox.workspace import APP_USER, read_channel
from bot.storage import audit_anchor
from knowledge.embedding import Embedder
from tests.harness import TEAM, Live, Town

ELSEWHERE = "T0OTHER"
WARD, WING, NOOK = "C0WARD", "C0WING", "C0NOOK"
WHO = {letter: f"U0ROLE{letter}" for letter in "NDBEVOGSAHCWMX"}
LISTED = tuple(WHO[letter] for letter in "DBV")
"""They stand in every list, and none of it may help them."""
IN = "WDBVGSAHCMX"
"""Who is in the channels; the first made them."""
QUESTION = "the rollout of `search` stops with DPL-017 progress deadline exceeded. How do I find out why?"
ANSWER = "{code} means the export bucket is full: empty the folder staging/ and run the job again."
RULES = Rules(
    mode="public", helpers=(WHO["H"], *LISTED), approvers=("S0CURATORS", "owner", *LISTED), helpers_channel="nook",
    cards_per_day=100, repeat_days=0.0,
)  # fmt: skip
LASTING = {
    "marks": "*", "feedback": "*", "entries": "id,status,version,approved_by", "revisions": "*",
    "erasures": "kind,object,why,actor", "channels": "id,raise_by", "wake_ups": "*",
}  # fmt: skip
"""What a refusal must leave as it was: the columns by table; and all posts but answers to whoever asked."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to be acted upon: timestamps of messages, cards as they first stood, and ids."""

    asked: str
    answered: str
    solved: str
    suggestion: Json
    accept: Json
    draft: Json
    overtaken: Json
    proposal: Json
    live: Json
    gap: Json
    decision: str
    accepting: str
    drafted: str
    overtaken_id: str
    proposed: int
    approved: int
    version: int


class World:
    """Everybody, and one Vigil among them; `generous` are rules that are too generous, to see whether that is noticed."""

    def __init__(self, folder: Path, embedder: Embedder, generous: Iterable[str] = ()) -> None:
        self.town = Town()
        self.box = self.town.box
        _people(self.town)
        rules = replace(RULES, helpers=(*RULES.helpers, *generous))
        self.live = Live(self.town, folder, embedder, {"ward": rules, "wing": replace(rules, mode="private")})
        self.live.config = replace(self.live.config, administrators=(WHO["M"], *LISTED))
        self.live.restart()
        self.live.engine.catch_up.run()
        self.rest()
        self.scene = self._staged()
        self._saved = sqlite.connect(":memory:", isolation_level=None)
        self._anchor = audit_anchor.path_of(Path(self.live.config.store.path))
        self.live.memory.database.connection().backup(self._saved)
        self._anchored = self._anchor.read_bytes()

    def rest(self) -> None:
        """Let Vigil do all there is to do; then time passes."""
        self.live.settle()
        self.live.clock.move(1.0)

    def back(self) -> None:
        """Put the store back as it was when the scene was set; Vigil starts anew on it."""
        self._saved.backup(self.live.memory.database.connection())
        self._anchor.write_bytes(self._anchored)
        self.live.restart()

    def close(self) -> None:
        """Everybody goes home."""
        self._saved.close()
        self.town.close()

    def lasting(self) -> list[tuple[Any, ...]]:
        """All that a refusal must leave as it was."""
        read = self.live.memory.database.read
        rows = [
            row for table, columns in LASTING.items() for row in read(f"SELECT {columns} FROM {table} ORDER BY 1,2")
        ]
        said = "SELECT key FROM outbox WHERE key NOT GLOB 'command-*' AND key NOT GLOB 'home-*' ORDER BY id"
        return [*rows, *read(said)]

    def acts(self, since: int, actor: str) -> list[tuple[str, bool]]:
        """(action, allowed) of what somebody wanted after a line of the audit log; what came of it has lines of its own."""
        sql = "SELECT action, allowed FROM audit WHERE seq>? AND actor=? AND action NOT GLOB 'erase: *' ORDER BY seq"
        return [(row[0], bool(row[1])) for row in self.live.memory.database.read(sql, (since, actor))]

    def _staged(self) -> Scene:
        asked = self._say(WARD, "A", QUESTION)
        self._say(WING, "A", QUESTION)
        again = self._say(
            WING, "A", "the rollout of `index` stops with DPL-017 progress deadline exceeded. Why is that?"
        )
        self.live.clock.move(600)
        self.rest()
        suggestion, [draft, overtaken] = self._own(WARD)[-1], self._cards("vigil_draft_publish")
        self._say(WING, "A", f"<@{APP_USER}> {QUESTION}", again)
        answered, proposal = self._taught("E7734")
        solved, live = self._taught("E9911")
        self._say(WARD, "A", "Thanks, emptying the folder staging/ solved it, the job runs again!", solved)
        accept = next(m for m in self._own(WARD) if "vigil_accept_yes" in str(m))
        proposed, approved = (int(_value(card, "vigil_case_approve").split(".")[0]) for card in (proposal, live))
        self.live.knowledge.approve(approved, WHO["C"], self.live.clock())
        self._say(WARD, "A", f"<@{APP_USER}> resolve", solved)
        entry = self.live.memory.entries.get(approved)
        assert entry is not None
        thread = f"slack:{TEAM}:{WARD}:{answered}"
        words = Revision("rev1", approved, entry.version, "Empty it at night.", WHO["X"], "edited", thread, "", 0.0)
        button = Button("vigil_gap_draft", "Draft", thread)
        post = Post("gaps-nook-1/digest", Target.CHANNEL, f"slack:{TEAM}:{NOOK}", Message("A gap", buttons=(button,)))
        self.live.memory.ledger.commit(Outcome(revisions=(words,), posts=(post,)), self.live.clock())
        self.rest()
        return Scene(
            asked, answered, solved, suggestion, accept, draft, overtaken, proposal, live, self._own(NOOK)[-1],
            _value(suggestion, "vigil_helpful"), _value(accept, "vigil_accept_yes"), _value(draft, "vigil_draft_publish"),
            _value(overtaken, "vigil_draft_publish"), proposed, approved, entry.version,
        )  # fmt: skip

    def _say(self, channel: str, letter: str, text: str, thread: str | None = None) -> str:
        ts = self.box.say(channel, WHO[letter], text, thread)
        self.rest()
        return ts

    def _taught(self, code: str) -> tuple[str, Json]:
        """A thread that its author X taught from, and the card of the case."""
        ts = self._say(WARD, "A", f"Our nightly export job fails with {code}, what can I do about the bucket?")
        self._say(WARD, "X", ANSWER.format(code=code), ts)
        self.box.shortcut(WARD, ts, "vigil_teach", WHO["X"]).wait()
        views = self.box.wait_for(lambda box: [v for v in box._core.views.values() if v.user == WHO["X"]])
        self.box.submit_view(views[-1].id, WHO["X"]).wait()
        self.box._core.views.clear()
        self.rest()
        return ts, self._cards("vigil_case_approve")[-1]

    def _own(self, channel: str) -> list[Json]:
        return self.live.own(channel)

    def _cards(self, action: str) -> list[Json]:
        return [m for m in self._own(NOOK) if action in str(m)]


def _value(message: Json, action: str) -> str:
    buttons = [e for b in message.get("blocks", []) if b["type"] == "actions" for e in b["elements"]]
    return str(next(e["value"] for e in buttons if e["action_id"].split("~")[0] == action))


def _people(town: Town) -> None:
    """Everybody of ROLES but nobody; and three private channels, two of them shared with another team."""
    workspace = town.box.workspace
    for letter, person in WHO.items():
        if letter != "N":
            outside = ELSEWHERE if letter in "EV" else ""
            workspace.users[person] = User(
                person, f"role-{letter.lower()}", f"Role {letter}", is_bot=letter == "B", bot_id="B0ROLEB" * (letter == "B"),
                is_restricted=letter == "G", deleted=letter == "D", team=outside,
            )  # fmt: skip
    workspace.usergroups["S0CURATORS"] = UserGroup("S0CURATORS", "curators", [WHO["C"], WHO["X"]])
    members = [*(WHO[letter] for letter in IN), APP_USER]
    for channel, name, inside in ((WARD, "ward", members), (WING, "wing", members), (NOOK, "nook", members)):
        shared = channel != NOOK
        workspace.channels[channel] = read_channel(
            {"id": channel, "name": name, "is_private": True, "is_ext_shared": shared, "members": inside}
        )  # fmt: skip
        workspace.timelines[channel] = Timeline()
