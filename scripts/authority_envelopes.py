"""Writes the envelopes that Slack sends for whatever somebody does, for anybody at all, and forged ones too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from authority_table import Row
from authority_world import ELSEWHERE, NOOK, WARD, WHO, World

from bot.events import Click
from bot.messages import Form
from bot.sandbox import events
from bot.sandbox.models import Json
from bot.sandbox.workspace import APP_ID, APP_USER
from tests.harness import TEAM

REACTIONS = {"helpful": "+1", "unhelpful": "-1", "resolved": "white_check_mark", "not_request": "see_no_evil",
             "remove": "wastebasket"}  # fmt: skip
NUMBERED = ("approve", "reject", "undo", "cases")


@dataclass(frozen=True, slots=True)
class Letter:
    """One envelope: its kind on the socket, and what is in it."""

    kind: str
    payload: Json


class Post:
    """Writes envelopes about a world's scene; `team` and `app` are whose they claim to be."""

    def __init__(self, world: World, team: str = TEAM, app: str = APP_ID) -> None:
        self._world, self._core, self._team, self._app = world, world.box._core, team, app

    def letter(self, row: Row, role: str) -> Letter:
        """What is sent when somebody of a role does what a row says."""
        ways = {
            "slash": self._slash, "mention": self._mention, "shortcut": self._shortcut, "reaction": self._reaction,
            "click": self._click, "form": self._form, "forged": self._forged,
        }  # fmt: skip
        return ways[row.way](row.action, role)

    def _slash(self, action: str, role: str) -> Letter:
        scene = self._world.scene
        link = f"https://test.slack.com/archives/{WARD}/p{scene.asked.replace('.', '')}"
        if action == "home":
            return self._home(role)
        number = scene.approved if action in ("undo", "cases") else scene.proposed
        said = {
            "cases-list": "cases", "offer": "resolve", "search": "search postgres disk full", "handover": "handover",
            "stats": "stats", "help": "help", "speak-less": "speak-less", "ask": "Why does the rollout stop with DPL-017?",
            "snooze": f"snooze 2h {link}",
        }.get(action, f"{action} {number}" if action in NUMBERED else f"{action} {link}")  # fmt: skip
        return self.slash(said, role)

    def slash(self, said: str, role: str) -> Letter:
        """A slash command in the ward."""
        person = WHO[role]
        return Letter("slash_commands", {
            "team_id": self._team, "team_domain": "test", "channel_id": WARD, "channel_name": "ward", "user_id": person,
            "user_name": role, "command": "/vigil", "text": said, "api_app_id": self._app, "is_enterprise_install": "false",
            "response_url": self._core.new_response_url(WARD, person), "trigger_id": "", "token": "x",
        })  # fmt: skip

    def _mention(self, action: str, role: str) -> Letter:
        said = {"ask": "why does the rollout stop with DPL-017?"}.get(action, action)
        ts = self._core.workspace.new_ts()
        event: Json = {
            "type": "message", "user": WHO[role], "ts": ts, "event_ts": ts, "team": self._team, "channel": WARD,
            "channel_type": "group", "text": f"<@{APP_USER}> {said}", "thread_ts": self._world.scene.asked,
        }  # fmt: skip
        return self._event(event | ({"bot_id": "B0ROLEB", "subtype": "bot_message"} if role == "B" else {}))

    def _reaction(self, action: str, role: str) -> Letter:
        scene, ts = self._world.scene, self._core.workspace.new_ts()
        item = scene.asked if action == "not_request" else scene.suggestion["ts"]
        return self._event({
            "type": "reaction_added", "user": WHO[role], "reaction": REACTIONS[action], "item_user": APP_USER,
            "item": {"type": "message", "channel": WARD, "ts": item}, "event_ts": ts,
        })  # fmt: skip

    def _home(self, role: str) -> Letter:
        place, ts = self._world.box.open_im(WHO["S"]), self._core.workspace.new_ts()
        return self._event(
            {"type": "app_home_opened", "user": WHO[role], "channel": place, "tab": "home", "event_ts": ts}
        )

    def _event(self, event: Json) -> Letter:
        number = f"EvROLE{self._core.number():08d}"
        body = events.wrapped(self._core.workspace, event, number, shared=True)
        if self._team != TEAM:
            body |= {"team_id": self._team, "context_team_id": self._team, "authorizations": [{"team_id": self._team}]}
        return Letter("events_api", body | {"api_app_id": self._app})

    def _asked(self, kind: str, role: str) -> Json:
        team = ELSEWHERE if role in "EV" else self._team
        return {
            "type": kind, "user": {"id": WHO[role], "name": role, "team_id": team}, "api_app_id": self._app, "token": "x",
            "team": {"id": self._team, "domain": "test"}, "enterprise": None, "is_enterprise_install": False,
        }  # fmt: skip

    def _shortcut(self, action: str, role: str) -> Letter:
        ts = self._world.scene.answered
        return Letter("interactive", self._asked("message_action", role) | {
            "action_ts": self._core.workspace.new_ts(), "channel": {"id": WARD, "name": "ward"}, "callback_id": action,
            "trigger_id": "", "response_url": self._core.new_response_url(WARD, WHO[role]), "message_ts": ts,
            "message": {"type": "message", "user": WHO["A"], "text": "", "ts": ts},
        })  # fmt: skip

    def _click(self, action: str, role: str) -> Letter:
        channel, message, value = self._button(action)
        if action.startswith("vigil_pick_"):
            return self.click(action, role, WARD, None, value)
        return self.click(action, role, channel, message, value)

    def _button(self, action: str) -> tuple[str, Json, str]:
        """Where a button stands, on what message, and what it carries."""
        scene = self._world.scene
        thread = f"slack:{TEAM}:{WARD}:{scene.answered}"
        if action.startswith("vigil_draft_"):
            return NOOK, scene.draft, scene.drafted
        if action in ("vigil_accept_yes", "vigil_accept_no", "vigil_reopen"):
            return WARD, scene.accept, scene.accepting
        if action.startswith("vigil_revision_"):
            return NOOK, scene.live, "rev1"
        if action in ("vigil_case_undo", "vigil_case_confirm", "vigil_case_retire"):
            return NOOK, scene.live, str(scene.approved)
        if action.startswith("vigil_case_"):
            return NOOK, scene.proposal, str(scene.proposed)
        if action == "vigil_gap_draft":
            return NOOK, scene.gap, thread
        return WARD, scene.suggestion, thread if action.startswith("vigil_pick_") else scene.decision

    def click(self, action: str, role: str, channel: str, message: Json | None, value: str) -> Letter:
        """A click on a message, or on what only its actor saw."""
        ts = message["ts"] if message else self._core.workspace.new_ts()
        body = self._asked("block_actions", role) | {
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": message is None},
            "trigger_id": "", "channel": {"id": channel, "name": "x"},
            "response_url": self._core.new_response_url(channel, WHO[role]),
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value,
                         "action_ts": self._core.workspace.new_ts()}],
        }  # fmt: skip
        return Letter("interactive", body | ({"message": message} if message else {}))

    def _form(self, action: str, role: str) -> Letter:
        return self.form(action, role, self._sealed(action, self._carried(action), role))

    def form(self, action: str, role: str, carried: str) -> Letter:
        """A submitted form, filled in."""
        filled = {"title": "Export fails", "problem": "It fails.", "resolution": "Empty the folder.", "text": "Look here.",
                  "detail": "old"}  # fmt: skip
        state = {name: {"v": {"type": "plain_text_input", "value": text}} for name, text in filled.items()}
        view = {"id": "V1", "team_id": self._team, "type": "modal", "callback_id": action, "private_metadata": carried,
                "hash": self._core.workspace.new_ts(), "blocks": [], "state": {"values": state}}  # fmt: skip
        return Letter("interactive", self._asked("view_submission", role) | {"trigger_id": "", "view": view})

    def _carried(self, action: str) -> str:
        scene = self._world.scene
        return {
            "vigil_not_helpful": scene.decision, "vigil_taught": f"slack:{TEAM}:{WARD}:{scene.asked}",
            "vigil_case_edited": str(scene.proposed), "vigil_draft_edited": scene.drafted, "vigil_revision_edited": "rev1",
        }[action]  # fmt: skip

    def _sealed(self, action: str, value: str, role: str) -> str:
        """As if the form had been opened for somebody, whatever became of their rights since."""
        from bot.dialogue.seals import FACT, Seals

        seals = Seals(self._world.live.memory.runs.fact(FACT))
        return seals.sealed(Form(action, value, "", "", ()), WHO[role]).value

    def _forged(self, action: str, role: str) -> Letter:
        scene = self._world.scene
        theirs = self._sealed("vigil_case_edited", str(scene.proposed), "X" if role != "X" else "C")
        stranger: Json = {"type": "message", "user": WHO["S"], "ts": scene.asked, "text": "?"}
        gone = scene.suggestion | {"ts": "1700000000.000100"}
        return {
            "unsealed-form": lambda: self.form("vigil_case_edited", role, str(scene.proposed)),
            "anothers-form": lambda: self.form("vigil_case_edited", role, theirs),
            "other-value": lambda: self.click("vigil_case_approve", role, NOOK, scene.live, str(scene.proposed)),
            "other-channels-message": lambda: self.click("vigil_solved", role, WARD, scene.accept, scene.decision),
            "not-by-vigil": lambda: self.click("vigil_solved", role, WARD, stranger, scene.decision),
            "deleted-message": lambda: self.click("vigil_solved", role, WARD, gone, scene.decision),
            "no-message": lambda: self._nowhere(role),
            "unknown-action": lambda: self.click("vigil_launch", role, WARD, scene.suggestion, scene.decision),
            "superseded-draft": lambda: self.click(
                "vigil_draft_publish", role, NOOK, scene.overtaken, scene.overtaken_id
            ),
        }[action]()

    def _nowhere(self, role: str) -> Letter:
        """A click that names no message at all."""
        letter = self.click("vigil_case_approve", role, NOOK, None, str(self._world.scene.proposed))
        body = {key: value for key, value in letter.payload.items() if key not in ("container", "channel")}
        return replace(letter, payload=body)


def opens(action: str) -> bool:
    """Whether a click opens a form that shows what is known."""
    return action in ("vigil_case_edit", "vigil_draft_edit", "vigil_revision_edit", "vigil_gap_draft")


def as_click(letter: Letter, at: float) -> Click:
    """The click in an envelope, as a listener that opens its form has it."""
    act: dict[str, Any] = letter.payload["actions"][0]
    place = f"slack:{TEAM}:{letter.payload['channel']['id']}"
    return Click(act["action_id"], act["value"], letter.payload["user"]["id"], place, at)
