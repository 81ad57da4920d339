"""Speaks to Slack's Web API: posts once, looks back, and knows who is who (only importer of slack_sdk)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http.client import HTTPException
from typing import Any

import stamina
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.config import Slack
from bot.events import Event
from bot.messages import Channel, Form, Person, Post, Target
from bot.models import VigilError
from bot.platforms.base import SendExpired, SendLater, SendRefused, SendUnknown
from bot.platforms.slack_blocks import Rendered, home, metadata, rendered, view
from bot.platforms.slack_checks import Check, checks
from bot.platforms.slack_directory import Directory
from bot.platforms.slack_errors import GONE, Refusal, answered, broken, failed, refuses_blocks
from bot.platforms.slack_history import Past
from bot.platforms.slack_ids import Identity, linked_turn, place, turn_id
from bot.platforms.slack_json import Table, stamp, text
from bot.platforms.slack_messages import Redact

READ_ATTEMPTS, READ_SECONDS, LONGEST_WAIT = 4, 30.0, 15.0
# How a call may fail before or after it was carried out: broken sockets, half replies, replies that are not JSON.
_BROKEN = (OSError, HTTPException, ValueError, AttributeError)
_PLAIN = {"unfurl_links": False, "unfurl_media": False}


def web_client(settings: Slack, token: str) -> WebClient:
    """A client that never retries by itself, gives up after the configured time and logs no content."""
    logger = logging.getLogger("vigil.slack")
    # Below INFO the SDK writes whole requests and replies into the log.
    logger.setLevel(max(logging.INFO, logger.level))
    timeout: Any = settings.timeout_seconds  # the SDK says int and takes any number
    return WebClient(token=token, base_url=settings.base_url, timeout=timeout, retry_handlers=[], logger=logger)


class SlackPlatform:
    """The Platform of one workspace. Safe to use from several threads."""

    name = "slack"

    def __init__(self, settings: Slack, redact: Redact, web_base: str = "") -> None:
        """`web_base` (such as https://team.slack.com) makes permalinks without asking Slack; "" asks."""
        self._settings, self._redact, self._web_base = settings, redact, web_base.rstrip("/")
        self._client = web_client(settings, settings.bot_token)
        self._me: Identity | None = None
        self.directory = Directory(self.read, self.auth)
        self._past = Past(self.read, self.auth, redact)

    def auth(self) -> Identity:
        """Who Vigil is in this workspace, asked once; raises VigilError when the token does not work."""
        if self._me is None:
            answer = self.read("auth.test", {})
            self._me = Identity(text(answer, "team_id"), text(answer, "user_id"), text(answer, "bot_id"))
        return self._me

    def call(
        self, method: str, arguments: dict[str, Any], *, json: bool = False, token: str = ""
    ) -> tuple[Table, Mapping[str, Any]]:
        """One call, once: its answer and headers; raises SendRefused, SendLater or SendUnknown."""
        client = web_client(self._settings, token) if token else self._client
        try:
            given: dict[str, Any] = {"json": arguments} if json else {"params": arguments}
            response = client.api_call(method, **given)
        except SlackApiError as refused:
            answer = refused.response
            raise failed(method, answer.status_code, answer.data, answer.headers) from None
        except _BROKEN as error:
            raise broken(method, error) from error
        if not isinstance(response.data, dict):
            raise SendUnknown(f"Slack's answer to {method} is not an object")
        return response.data, response.headers

    def read(self, method: str, arguments: dict[str, Any]) -> Table:
        """A call that changes nothing, tried a few times; raises SendRefused or SendLater."""

        def patience(error: Exception) -> bool | float:
            if isinstance(error, SendLater):
                return error.retry_after if error.retry_after <= LONGEST_WAIT else False
            return isinstance(error, SendUnknown)

        try:
            for attempt in stamina.retry_context(on=patience, attempts=READ_ATTEMPTS, timeout=READ_SECONDS):
                with attempt:
                    return self.call(method, arguments)[0]
        except SendUnknown as unknown:
            raise SendLater(str(unknown), 1.0) from unknown
        raise AssertionError("unreachable: the loop returns or raises")

    def post(self, post: Post) -> str:
        try:
            return self._post(post)
        except (SendRefused, SendLater, SendUnknown):
            raise
        except VigilError as unusable:  # an id or a value that Slack has no form for
            raise SendRefused(str(unusable)) from unusable

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
                self.call("views.publish", {"user_id": post.person, "view": home(self._content(post))}, json=True)
                return ""
            case Target.DIRECT:
                return self._send("chat.postMessage", {"channel": self.directory.direct(post.person)}, post)
            case Target.THREAD:
                where = place(post.thread_id or "")
                return self._send("chat.postMessage", {"channel": where.channel, "thread_ts": where.ts}, post)
        return self._send("chat.postMessage", {"channel": place(post.channel_id).channel}, post)

    def _content(self, post: Post, key: str = "") -> Rendered:
        """The post as it goes out; secrets are taken out once more, whoever wrote it."""
        said = post.message
        return rendered(replace(said, text=self._redact(said.text), title=self._redact(said.title)), key)

    def _send(self, method: str, where: dict[str, Any], post: Post) -> str:
        """Post with blocks; if Slack refuses those (and so has posted nothing), the text alone."""
        team, content = self.auth().team, self._content(post, post.key)
        arguments = {**where, **_PLAIN, "text": content.text, "metadata": metadata(post)}
        try:
            answer, _ = self.call(method, {**arguments, "blocks": list(content.blocks)}, json=True)
        except Refusal as refused:
            if not refuses_blocks(refused):
                raise
            answer, _ = self.call(method, {**arguments, "blocks": []}, json=True)
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
        content = self._content(post)
        try:
            self._webhook(post.address, content)
        except Refusal as refused:
            if not refuses_blocks(refused):
                raise SendExpired(str(refused)) from refused
            self._webhook(post.address, Rendered(content.text, ()))
        except SendUnknown as unknown:
            raise SendRefused(f"{unknown}; such an answer cannot be looked for and is not sent again") from unknown
        return ""

    def _webhook(self, address: str, content: Rendered) -> None:
        client = WebhookClient(address, timeout=int(self._settings.timeout_seconds) or 1, retry_handlers=[])
        body: dict[str, Any] = {"text": content.text, "response_type": "ephemeral", "replace_original": False, **_PLAIN}
        try:
            answer = client.send_dict(body | ({"blocks": list(content.blocks)} if content.blocks else {}))
        except _BROKEN as error:
            raise broken("response_url", error) from error
        if answer.status_code != 200:
            raise failed("response_url", answer.status_code, answered(answer.body), answer.headers)

    def find(self, post: Post, since: float) -> str | None:
        return self._past.find(post, since, self.directory.direct)

    def history(self, channel_id: str, since: float) -> Iterator[Event]:
        return self._past.history(channel_id, since)

    def replies(self, thread_id: str, since: float) -> Iterator[Event]:
        return self._past.replies(thread_id, since)

    def channels(self) -> Sequence[Channel]:
        return self.directory.channels()

    def channel(self, channel_id: str) -> Channel:
        return self.directory.channel(channel_id)

    def members(self, channel_id: str) -> frozenset[str]:
        return self.directory.members(channel_id)

    def person(self, person_id: str) -> Person:
        return self.directory.person(person_id)

    def group(self, group_id: str) -> frozenset[str]:
        return self.directory.group(group_id)

    def group_named(self, handle: str) -> str | None:
        return self.directory.group_named(handle)

    def permalink(self, turn_id: str) -> str:
        if not self._web_base:
            return self.directory.permalink(turn_id)
        where = place(turn_id)
        return f"{self._web_base}/archives/{where.channel}/p{where.ts.replace('.', '')}"

    def linked(self, text: str) -> tuple[str, str] | None:
        return linked_turn(text, self.auth().team)

    def open_form(self, form: Form, trigger: str) -> None:
        """Show a modal to the person whose click or command gave the trigger; raises VigilError."""
        self.call("views.open", {"trigger_id": trigger, "view": view(form)}, json=True)

    def check(self) -> list[Check]:
        """What `vigil doctor` asks: (what, whether it is well, how to mend it), a line each."""
        return checks(self.call, self._settings.app_token, self.channels)
