"""Speaks to Slack's Web API: posts once, looks back, and knows who is who."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bot.config import Slack
from bot.messages import Form, Post, Target
from bot.outgoing import Gate
from bot.outgoing_links import Links
from bot.platforms.base import Asking, Facts, SendExpired, SendRefused, SendUnknown
from bot.platforms.chat_fields import text
from bot.platforms.chat_platform import ChatPlatform
from bot.platforms.slack_blocks import Rendered, alone, home, metadata, rendered, view
from bot.platforms.slack_calls import Calls
from bot.platforms.slack_checks import Check, checks
from bot.platforms.slack_directory import Directory
from bot.platforms.slack_errors import GONE, Refusal, refuses_blocks
from bot.platforms.slack_history import Past
from bot.platforms.slack_ids import Identity, linked_turn, place, turn_id
from bot.platforms.slack_json import stamp
from bot.platforms.slack_messages import Redact
from bot.platforms.slack_origin import app_of
from bot.platforms.slack_pace import SlackPace
from bot.platforms.slack_seal import Permit, permit

SOON = 2.0
"""Seconds for which a second try of the same post waits its turn on the spot."""


class SlackPlatform(ChatPlatform):
    """The Platform of one workspace. Safe to use from several threads."""

    name = "slack"
    directory: Directory
    _past: Past
    history_per_minute = 40  # of the 50 that Slack grants such a method

    def __init__(
        self,
        settings: Slack,
        redact: Redact,
        facts: Facts | None = None,
        asking: Asking = str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        links: Links | None = None,
    ) -> None:
        """In `facts` it is kept over a restart how long Slack asked to wait; `clock` and `sleep` are for the pace. `asking`: see app.

        `links` says where links may lead, beside the workspace's own messages and what messages vouch for.
        """
        self._settings, self._redact, self._links = settings, redact, links or Links()
        calls = Calls(settings, SlackPace(facts, settings.pace, clock), sleep, asking)
        self.call, self.read, self._webhook = calls.call, calls.read, calls.webhook
        self._me: Identity | None = None
        self.directory = Directory(self.read, self.auth, redact=redact)
        self._past = Past(self.read, self.auth, redact)

    def auth(self) -> Identity:
        """Who Vigil is in this workspace, asked once; raises VigilError when the token does not work."""
        if self._me is None:
            answer = self.read("auth.test", {})
            team, user, bot = (text(answer, name) for name in ("team_id", "user_id", "bot_id"))
            url, enterprise = text(answer, "url").rstrip("/"), text(answer, "enterprise_id")
            self._me = Identity(team, user, bot, app_of(self._settings.app_token), url, enterprise)
        return self._me

    def _post(self, post: Post) -> str:
        match post.target:
            case Target.REPLY:
                return self._reply(post)
            case Target.DELETE:
                return self._delete(post)
            case Target.UPDATE:
                where = place(post.address)
                return self._send("chat.update", {"channel": where.channel, "ts": where.ts}, post)
            case Target.HOME:
                content, allowed = self._content(post)
                shown = {"user_id": post.person, "view": home(content)}
                self.call("views.publish", shown, json=True, allowed=allowed)
                return ""
            case Target.DIRECT:
                return self._send("chat.postMessage", {"channel": self.directory.direct(post.person)}, post)
            case Target.THREAD:
                where = place(post.thread_id or "")
                return self._send("chat.postMessage", {"channel": where.channel, "thread_ts": where.ts}, post)
        return self._send("chat.postMessage", {"channel": place(post.channel_id).channel}, post)

    def _gate(self) -> Gate:
        """What everything goes through; secrets are taken out once more, whoever wrote it."""
        url = self.auth().url
        return Gate(self._redact, self._links.at(f"{url}/archives/" if url else ""))

    def _content(self, post: Post, key: str = "") -> tuple[Rendered, Permit]:
        """The post as it goes out, and what may be mentioned and linked in it."""
        gate = self._gate()
        fit = gate.message(post.message)
        return rendered(fit, key), permit(fit, gate.links_of(post.message))

    def _send(self, method: str, where: dict[str, Any], post: Post) -> str:
        """Post with blocks; if Slack refuses those (and so has posted nothing), the text alone."""
        team, (content, allowed) = self.auth().team, self._content(post, post.key)
        arguments = {**where, "text": content.text, "metadata": metadata(post)}
        try:
            answer, _ = self.call(method, {**arguments, "blocks": list(content.blocks)}, json=True, allowed=allowed)
        except Refusal as refused:
            if not refuses_blocks(refused):
                raise
            answer, _ = self.call(method, {**arguments, "blocks": []}, json=True, patience=SOON, allowed=allowed)
        if not stamp(answer, "ts"):
            raise SendUnknown(f"Slack's answer to {method} names no message")
        return turn_id(team, text(answer, "channel") or str(where["channel"]), stamp(answer, "ts"))

    def _delete(self, post: Post) -> str:
        where = place(post.address)
        try:
            self.call("chat.delete", {"channel": where.channel, "ts": where.ts}, json=True)
        except Refusal as refused:
            if refused.code not in GONE:
                raise
        return post.address

    def _reply(self, post: Post) -> str:
        """Answer at a response_url, for one person's eyes. It cannot be looked for, so it is never sent twice."""
        if not post.address.startswith(("https://", "http://")):
            raise SendExpired("there is no address to answer to; ask again")
        content, allowed = self._content(post)
        try:
            self._webhook(post.address, _body(content), allowed)
        except Refusal as refused:
            if not refuses_blocks(refused):
                raise SendExpired(str(refused)) from refused
            self._webhook(post.address, _body(alone(content)), allowed)
        except SendUnknown as unknown:
            raise SendRefused(f"{unknown}; such an answer cannot be looked for and is not sent again") from unknown
        return ""

    def find(self, post: Post, since: float) -> str | None:
        return self._past.find(post, since, self.directory.direct)

    def is_group(self, name: str) -> bool:
        return name.startswith("S") and name.isupper()

    def permalink(self, turn_id: str) -> str:
        where, url = place(turn_id), self.auth().url
        return f"{url}/archives/{where.channel}/p{where.ts.replace('.', '')}" if url else ""

    def linked(self, text: str) -> tuple[str, str] | None:
        return linked_turn(text, self.auth().team)

    def open_form(self, form: Form, trigger: str) -> None:
        """Show a modal to the person whose click or command gave the trigger; raises VigilError."""
        gate = self._gate()
        shown = {"trigger_id": trigger, "view": view(gate.form(form))}
        self.call("views.open", shown, json=True, allowed=Permit(links=gate.links))

    def check(self) -> list[Check]:
        """What `vigil doctor` asks: (what, whether it is well, how to mend it), a line each."""
        return checks(self.call, self._settings.app_token, self.channels)


def _body(content: Rendered) -> dict[str, Any]:
    """An answer at a response_url."""
    body: dict[str, Any] = {"text": content.text, "response_type": "ephemeral", "replace_original": False}
    return body | ({"blocks": list(content.blocks)} if content.blocks else {})
